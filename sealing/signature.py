"""Ed25519 signatures (RFC 8032) over what the registry states, with the key ring's secret for receipts as the seed.

What is signed begins with its kind, so a signature for one kind of paper is none for another. Whoever checks
one needs the public key alone. Knows nothing of what is stated.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sealing.keyring import Key, Purpose, keyring


def key_id() -> int:
    """Return the version of the key that new signatures are made with."""
    return keyring().current(Purpose.RECEIPT).id


def sign(kind: str, body: bytes) -> bytes:
    """Return the signature (64 bytes) of the current key over kind and body."""
    return _private(keyring().current(Purpose.RECEIPT)).sign(_signed(kind, body))


def public_key(version: int) -> bytes:
    """Return a version's public key (32 bytes); an unknown version is a KeyringError."""
    return _private(keyring().key(Purpose.RECEIPT, version)).public_key().public_bytes_raw()


def is_signed(kind: str, body: bytes, *, signature: bytes, by: bytes) -> bool:
    """Say whether a public key's owner signed exactly this kind and body."""
    try:
        Ed25519PublicKey.from_public_bytes(by).verify(signature, _signed(kind, body))
    except (InvalidSignature, ValueError):
        return False
    return True


def _private(key: Key) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key.secret)


def _signed(kind: str, body: bytes) -> bytes:
    return kind.encode() + b"\0" + body
