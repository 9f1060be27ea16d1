"""Did this client sign this very call? HTTP message signatures (RFC 9421) with Ed25519 over method, address and body.

Exactly the components and parameters of the interface, no more and no fewer: what is not signed could be changed, and
what we do not know could mean something. Whether a nonce was used before is asked in `access.call_counts`.
"""

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

LABEL, TAG = "sig1", "registry"
COMPONENTS = frozenset({'"@method"', '"@target-uri"', '"content-digest"'})
PARAMETERS = frozenset({"created", "keyid", "nonce", "alg", "tag"})
HEADERS = ("Signature-Input", "Signature", "Content-Digest")
#: A signature is good for so many seconds before and after it was made.
WINDOW = 300
SHORTEST_NONCE, LONGEST_NONCE = 8, 128
# The window is ours to judge, so that "too old" and "forged" are told apart.
_ANY_TIME = timedelta(days=365 * 50)


class NotSigned(Exception):
    """The call is not signed as it must be; `code` says why, and nothing of what was sent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class SignedCall:
    """The parts of a call that a signature speaks about; `url` is the address as the client wrote it."""

    method: str
    url: str
    headers: Mapping[str, str]


class _Key(HTTPSignatureKeyResolver):
    """Knows one key; any other is unknown, whoever it belongs to."""

    def __init__(self, key_id: str, public_key: bytes) -> None:
        self.key_id, self.public_key = key_id, public_key
        self.was_asked_for_another = False

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        if key_id != self.key_id:
            self.was_asked_for_another = True
            return None
        return Ed25519PublicKey.from_public_bytes(self.public_key)


class _Verifier(HTTPMessageVerifier):
    max_clock_skew = _ANY_TIME


def content_digest(body: bytes) -> str:
    """Return the one form of Content-Digest that is taken (RFC 9530, SHA-256)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def checked_nonce(call: SignedCall, body: bytes, *, key_id: str, public_key: bytes) -> str:
    """Return the nonce of a call that the key's owner signed within the last 300 s; NotSigned otherwise."""
    if any(not call.headers.get(name) for name in HEADERS):
        raise NotSigned("signature_missing")
    key = _Key(key_id, public_key)
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=key)
    try:
        [result] = verifier.verify(call, max_age=None, expect_tag=TAG, expect_label=LABEL)
    except InvalidSignature as error:
        code = "key_unknown" if key.was_asked_for_another else "signature_invalid"
        raise NotSigned(code) from error
    components = set(result.covered_components) - {'"@signature-params"'}
    nonce, created = result.nonce or "", result.parameters["created"]
    if components != COMPONENTS or set(result.parameters) != PARAMETERS:
        raise NotSigned("signature_incomplete")
    if not (SHORTEST_NONCE <= len(nonce) <= LONGEST_NONCE):
        raise NotSigned("signature_incomplete")
    if abs(time.time() - int(created)) > WINDOW:
        raise NotSigned("signature_expired")
    if call.headers["Content-Digest"].strip() != content_digest(body):
        raise NotSigned("body_changed")
    return nonce
