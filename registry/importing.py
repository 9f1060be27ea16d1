"""Bulk filing (批量归档): each row of a file is filed, sealed from birth, or rejected with its codes.

Two passes over the file: the first reads all of it and sums detention, the second judges and files in batches.
A batch is one transaction with its audit entries, one for each record and one for the batch; a second run finds
what is on file already, so an import that was cut off is simply started again. Knows no file format.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from uuid import UUID

from django.utils import timezone

from registry.across_rows import FileJudge, Judgement, RowKeys, tally_detention
from registry.born_sealed import insert_sealed
from registry.completeness import note_numbers
from registry.decision_row import DecisionRow, RowReading, read_row
from registry.findings import Finding
from registry.import_files import FileRow
from registry.models import Origin, ViolationRecord
from registry.on_file import InTheRegistry, one_filing_at_a_time
from registry.record_contents import contents
from registry.record_keys import keys_of, person
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome
from sealing.many_entries import enter_many

BATCH_ROWS = 500
IMPORT = "import"
"""Who stands as the clerk of an imported record: the command, no person."""

RowsAgain = Callable[[], Iterator[FileRow]]
OnRejection = Callable[[int, FileRow, tuple[str, ...]], None]
OnProgress = Callable[[int, int | None], None]


@dataclass
class Tally:
    """What an import did, or would do: rows read, rows filed, and how often each code was given."""

    rows: int = 0
    filed: int = 0
    codes: dict[str, int] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        """The rows that were not filed."""
        return self.rows - self.filed


def _nobody_listens(*_: object) -> None:
    """Take a report and do nothing."""


@dataclass(kw_only=True)
class Import:
    """One run over one file. `rows_again` starts reading from the first row each time it is called."""

    rows_again: RowsAgain
    law: str = "2025"
    today: date = field(default_factory=timezone.localdate)
    dry_run: bool = False
    on_rejection: OnRejection = _nobody_listens
    on_progress: OnProgress = _nobody_listens
    tally: Tally = field(default_factory=Tally)

    def run(self) -> Tally:
        """File what may be filed. Unreadable before anything is filed; NotEntered ends it between two batches.

        `on_progress` is told the rows done and, from the second pass on, their number.
        """
        total, judge = self._first_pass()
        rows = self.rows_again()
        while True:
            with self._batch_is_one():
                batch = list(islice(rows, BATCH_ROWS))
                judged = list(judge.judge(map(reading_of, batch)))
                sound = [judgement for judgement in judged if not judgement.codes]
                if sound and not self.dry_run:
                    file_batch(sound, rows=(self.tally.rows + 1, len(batch)))
            if not batch:
                return self.tally
            self._report(batch, judged)
            self.on_progress(self.tally.rows, total)

    def _first_pass(self) -> tuple[int, FileJudge]:
        counted = 0

        def readings() -> Iterator[RowReading]:
            nonlocal counted
            for counted, row in enumerate(self.rows_again(), start=1):
                if counted % BATCH_ROWS == 0:
                    self.on_progress(counted, None)
                yield reading_of(row)

        tally = tally_detention(readings(), law=self.law, today=self.today, keys_of=keys_of)
        judge = FileJudge(
            tally=tally,
            law=self.law,
            today=self.today,
            on_file=InTheRegistry(),
            keys_of=keys_of,
            batch=BATCH_ROWS,
        )
        return counted, judge

    @contextmanager
    def _batch_is_one(self) -> Iterator[None]:
        """Hold what is on file still while a batch is judged and filed; a dry run changes nothing."""
        if self.dry_run:
            yield
            return
        with audit_log.committed():
            one_filing_at_a_time()
            yield

    def _report(self, batch: Sequence[FileRow], judged: Iterable[Judgement]) -> None:
        """Count, once the batch is committed."""
        for row, judgement in zip(batch, judged, strict=True):
            self.tally.rows += 1
            self.tally.filed += not judgement.codes
            for code in judgement.codes:
                self.tally.codes[code] = self.tally.codes.get(code, 0) + 1
            if judgement.codes:
                self.on_rejection(self.tally.rows, row, judgement.codes)


def reading_of(row: FileRow) -> RowReading:
    """Read a row; one with too many or too few cells may have them in the wrong columns."""
    reading = read_row(row.values)
    if row.whole or reading.row is None:
        return reading
    return RowReading(row=None, rejections=(Finding("bad_value", "decision_number"),))


def file_batch(judged: Sequence[Judgement], *, rows: tuple[int, int]) -> None:
    """File judged rows, sealed from birth, in the transaction that is open; `rows` is first row and number read."""
    entries, records = [], []
    for judgement in judged:
        row, keys = judgement.row, judgement.keys
        if row is None or keys is None or judgement.codes:
            raise ValueError("A rejected row is not filed.")
        record = _born(row, keys, law=judgement.judged_by)
        entries.append(_entry(record, row))
        record.entry = entries[-1].id
        records.append(record)
    entries.append(_batch_entry(filed=len(records), first=rows[0], read=rows[1]))
    enter_many(entries)
    insert_sealed(records)
    note_numbers(judgement.row for judgement in judged if judgement.row)


def _born(row: DecisionRow, keys: RowKeys, *, law: str) -> ViolationRecord:
    return ViolationRecord(
        **contents(row, law=law, keys=keys),
        origin=Origin.IMPORT,
        clerk=IMPORT,
        clerk_unit=row.organ_code,
        sealed_at=timezone.now(),
    )


def _entry(record: ViolationRecord, row: DecisionRow) -> Entry:
    """The log learns which record of whom was filed, and nothing of the act."""
    return Entry(
        kind=Kind.FILING,
        outcome=Outcome.FILED,
        subject=bytes(record.subject),
        person=person(row),
        unit=row.organ_code,
        official=IMPORT,
        details=_details(record.pk, row.organ_code),
    )


def _details(record: UUID, organ: str) -> dict[str, str]:
    return {"record": str(record), "clerk": IMPORT, "organ": organ, "origin": IMPORT}


def _batch_entry(*, filed: int, first: int, read: int) -> Entry:
    return Entry(
        kind=Kind.FILING,
        outcome=Outcome.DONE,
        official=IMPORT,
        details={"origin": IMPORT, "first_row": first, "rows": read, "filed": filed},
    )
