"""Correcting: what the filing of a correction must find, before the row is sealed that replaces, ends or notes another.

Which record is named is asked here and nowhere earlier, so only a filing attempt, which is in the log, learns
whether there is one. The record itself is not read, and never touched.
"""

from uuid import UUID

from django.utils import timezone

from registry.across_rows import judge_rows
from registry.correction import Correction
from registry.decision_row import DecisionRow, RowReading
from registry.findings import Finding, Refused
from registry.in_force import NOTING
from registry.models import ViolationRecord
from registry.officers import Officer
from registry.on_file import InForceBeside, named_in_force
from registry.penalties import law_on
from registry.record_contents import correction_of
from registry.record_keys import keys_of, noting_key, replacing_key


def name_the_record(*, draft: ViolationRecord, by: Officer) -> None:
    """Let the draft of a correction name the record in force that it is about; the caller saves and seals it.

    Raises Refused when there is none that the officer's unit filed or decided, or when the law or another record
    stands against what remains.
    """
    correction = correction_of(draft)
    old = named_in_force(correction.named, unit=by.unit_code)
    if old is None:
        raise Refused((Finding("no_record_in_force", "decision_number"),))
    if correction.row:
        _check(correction, correction.row)
    draft.replaces = old
    draft.duplicate_key = key_in_force(correction, old)


def _check(correction: Correction, row: DecisionRow) -> None:
    """An old act is corrected under the law it was judged by."""
    (judgement,) = judge_rows(
        [RowReading(row)],
        law=law_on(row.acted_on),
        today=timezone.localdate(),
        on_file=InForceBeside(correction.named),
        keys_of=keys_of,
    )
    if judgement.rejections:
        raise Refused(judgement.rejections)


def key_in_force(correction: Correction, old: UUID) -> bytes:
    """Return the duplicate key of a correction that names a record: there is one that replaces it."""
    if correction.happened in NOTING:
        return noting_key(old, happened=correction.happened, document=correction.document)
    return replacing_key(old)
