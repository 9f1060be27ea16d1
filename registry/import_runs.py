"""What happens to an uploaded file: uploaded, confirmed by another officer, or discarded; and who sees which.

Each step is entered in the audit log in the transaction that makes it. An officer sees the runs of his own organ.
Knows no row of a file: `import_runner` reads it.
"""

from datetime import timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils import timezone

from registry import waiting_files
from registry.import_run_models import UNFINISHED, ImportRun, RejectedRows, RunState
from registry.importing import IMPORT
from registry.officers import Officer
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome

MOST_UNFINISHED = 5
"""Files of one organ that may wait at once."""
REJECTS_KEPT = timedelta(days=7)
CONFIRMED = (
    *("state", "confirmed_by", "rows_read", "rows_done", "filed", "attempts"),
    *("codes", "warnings", "touched_at"),
)
DISCARDABLE = (RunState.CHECKING, RunState.CHECKED)


class NotNow(Exception):
    """The run is not, or no longer, where this can be done with it."""


def runs_of(officer: Officer) -> QuerySet[ImportRun]:
    """Return the runs an officer may see, newest first: of his own organ, for verifying officers."""
    if not officer.is_verifying_officer:
        return ImportRun.objects.none()
    return ImportRun.objects.filter(organ_code=officer.unit_code).order_by("-id")


def has_room(officer: Officer) -> bool:
    """Say whether the officer's organ may upload one more file."""
    return runs_of(officer).filter(state__in=UNFINISHED).count() < MOST_UNFINISHED


def may_confirm(run: ImportRun, officer: Officer) -> bool:
    """Say whether an officer may have the run filed: whoever uploaded the file may not."""
    return officer.is_verifying_officer and run.uploaded_by != officer.number


def upload(*, run: UUID, law: str, language: str, size: int, by: Officer) -> ImportRun:
    """Note that a file lies ready to be checked. PermissionDenied, or NotEntered: then nothing is noted."""
    if not by.is_verifying_officer:
        raise PermissionDenied
    with audit_log.committed():
        made = ImportRun.objects.create(
            id=run, law=law, language=language, organ_code=by.unit_code, uploaded_by=by.number
        )
        _enter(made, "import_uploaded", by.number, law=law, bytes=size)
    return made


def confirm(*, run: ImportRun, by: Officer) -> None:
    """Have what the check found sound filed, in the name of the officer who confirms.

    Raises PermissionDenied to whoever uploaded the file, NotNow, or NotEntered.
    """
    with audit_log.committed():
        held = _held(run, by, (RunState.CHECKED,))
        if not may_confirm(held, by) or not held.filed:
            raise PermissionDenied
        _enter(held, "import_confirmed", by.number, rows=held.rows_done, sound=held.filed)
        held.rejects.all().delete()
        held.state, held.confirmed_by = RunState.FILING, by.number
        held.rows_read = held.rows_done = held.filed = held.attempts = 0
        held.codes, held.warnings, held.touched_at = {}, {}, None
        held.save(update_fields=CONFIRMED)


def discard(*, run: ImportRun, by: Officer) -> None:
    """Give a file up before anything of it is filed. Raises PermissionDenied, NotNow or NotEntered."""
    with audit_log.committed():
        _discarded(_held(run, by, DISCARDABLE), by.number)
    waiting_files.remove(run.pk)


def expire() -> None:
    """Discard files that nobody confirmed within a day, and what was rejected a week ago."""
    now = timezone.now()
    long_ago = now - timedelta(seconds=waiting_files.KEPT_SECONDS)
    old = ImportRun.objects.filter(state__in=DISCARDABLE, uploaded_at__lt=long_ago)
    for key in old.values_list("pk", flat=True):
        with audit_log.committed():
            held = old.select_for_update().filter(pk=key).first()
            if held is not None:
                _discarded(held, IMPORT)
    RejectedRows.objects.filter(run__ended_at__lt=now - REJECTS_KEPT).delete()
    unfinished = ImportRun.objects.filter(state__in=UNFINISHED).values_list("pk", flat=True)
    waiting_files.remove_old(but={str(key) for key in unfinished})


def _held(run: ImportRun, by: Officer, states: tuple[RunState, ...]) -> ImportRun:
    held = runs_of(by).select_for_update().filter(pk=run.pk).first()
    if held is None:
        raise PermissionDenied
    if held.state not in states:
        raise NotNow
    return held


def _discarded(held: ImportRun, official: str) -> None:
    _enter(held, "import_discarded", official)
    held.state, held.ended_at = RunState.CANCELLED, timezone.now()
    held.save(update_fields=["state", "ended_at"])


def _enter(run: ImportRun, act: str, official: str, **more: str | int) -> None:
    audit_log.enter(
        Entry(
            kind=Kind.FILING,
            outcome=Outcome.DONE,
            unit=run.organ_code,
            official=official,
            details={"act": act, "import": str(run.pk), **more},
        )
    )
