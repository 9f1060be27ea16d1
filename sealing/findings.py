"""What can be wrong with a log, and how what is read is told apart from what the tree says should be there.

Used by the verification in the database and by the one that stands alone; needs the standard library only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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


#: The same in Chinese, for the verifier that stands alone.
CHINESE = {
    Wrong.CHANGED: "已修改",
    Wrong.REMOVED: "已删除",
    Wrong.INSERTED: "被插入",
    Wrong.REORDERED: "次序被改",
    Wrong.MISSING_TAIL: "末尾缺失",
    Wrong.FORKED: "与已签名的历史不符",
    Wrong.UNSEQUENCED: "从未编入日志树",
    Wrong.SIGNATURE: "签名不真实",
}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: the index of the first entry it concerns, the entry's key if known, and in words.

    `words` may have places such as %(last)d for what is in `about`, so that they can be told in another language.
    """

    index: int
    wrong: Wrong
    words: str
    entry: str = ""
    about: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        which = f" ({self.entry})" if self.entry else ""
        words = self.words % self.about if self.about else self.words
        return f"entry {self.index}{which}: {self.wrong}: {words}"

    def in_chinese(self) -> str:
        """Return place and kind in Chinese; the cause is in the English words."""
        which = f"（{self.entry}）" if self.entry else ""
        return f"第 {self.index} 条{which}：{CHINESE[self.wrong]}"

    def repeats(self, other: "Finding") -> bool:
        """Say whether this tells no more than another one, except up to where."""
        mine, its = (
            (one.index, one.wrong, one.words, one.entry, {**one.about, "last": None})
            for one in (self, other)
        )
        return mine == its


def first_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by index; at one index, what was seen in the entry itself comes first.

    A stretch that is not what was signed stands behind the entry in it that is seen to have changed places: that is why.
    """
    order, told = list(Wrong), list(findings)

    def place(finding: Finding) -> tuple[int, bool, int]:
        moved = [
            one.index
            for one in told
            if (finding.wrong, one.wrong) == (Wrong.FORKED, Wrong.REORDERED)
            and finding.index <= one.index <= int(finding.about.get("last", -1))
        ]
        return min(moved, default=finding.index), bool(moved), order.index(finding.wrong)

    return sorted(told, key=place)


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
