"""The keyed hashes of a decision row: what finds its person, its decision and its twin without naming them.

Knows which parts of a row make each hash; knows no key and no database.
"""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from registry.across_rows import RowKeys
from registry.correction import Correction
from registry.decision_row import ORDINARY, DecisionRow
from registry.normalise import normalise_decision_number
from sealing.keyring import Purpose
from sealing.subject import duplicate_index, keyed, lock_index, log_index

_FIELDS = tuple(field.name for field in fields(DecisionRow))
_OF_A_CORRECTION = ("happened", "reason", "document", "document_on")


class OfAPerson(Protocol):
    """Whatever states the document of a person."""

    @property
    def id_type(self) -> str: ...
    @property
    def id_number(self) -> str: ...


class OfAnAct(Protocol):
    """Whatever names one act of one person in one decision."""

    @property
    def decision_identity(self) -> tuple[str, ...]: ...
    @property
    def act_identity(self) -> tuple[str, ...]: ...


class Share(NamedTuple):
    """One person's share in one decision: the subject and the decision's own key."""

    subject: bytes
    decision_key: bytes


def subject(row: OfAPerson) -> bytes:
    """Return what the lock compares: of the type and the normalised number of the document."""
    return lock_index(row.id_type, row.id_number)


def person(row: OfAPerson) -> str:
    """Return what stands for the person in the audit log."""
    return log_index(row.id_type, row.id_number)


def decision_key(row: OfAnAct) -> bytes:
    """Return what two acts of one person in one decision have in common."""
    return duplicate_index("decision", *row.decision_identity)


def duplicate_key(row: OfAnAct) -> bytes:
    """Return what the same act, filed twice, has in common."""
    return duplicate_index("act", *row.act_identity)


def keys_of(row: DecisionRow) -> RowKeys:
    """Return the keys under which rows are counted together and recognised."""
    return RowKeys(Share(subject(row), decision_key(row)), duplicate_key(row))


def key_in_draft(correction: Correction) -> bytes:
    """Return what stands as the duplicate key of a correction until the record it names is found."""
    return duplicate_index("names", *correction.named.act_identity)


def replacing_key(old: UUID) -> bytes:
    """Return what two rows that replace or end the same row have in common: there is one of them."""
    return duplicate_index("replaces", str(old))


def noting_key(old: UUID, *, happened: str, document: str) -> bytes:
    """Return what the same note, filed twice, has in common."""
    return duplicate_index("note", str(old), happened, normalise_decision_number(document))


def withdrawn_keys(draft: UUID) -> tuple[bytes, bytes, bytes, None]:
    """Return what stands for the keys of a withdrawn draft, which says nothing any more and which nothing looks for."""
    named = ("withdrawn", str(draft))
    return lock_index(*named), duplicate_index("decision", *named), duplicate_index(*named), None


def content_digest(row: DecisionRow, *, law: str) -> bytes:
    """Return the keyed digest of all a row says: it stays the same when ciphertext is made anew."""
    return keyed(Purpose.DIGEST, f"law={law}", *_stated(row, _FIELDS))


def correction_digest(correction: Correction, *, law: str) -> bytes:
    """Return the keyed digest of all a correction says, with what remains."""
    named = correction.named
    said = (
        *(f"correction.{name}" for name in _stated(correction, _OF_A_CORRECTION)),
        *(f"named.{name}" for name in _stated(named, [field.name for field in fields(named)])),
        *(_stated(correction.row, _FIELDS) if correction.row else ()),
    )
    return keyed(Purpose.DIGEST, f"law={law}", *said)


def _stated(of: Any, names: Iterable[str]) -> list[str]:
    """The ordinary procedure is not spelt out: the digests of older rows stay what they are."""
    said = [(name, _plain(getattr(of, name))) for name in names]
    return [f"{name}={value}" for name, value in said if (name, value) != ("procedure", ORDINARY)]


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if isinstance(value, date) else str(value)
