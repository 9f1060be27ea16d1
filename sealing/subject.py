"""Keyed hashes (HMAC-SHA256, RFC 2104) that find a person without naming them, one key per purpose.

The parts come normalised from above; this module knows no identity document.
"""

import hmac
import struct

from sealing import index_version
from sealing.keyring import Purpose, key, keyring

SUBJECT_BYTES = 32
NOBODY = bytes(SUBJECT_BYTES)


def keyed(purpose: Purpose, *parts: str) -> bytes:
    """Return 32 bytes that depend on the purpose's key and on each part, lengths included."""
    message = b"".join(
        struct.pack(">I", len(encoded)) + encoded for encoded in (part.encode() for part in parts)
    )
    return hmac.digest(_secret(purpose), message, "sha256")


def _secret(purpose: Purpose) -> bytes:
    """Of the keys that rows stand under the version counts that the database is at, not the newest of the ring."""
    if purpose in index_version.INDEXES:
        return key(purpose, index_version.current()).secret
    return keyring().current(purpose).secret


def lock_index(*parts: str) -> bytes:
    """Return the subject: what the lock compares. Nobody who reads the log may hold it."""
    return keyed(Purpose.SUBJECT, *parts)


def log_index(*parts: str) -> str:
    """Return, as 64 hex digits, what stands for a person in the audit log's body."""
    return keyed(Purpose.LOG_PERSON, *parts).hex()


def number_index(*parts: str) -> bytes:
    """Return what stands for a decision number that is not of the usual form."""
    return keyed(Purpose.NUMBER, "number", *parts)


def duplicate_index(*parts: str) -> bytes:
    """Return what recognises the same decision filed twice."""
    return keyed(Purpose.DUPLICATE, *parts)
