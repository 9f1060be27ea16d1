"""Doing what an uploaded file waits for: checking all of its rows, or filing those that are sound.

One process a run, under an advisory lock; killed at any moment it is started again and goes on behind the last batch,
since a batch and its counts are one transaction. `work` is all that a queue of jobs would call. Knows no page.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from unicodedata import normalize
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from registry import waiting_files
from registry.across_rows import NothingOnFile
from registry.decision_row import as_text
from registry.import_files import FileRow, Unreadable, rows_of
from registry.import_run_models import AT_WORK, ImportRun, RejectedRows, RunState
from registry.importing import FiledBy, Import, Rejection, Tally
from registry.normalise import without_blanks
from registry.rejects_file import quotable_number
from sealing.cipher import Unopenable

MOST_ATTEMPTS = 10
NAMED = 10
"""How many rows of another organ are named."""


class Overtaken(Exception):
    """The run was discarded, or another process went on with it."""


class OfAnotherOrgan(Exception):
    """Rows name an organ that is not the supervisor's; `rows` are the first of them, `count` is of all."""

    def __init__(self, rows: list[int], count: int) -> None:
        self.rows, self.count = rows, count
        super().__init__(f"{count} rows")


def work(run: UUID) -> None:
    """Check or file a run to its end. Returns at once when another process is at it, or nothing waits."""
    with _alone(run) as is_mine:
        if not is_mine:
            return
        waiting = ImportRun.objects.filter(pk=run, state__in=AT_WORK)
        waiting.update(attempts=F("attempts") + 1, touched_at=timezone.now())
        if found := waiting.first():
            with translation.override(found.language):
                _worked(found)


def _worked(run: ImportRun) -> None:
    try:
        if run.attempts > MOST_ATTEMPTS:
            _end(run, RunState.FAILED, _("The work broke off too often. What was filed is sealed."))
        elif run.state == RunState.CHECKING:
            _check(run)
        else:
            _file(run)
    except Unreadable as problem:
        _end(run, RunState.FAILED, str(problem))
    except Unopenable:
        _end(run, RunState.FAILED, _("The stored file was changed or cut off. Upload it again."))
    except OfAnotherOrgan as found:
        _end(run, RunState.FAILED, _named(found))
    except Overtaken:
        return


def _check(run: ImportRun) -> None:
    """Judge every row by itself and with the others of the file; what is on file is asked by filing only."""
    RejectedRows.objects.filter(run=run).delete()
    ImportRun.objects.filter(pk=run.pk).update(
        rows_done=0, rows_read=0, filed=0, codes={}, warnings={}
    )
    _refuse_other_organs(run)
    checked = _import(run, tally=Tally(), dry_run=True, on_file=NothingOnFile())
    tally = checked.run()
    ImportRun.objects.filter(pk=run.pk, state=RunState.CHECKING).update(
        state=RunState.CHECKED, rows_total=tally.rows, attempts=0
    )


def _file(run: ImportRun) -> None:
    tally = Tally(run.rows_done, run.filed, run.codes, run.warnings)
    by = FiledBy(clerk=run.uploaded_by, officer=run.confirmed_by, run=str(run.pk))
    _import(run, tally=tally, by=by).run()
    _end(run, RunState.DONE)


def _import(run: ImportRun, *, tally: Tally, **more: object) -> Import:
    def keep(before: Tally, after: Tally, rejected: list[Rejection]) -> None:
        with transaction.atomic():
            _keep(run, before, after, rejected)

    def show(done: int, total: int | None) -> None:
        seen = {"rows_read": done} if total is None else {"rows_total": total}
        ImportRun.objects.filter(pk=run.pk).update(**seen, touched_at=timezone.now())

    source = waiting_files.WaitingFile(run.pk)
    return Import(
        rows_again=lambda: rows_of(source),
        law=run.law,
        tally=tally,
        in_the_batch=keep,
        on_progress=show,
        **more,  # type: ignore[arg-type]
    )


def _keep(run: ImportRun, before: Tally, after: Tally, rejected: list[Rejection]) -> None:
    """Write a batch's counts and rejections beside its records; Overtaken when it is not the next one."""
    kept = ImportRun.objects.filter(pk=run.pk, state=run.state, rows_done=before.rows).update(
        rows_done=after.rows,
        filed=after.filed,
        codes=after.codes,
        warnings=after.warnings,
        attempts=0,
    )
    if not kept:
        raise Overtaken
    if rejected:
        RejectedRows.of(run, _lines(rejected)).save(force_insert=True)


def _lines(rejected: list[Rejection]) -> str:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerows(
        (number, quotable_number(row), " ".join(codes)) for number, row, codes in rejected
    )
    return out.getvalue()


def _refuse_other_organs(run: ImportRun) -> None:
    """Raise OfAnotherOrgan when a row names an organ other than the run's; a row with shifted cells names none."""
    rows, count = list[int](), 0
    for number, row in enumerate(rows_of(waiting_files.WaitingFile(run.pk)), start=1):
        if _organ(row) not in ("", run.organ_code):
            count += 1
            if len(rows) < NAMED:
                rows.append(number)
    if count:
        raise OfAnotherOrgan(rows, count)


def _organ(row: FileRow) -> str:
    """Return the organ code as it would be filed."""
    text = as_text(row.values.get("organ_code")) if row.whole else ""
    return text if text.isascii() else without_blanks(normalize("NFKC", text))


def _named(found: OfAnotherOrgan) -> str:
    text = _(
        "%(count)d rows name an organ other than yours, the first in row %(rows)s. A unit files the decisions"
        " of its own organ. Nothing was filed; take these rows out, or let their organ upload them."
    )
    return text % {"count": found.count, "rows": ", ".join(map(str, found.rows))}


def _end(run: ImportRun, state: RunState, problem: str = "") -> None:
    ImportRun.objects.filter(pk=run.pk, state=run.state).update(
        state=state, problem=problem[:500], ended_at=timezone.now()
    )
    waiting_files.remove(run.pk)


@contextmanager
def _alone(run: UUID) -> Iterator[bool]:
    """Hold the run's lock on this connection, or give False; a process that dies lets go of it."""
    key = int.from_bytes(hashlib.sha256(b"import run" + run.bytes).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (is_mine,) = cursor.fetchone()
        try:
            yield is_mine
        finally:
            if is_mine and connection.is_usable():
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
