"""Bulk filing (批量归档): each row of a file is filed, sealed from birth, or rejected with its codes.

Two passes over the file: the first reads all of it and sums detention, the second judges and files in batches.
A batch is one transaction with its audit entries, one for each record and one for the batch; a second run finds
what is on file already, so an import that was cut off is simply started again; one that kept its tally in the
batches' own transactions goes on behind the last of them. Knows no file format.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from django.utils import timezone

from registry.across_rows import FileJudge, Judgement, OnFile, RowKeys, tally_detention
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
from sealing.index_version import agreed
from sealing.many_entries import enter_many

BATCH_ROWS = 500
IMPORT = "import"
"""Who stands as the clerk of an imported record: the command, no person."""

Rejection = tuple[int, FileRow, tuple[str, ...]]
RowsAgain = Callable[[], Iterator[FileRow]]
OnRejection = Callable[[int, FileRow, tuple[str, ...]], None]
OnProgress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class FiledBy:
    """Who stands for an import: nobody but the command, or who uploaded the file, who confirmed it, and its run."""

    clerk: str = IMPORT
    officer: str = ""
    run: str = ""

    @property
    def official(self) -> str:
        """Who files, as the log names him."""
        return self.officer or IMPORT

    @property
    def details(self) -> dict[str, str]:
        """What each entry of the import says of it."""
        return {"origin": IMPORT, **({"import": self.run} if self.run else {})}


@dataclass(frozen=True)
class Tally:
    """What an import did, or would do: rows read, rows filed, how often each code was given, and each warning."""

    rows: int = 0
    filed: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        """The rows that were not filed."""
        return self.rows - self.filed

    def after(self, judged: Sequence[Judgement]) -> "Tally":
        """Return the tally with a batch more; warnings are counted of rows that are filed."""
        codes, warnings = Counter(self.codes), Counter(self.warnings)
        for judgement in judged:
            codes.update(judgement.codes)
            if not judgement.codes:
                warnings.update({finding.code for finding in judgement.warnings})
        filed = sum(not judgement.codes for judgement in judged)
        return Tally(self.rows + len(judged), self.filed + filed, dict(codes), dict(warnings))


InTheBatch = Callable[[Tally, Tally, list[Rejection]], None]


def _nobody_listens(*_: object) -> None:
    """Take a report and do nothing."""


@dataclass(kw_only=True)
class Import:
    """One run over one file. `rows_again` starts reading from the first row each time it is called.

    A `tally` that is given is of the rows before: the run goes on behind them. `in_the_batch` is told the tally before and
    after each batch and its rejections, within the batch's transaction; what it raises takes the batch back.
    """

    rows_again: RowsAgain
    law: str = "2025"
    today: date = field(default_factory=timezone.localdate)
    dry_run: bool = False
    on_rejection: OnRejection = _nobody_listens
    on_progress: OnProgress = _nobody_listens
    in_the_batch: InTheBatch = _nobody_listens
    on_file: OnFile = field(default_factory=InTheRegistry)
    by: FiledBy = field(default_factory=FiledBy)
    tally: Tally = field(default_factory=Tally)

    @agreed
    def run(self) -> Tally:
        """File what may be filed. Unreadable before anything is filed; NotEntered ends it between two batches.

        `on_progress` is told the rows done and, from the second pass on, their number. Where the index keys are
        moved on meanwhile, both passes begin anew, behind what is filed.
        """
        total, judge = self._first_pass()
        rows = islice(self.rows_again(), self.tally.rows, None)
        while True:
            with self._batch_is_one():
                batch = list(islice(rows, BATCH_ROWS))
                judged = list(judge.judge(map(reading_of, batch)))
                sound = [judgement for judgement in judged if not judgement.codes]
                if sound and not self.dry_run:
                    file_batch(sound, rows=(self.tally.rows + 1, len(batch)), by=self.by)
                if batch:
                    after = self.tally.after(judged)
                    rejected = list(self._rejected(batch, judged))
                    self.in_the_batch(self.tally, after, rejected)
            if not batch:
                return self.tally
            self.tally = after
            for number, row, codes in rejected:
                self.on_rejection(number, row, codes)
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
            on_file=self.on_file,
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

    def _rejected(
        self, batch: Sequence[FileRow], judged: Iterable[Judgement]
    ) -> Iterator[Rejection]:
        numbered = enumerate(zip(batch, judged, strict=True), start=self.tally.rows + 1)
        for number, (row, judgement) in numbered:
            if judgement.codes:
                yield number, row, judgement.codes


def reading_of(row: FileRow) -> RowReading:
    """Read a row; one with too many or too few cells may have them in the wrong columns."""
    reading = read_row(row.values)
    if row.whole or reading.row is None:
        return reading
    return RowReading(row=None, rejections=(Finding("bad_value", "decision_number"),))


def file_batch(
    judged: Sequence[Judgement], *, rows: tuple[int, int], by: FiledBy | None = None
) -> None:
    """File judged rows, sealed from birth, in the transaction that is open; `rows` is first row and number read."""
    by = by or FiledBy()
    entries, records = [], []
    for judgement in judged:
        row, keys = judgement.row, judgement.keys
        if row is None or keys is None or judgement.codes:
            raise ValueError("A rejected row is not filed.")
        record = _born(row, keys, law=judgement.judged_by, by=by)
        entries.append(_entry(record, row, by))
        record.entry = entries[-1].id
        records.append(record)
    entries.append(_batch_entry(by, filed=len(records), first=rows[0], read=rows[1]))
    enter_many(entries)
    insert_sealed(records)
    note_numbers(judgement.row for judgement in judged if judgement.row)


def _born(row: DecisionRow, keys: RowKeys, *, law: str, by: FiledBy) -> ViolationRecord:
    return ViolationRecord(
        **contents(row, law=law, keys=keys),
        origin=Origin.IMPORT,
        clerk=by.clerk,
        clerk_unit=row.organ_code,
        verified_by=by.officer,
        sealed_at=timezone.now(),
    )


def _entry(record: ViolationRecord, row: DecisionRow, by: FiledBy) -> Entry:
    """The log learns which record of whom was filed by whom, and nothing of the act."""
    details = {"record": str(record.pk), "clerk": by.clerk, "organ": row.organ_code}
    return Entry(
        kind=Kind.FILING,
        outcome=Outcome.FILED,
        subject=bytes(record.subject),
        person=person(row),
        unit=row.organ_code,
        official=by.official,
        details={**details, **by.details},
    )


def _batch_entry(by: FiledBy, *, filed: int, first: int, read: int) -> Entry:
    return Entry(
        kind=Kind.FILING,
        outcome=Outcome.DONE,
        official=by.official,
        details={**by.details, "first_row": first, "rows": read, "filed": filed},
    )
