"""Signs receipts: that an entry is in the audit log, for those it concerns. `sealing.receipt` checks them.

A receipt says which entry, for which inquiry and with which outcome; nothing about the person asked about, and not
what was answered. Knows no inquiry but by its receipt number.
"""

import base64
from datetime import UTC, datetime

from sealing import receipt, signature
from sealing.audit_log import Entered, Outcome
from sealing.keyring import Purpose, keyring

SignedReceipt = dict[str, str | int]


def issue(entered: Entered, *, inquiry: str, outcome: Outcome) -> SignedReceipt:
    """Return the signed receipt of an entry, in JSON's own types."""
    document: SignedReceipt = {
        "format": receipt.FORMAT,
        "receipt": inquiry,
        "entry": str(entered.id),
        "outcome": outcome.value,
        "leaf_hash": entered.leaf_hash.hex(),
        "issued_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "key": signature.key_id(),
    }
    signed = signature.sign(receipt.KIND, receipt.signed_bytes(document))
    return document | {"signature": base64.b64encode(signed).decode()}


def public_keys() -> list[dict[str, str | int]]:
    """Return every public key that receipts were ever signed with, oldest first."""
    return [
        {
            "key": version,
            "algorithm": "ed25519",
            "public_key": base64.b64encode(signature.public_key(version)).decode(),
        }
        for version in keyring().versions(Purpose.RECEIPT)
    ]
