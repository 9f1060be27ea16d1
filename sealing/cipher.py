"""Authenticated encryption: a sealed value opens only with its key and in the very place it was sealed for.

Envelope: version (1 byte) | suite (1) | key id (2, big endian) | nonce (12) | ciphertext | tag (16).
The header and the place (for a field: table, column, row) are the associated data, so a value moved to
another row or column does not open. AES-256-GCM: NIST SP 800-38D. SM4-GCM: RFC 8998.
"""

import os
import struct
from enum import IntEnum
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sealing import keyring
from sealing.keyring import Key, Purpose

VERSION = 1
HEADER = struct.Struct(">BBH")
NONCE_BYTES = 12
TAG_BYTES = 16


class Suite(IntEnum):
    """The ciphers an envelope may name."""

    AES_256_GCM = 1
    SM4_GCM = 2


SUITES = {"AES-256-GCM": Suite.AES_256_GCM, "SM4-GCM": Suite.SM4_GCM}


def version_of(envelope: bytes) -> int:
    """Return the version of the key an envelope was made with; 0 for what is no envelope."""
    if len(envelope) < HEADER.size + NONCE_BYTES + TAG_BYTES:
        return 0
    return int(HEADER.unpack(envelope[: HEADER.size])[2])


class Unopenable(Exception):
    """The value was changed, moved, or made with another key. Says nothing of its content."""


@lru_cache(maxsize=64)
def _derived(key: Key, suite: Suite) -> bytes:
    length = 32 if suite is Suite.AES_256_GCM else 16
    info = f"registry/{key.purpose.value}/{suite.name}".encode()
    return HKDF(hashes.SHA256(), length, salt=None, info=info).derive(key.secret)


@lru_cache(maxsize=64)
def _aes(key: Key) -> AESGCM:
    return AESGCM(_derived(key, Suite.AES_256_GCM))


def _associated(header: bytes, place: tuple[str, ...]) -> bytes:
    parts = [part.encode() for part in place]
    return header + b"".join(struct.pack(">I", len(part)) + part for part in parts)


def _chosen_suite() -> Suite:
    from django.conf import settings

    return SUITES[settings.SEALING_SUITE]


def seal(
    plain: bytes,
    *,
    place: tuple[str, ...],
    purpose: Purpose = Purpose.CONTENT,
    suite: Suite | None = None,
) -> bytes:
    """Return the envelope of `plain`, bound to `place`, under the current key of the purpose."""
    suite = _chosen_suite() if suite is None else suite
    key = keyring.keyring().current(purpose)
    header = HEADER.pack(VERSION, suite, key.id)
    nonce = os.urandom(NONCE_BYTES)
    associated = _associated(header, place)
    if suite is Suite.AES_256_GCM:
        return header + nonce + _aes(key).encrypt(nonce, plain, associated)
    machine = Cipher(algorithms.SM4(_derived(key, suite)), modes.GCM(nonce)).encryptor()
    machine.authenticate_additional_data(associated)
    return header + nonce + machine.update(plain) + machine.finalize() + machine.tag


def opened(envelope: bytes, *, place: tuple[str, ...], purpose: Purpose = Purpose.CONTENT) -> bytes:
    """Return the plain bytes of an envelope made for the same place, or raise Unopenable."""
    start = HEADER.size
    if len(envelope) < start + NONCE_BYTES + TAG_BYTES:
        raise Unopenable("A sealed value is too short.")
    header, nonce = envelope[:start], envelope[start : start + NONCE_BYTES]
    rest = envelope[start + NONCE_BYTES :]
    version, suite, key_id = HEADER.unpack(header)
    if version != VERSION or suite not in set(Suite):
        raise Unopenable("A sealed value has an unknown version or suite.")
    key = keyring.key(purpose, key_id)
    associated = _associated(header, place)
    try:
        if suite == Suite.AES_256_GCM:
            return _aes(key).decrypt(nonce, rest, associated)
        mode = modes.GCM(nonce, rest[-TAG_BYTES:])
        machine = Cipher(algorithms.SM4(_derived(key, Suite.SM4_GCM)), mode).decryptor()
        machine.authenticate_additional_data(associated)
        return machine.update(rest[:-TAG_BYTES]) + machine.finalize()
    except InvalidTag:
        raise Unopenable("A sealed value does not belong here or was changed.") from None
