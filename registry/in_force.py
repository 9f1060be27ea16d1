"""What happened to a record after it was filed 更正与救济结果, and which records are in force. Knows no Django.

A later row names an earlier one of the same person. It replaces it (and is answered instead), ends it (and
nothing is answered any more), or only notes something about it (and the earlier one is answered as before).
Outcomes are those of 行政复议法 Art. 63-67 and 行政诉讼法 Art. 70 and 74, and the organ's own correction.
"""

from collections.abc import Hashable, Iterable
from enum import StrEnum
from typing import Protocol


class Happened(StrEnum):
    """What a later row says happened to the record it names: the closed list."""

    CORRECTION = "correction"
    CHANGED = "changed"
    PARTLY_REVOKED = "partly_revoked"
    REVOKED = "revoked"
    VOID = "void"
    REDO = "redo"
    UPHELD = "upheld"
    UNLAWFUL_BUT_KEPT = "unlawful_but_kept"


REPLACING = frozenset({Happened.CORRECTION, Happened.CHANGED, Happened.PARTLY_REVOKED})
"""The new row carries what remains or is right, and is answered instead of the old one."""
ENDING = frozenset({Happened.REVOKED, Happened.VOID, Happened.REDO})
"""The new row is a tombstone: neither it nor the old one is ever answered."""
NOTING = frozenset({Happened.UPHELD, Happened.UNLAWFUL_BUT_KEPT})
"""The old row stays answered; the new one is a note and never is."""


class FiledRow(Protocol):
    """What decides: the row's key, what it says happened ("" for an ordinary record), and the row it names."""

    @property
    def id(self) -> Hashable: ...
    @property
    def outcome(self) -> str: ...
    @property
    def replaces(self) -> Hashable | None: ...


def in_force(rows: Iterable[FiledRow]) -> frozenset[Hashable]:
    """Return the keys of the rows that are in force among all sealed rows of one person.

    A row that names another without a known outcome ends it: what is not understood is not answered.
    """
    found = list(rows)
    named = {
        row.replaces for row in found if row.replaces is not None and row.outcome not in NOTING
    }
    return frozenset(row.id for row in found if _says_what_is_answered(row) and row.id not in named)


def last_of(first: Hashable, rows: Iterable[FiledRow]) -> Hashable:
    """Return the key of the row that stands in the place of a row now: the last that replaces or ends it, or itself."""
    named_by = {row.replaces: row.id for row in rows if row.outcome not in NOTING and row.replaces}
    while first in named_by:
        first = named_by.pop(first)
    return first


def _says_what_is_answered(row: FiledRow) -> bool:
    return row.outcome in REPLACING or (not row.outcome and row.replaces is None)
