"""Filing (归档封存): a second officer confirms a draft, and from that moment the record is sealed for ever.

The audit entry and the seal are one transaction: no entry, no filing. What is on file is asked here and
nowhere earlier, so that only a filing attempt, which is in the log, can meet it.
"""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection
from django.utils import timezone

from registry.across_rows import judge_rows
from registry.completeness import note_numbers
from registry.correcting import name_the_record
from registry.decision_row import DecisionRow, RowReading
from registry.drafting import open_to_verifier, release
from registry.findings import Finding, Refused
from registry.models import ViolationRecord
from registry.officers import Officer
from registry.on_file import InTheRegistry, one_filing_at_a_time
from registry.record_contents import has_content, row_of
from registry.record_keys import keys_of, person, subject
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome

SEAL = "SELECT registry_violationrecord_seal(%s, %s)"


def file_record(*, draft: ViolationRecord, by: Officer) -> UUID:
    """File a draft of the officer's own unit that another officer keyed in; return the receipt, the entry's key.

    Raises PermissionDenied, Refused (entered in the log), or NotEntered; then nothing is filed.
    """
    if not open_to_verifier(by).filter(pk=draft.pk).exists():
        raise PermissionDenied
    try:
        with audit_log.committed():
            return _filed(draft, by)
    except Refused as refusal:
        audit_log.enter_alone(_entry(draft, by, Outcome.DENIED, reasons=refusal.codes))
        raise


def _filed(draft: ViolationRecord, by: Officer) -> UUID:
    one_filing_at_a_time()
    held = open_to_verifier(by).select_for_update().filter(pk=draft.pk).first()
    if held is None:
        raise PermissionDenied
    if held.outcome:
        name_the_record(draft=held, by=by)
    else:
        _check(row_of(held))
    entry = audit_log.enter(_entry(held, by, Outcome.FILED))
    held.verified_by, held.remarks = by.number, None
    held.save(update_fields=["verified_by", "remarks", "replaces", "duplicate_key"])
    _seal(held, entry.id)
    if has_content(held):
        note_numbers([row_of(held)])
    release(held)
    return entry.id


def _check(row: DecisionRow) -> None:
    """The statutory checks once more, now with what is on file."""
    (judgement,) = judge_rows(
        [RowReading(row)], today=timezone.localdate(), on_file=InTheRegistry(), keys_of=keys_of
    )
    if judgement.rejections:
        raise Refused(judgement.rejections)


def _seal(draft: ViolationRecord, entry: UUID) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(SEAL, [draft.pk, entry])
            (sealed,) = cursor.fetchone()
    except IntegrityError:
        raise Refused((Finding("duplicate_decision", "decision_number"),)) from None
    if not sealed:
        raise PermissionDenied


def _entry(
    draft: ViolationRecord,
    by: Officer,
    outcome: Outcome,
    reasons: tuple[str, ...] = (),
) -> Entry:
    """The log learns who filed which record of whom, what it does to which other, and nothing of the act."""
    return Entry(
        kind=Kind.FILING,
        outcome=outcome,
        subject=subject(draft),
        person=person(draft),
        unit=by.unit_code,
        official=by.number,
        reasons=reasons,
        details={
            "record": str(draft.pk),
            "clerk": draft.clerk,
            "organ": draft.organ_code,
            "origin": draft.origin,
            **({"act": draft.outcome} if draft.outcome else {}),
            **({"replaces": str(draft.replaces)} if draft.replaces else {}),
        },
    )
