"""The keyed hashes of a decision row: what finds its person, its decision and its twin without naming them.

Knows which parts of a row make each hash; knows no key and no database.
"""

from dataclasses import fields
from datetime import date
from typing import NamedTuple

from registry.across_rows import RowKeys
from registry.decision_row import DecisionRow
from sealing.keyring import Purpose
from sealing.subject import duplicate_index, keyed, lock_index, log_index

_FIELDS = tuple(field.name for field in fields(DecisionRow))


class Share(NamedTuple):
    """One person's share in one decision: the subject and the decision's own key."""

    subject: bytes
    decision_key: bytes


def subject(row: DecisionRow) -> bytes:
    """Return what the lock compares: of the type and the normalised number of the document."""
    return lock_index(row.id_type, row.id_number)


def person(row: DecisionRow) -> str:
    """Return what stands for the person in the audit log."""
    return log_index(row.id_type, row.id_number)


def decision_key(row: DecisionRow) -> bytes:
    """Return what two acts of one person in one decision have in common."""
    return duplicate_index("decision", *row.decision_identity)


def duplicate_key(row: DecisionRow) -> bytes:
    """Return what the same act, filed twice, has in common."""
    return duplicate_index("act", *row.act_identity)


def keys_of(row: DecisionRow) -> RowKeys:
    """Return the keys under which rows are counted together and recognised."""
    return RowKeys(Share(subject(row), decision_key(row)), duplicate_key(row))


def content_digest(row: DecisionRow, *, law: str) -> bytes:
    """Return the keyed digest of all a row says: it stays the same when ciphertext is made anew."""
    stated = (f"{name}={_plain(getattr(row, name))}" for name in _FIELDS)
    return keyed(Purpose.DIGEST, f"law={law}", *stated)


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if isinstance(value, date) else str(value)
