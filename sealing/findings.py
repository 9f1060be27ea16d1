"""What can be wrong with a log, and how what is read is told apart from what the tree says should be there.

Used by the verification in the database and by the one that stands alone; needs the standard library only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Wrong(StrEnum):
    """The kinds of findings."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    MISSING_TAIL = "missing tail"
    FORKED = "forked history"
    UNSEQUENCED = "never sequenced"
    SIGNATURE = "false signature"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: the index of the first entry it concerns, the entry's key if known, and in words."""

    index: int
    wrong: Wrong
    words: str
    entry: str = ""

    def __str__(self) -> str:
        which = f" ({self.entry})" if self.entry else ""
        return f"entry {self.index}{which}: {self.wrong}: {self.words}"


def first_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by index; at one index, what was seen in the entry itself comes first."""
    order = list(Wrong)
    return sorted(findings, key=lambda finding: (finding.index, order.index(finding.wrong)))


def told_apart(
    found: bytes, wanted: bytes, *, later_found: Iterable[bytes], later_wanted: Iterable[bytes]
) -> Wrong:
    """Say what happened where an entry's hash is not the one the tree has: look which of the two comes later elsewhere."""
    wanted_comes = any(one == wanted for one in later_found)
    found_belongs = any(one == found for one in later_wanted)
    if wanted_comes and found_belongs:
        return Wrong.REORDERED
    if wanted_comes:
        return Wrong.INSERTED
    return Wrong.REMOVED if found_belongs else Wrong.CHANGED
