"""What the QR code of a paper says and proves: which entry of the audit log it was made for, signed by the registry.

Nothing of the content is in it, and nothing is looked up to check it: the signature suffices, so whoever checks one
learns what the code already said. Knows no inquiry but by its receipt.
"""

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from access.inquiry import ALPHABET, RECEIPT_LENGTH
from sealing import signature
from sealing.keyring import KeyringError

#: What is signed begins with this (`sealing.signature`), so no signed receipt passes for a paper.
SIGNED_AS = "paper"
VERSION = 1
#: Version, kind, version of the key, seconds since 1970, receipt, entry, leaf hash: 76 bytes, most significant first.
FORM = struct.Struct(f">BBHI{RECEIPT_LENGTH}s16s32s")
SIGNATURE_BYTES = 64


class PaperKind(StrEnum):
    """What a paper is. Their order is part of the code's form."""

    REFUSAL = "refusal"
    ANSWER = "answer"


KINDS = tuple(PaperKind)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a code says: a paper of that kind was made at that second for this receipt and this entry."""

    kind: PaperKind
    receipt: str
    entry: UUID
    leaf_hash: bytes
    made_at: datetime


def sealed(stated: Stated) -> str:
    """Return the code: what is stated and the signature of the current key over it, in URL-safe Base64."""
    body = FORM.pack(
        VERSION,
        KINDS.index(stated.kind),
        signature.key_id(),
        int(stated.made_at.timestamp()),
        stated.receipt.encode(),
        stated.entry.bytes,
        stated.leaf_hash,
    )
    signed = body + signature.sign(SIGNED_AS, body)
    return _written(signed)


def checked(code: str) -> Stated | None:
    """Return what a code says when the registry signed it; None for every other code, whatever is wrong with it."""
    body, signed = _parts(code)
    if body is None:
        return None
    version, kind, key, seconds, receipt, entry, leaf_hash = FORM.unpack(body)
    try:
        public_key = signature.public_key(key)
    except KeyringError:
        return None
    if not signature.is_signed(SIGNED_AS, body, signature=signed, by=public_key):
        return None
    if version != VERSION or kind >= len(KINDS) or set(receipt.decode()) - set(ALPHABET):
        return None
    made_at = datetime.fromtimestamp(seconds, UTC)
    return Stated(KINDS[kind], receipt.decode(), UUID(bytes=entry), leaf_hash, made_at)


def _written(signed: bytes) -> str:
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def _parts(code: str) -> tuple[bytes | None, bytes]:
    """Return body and signature of a code that is written in its one form."""
    try:
        signed = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None, b""
    if len(signed) != FORM.size + SIGNATURE_BYTES or _written(signed) != code:
        return None, b""
    return signed[: FORM.size], signed[FORM.size :]
