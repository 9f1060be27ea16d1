"""What one row cannot tell by itself: detention combined over acts, and decisions seen before.

Two passes over the rows of a file. The first sums detention per decision and person, the second
judges row by row and can be streamed. People and decisions appear as opaque keys that the caller
computes from ``DecisionRow.decision_identity`` and ``act_identity``; what is on file is asked
through ``OnFile``, for a batch of decisions at a time. Knows no Django.

Which rows count towards the 20 days of Art. 16: every row that could be read, because the paper
says what it says even when something else is wrong with it; each act once. An act on file counts
as filed; otherwise the first row without any other fault counts, else the first row.
"""

from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import NamedTuple, Protocol

from registry.decision_row import DecisionRow, RowReading
from registry.findings import Finding, codes_of, in_order
from registry.penalties import check

COMBINED_DETENTION_DAYS = 20
"""The longest combined execution of detention, in days (合并执行, Art. 16)."""


class RowKeys(NamedTuple):
    """Opaque keys: one person's share in one decision, and one act within it."""

    decision: Hashable
    act: Hashable


KeysOf = Callable[[DecisionRow], RowKeys]


class OnFile(Protocol):
    """What is on file, in force."""

    def acts_of(self, decisions: Collection[Hashable]) -> Mapping[Hashable, Mapping[Hashable, int]]:
        """Return per decision key its act keys with their detention in days (0 for none)."""


class NothingOnFile:
    """An empty registry."""

    def acts_of(self, decisions: Collection[Hashable]) -> Mapping[Hashable, Mapping[Hashable, int]]:
        """Return nothing."""
        return {}


def identity_keys(row: DecisionRow) -> RowKeys:
    """Return the identities themselves as keys: for a form and for tests, never for storage."""
    return RowKeys(row.decision_identity, row.act_identity)


_SHORT_BYTES = 16


def short(key: Hashable) -> Hashable:
    """Return what is remembered of a key for every row of a file: of keyed hashes half, which is unlike enough."""
    if isinstance(key, bytes):
        return key[:_SHORT_BYTES]
    if isinstance(key, tuple) and key and all(isinstance(part, bytes) for part in key):
        return b"".join(part[:_SHORT_BYTES] for part in key)
    return key


@dataclass(frozen=True, slots=True)
class Judgement:
    """A row with everything that stands against it; it may be filed when nothing does."""

    row: DecisionRow | None
    keys: RowKeys | None
    rejections: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    judged_by: str

    @property
    def codes(self) -> tuple[str, ...]:
        """The reject codes, each once, in the contract's order."""
        return codes_of(self.rejections)


class DetentionTally:
    """Days of detention per decision and person, each act counted once."""

    def __init__(self) -> None:
        # Some 300 bytes an act; a pair as value would add 60 to each.
        self._total: dict[Hashable, int] = {}
        self._sound: dict[Hashable, int] = {}
        self._unsound: dict[Hashable, int] = {}

    def count(self, keys: RowKeys, *, days: int, sound: bool) -> None:
        """Count a row's days; ``sound`` when nothing else stands against the row."""
        act, decision = short(keys.act), short(keys.decision)
        if act in self._sound or (act in self._unsound and not sound):
            return
        counted = self._unsound.pop(act, 0)
        (self._sound if sound else self._unsound)[act] = days
        self._total[decision] = self._total.get(decision, 0) + days - counted

    def days(self, decision: Hashable, *, on_file: Mapping[Hashable, int]) -> int:
        """Return the days of a decision; for an act on file the days on file count."""
        total = self._total.get(short(decision), 0)
        return total + sum(days - self._counted(short(act)) for act, days in on_file.items())

    def _counted(self, act: Hashable) -> int:
        return self._sound.get(act, self._unsound.get(act, 0))


def tally_detention(
    readings: Iterable[RowReading], *, law: str = "2025", today: date, keys_of: KeysOf
) -> DetentionTally:
    """Make the first pass over the rows of a file."""
    tally = DetentionTally()
    for reading in readings:
        row = reading.row
        if row and row.detention_days:
            sound = not check(row, law=law, today=today).rejections
            tally.count(keys_of(row), days=row.detention_days, sound=sound)
    return tally


class FileJudge:
    """Judges rows in their order, remembering which of them may be filed."""

    def __init__(
        self,
        *,
        tally: DetentionTally,
        law: str = "2025",
        today: date,
        on_file: OnFile,
        keys_of: KeysOf,
        batch: int = 500,
    ) -> None:
        self._tally, self._law, self._today = tally, law, today
        self._on_file, self._keys_of, self._batch = on_file, keys_of, batch
        self._filed: set[Hashable] = set()

    def judge(self, readings: Iterable[RowReading]) -> Iterator[Judgement]:
        """Make the second pass: one judgement per reading, asking once per batch what is on file.

        The next batch is asked for only after the last judgement of a batch was taken, so a
        caller may file each batch before it goes on.
        """
        remaining = iter(readings)
        while batch := list(islice(remaining, self._batch)):
            keys = [self._keys_of(reading.row) if reading.row else None for reading in batch]
            on_file = self._on_file.acts_of({key.decision for key in keys if key})
            for reading, key in zip(batch, keys, strict=True):
                if reading.row is None or key is None:
                    yield Judgement(None, None, reading.rejections, (), "")
                else:
                    yield self._judged(reading.row, key, on_file.get(key.decision, {}))

    def _judged(
        self, row: DecisionRow, keys: RowKeys, on_file: Mapping[Hashable, int]
    ) -> Judgement:
        alone = check(row, law=self._law, today=self._today)
        together = tuple(self._together(row, keys, on_file))
        rejections = in_order((*alone.rejections, *together)) if together else alone.rejections
        if not rejections:
            self._filed.add(short(keys.act))
        return Judgement(row, keys, rejections, alone.warnings, alone.judged_by)

    def _together(
        self, row: DecisionRow, keys: RowKeys, on_file: Mapping[Hashable, int]
    ) -> Iterator[Finding]:
        days = self._tally.days(keys.decision, on_file=on_file) if row.detention_days else 0
        if days > COMBINED_DETENTION_DAYS:
            yield Finding("combined_detention_over_20", "detention_days")
        if keys.act in on_file or short(keys.act) in self._filed:
            yield Finding("duplicate_decision", "decision_number")


def judge_rows(
    readings: Sequence[RowReading],
    *,
    law: str = "2025",
    today: date,
    on_file: OnFile,
    keys_of: KeysOf = identity_keys,
) -> list[Judgement]:
    """Make both passes over rows that are at hand, such as one form or a small file."""
    tally = tally_detention(readings, law=law, today=today, keys_of=keys_of)
    judge = FileJudge(tally=tally, law=law, today=today, on_file=on_file, keys_of=keys_of)
    return list(judge.judge(readings))
