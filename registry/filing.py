"""Filing (归档封存): a second officer confirms a draft, and from that moment the record is sealed for ever.

The audit entry and the seal are one transaction: no entry, no filing. What is on file is asked here and
nowhere earlier, so that only a filing attempt, which is in the log, can meet it.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection
from django.utils import timezone

from registry.across_rows import judge_rows
from registry.completeness import note_numbers
from registry.correcting import name_the_record
from registry.decision_row import RowReading
from registry.drafting import Overtaken, open_to_verifier, release, version_of
from registry.findings import Finding, Refused, codes_of
from registry.models import ViolationRecord
from registry.officers import Officer
from registry.on_file import InTheRegistry, one_filing_at_a_time
from registry.record_contents import has_content, row_of
from registry.record_keys import keys_of, person, subject
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome
from sealing.index_version import agreed

SEAL = "SELECT registry_violationrecord_seal(%s, %s)"


class NotFiled(Refused):
    """Why drafts were not filed: the findings against each, by its key."""

    def __init__(self, against: Mapping[UUID, tuple[Finding, ...]]) -> None:
        self.against = against
        super().__init__(tuple(finding for findings in against.values() for finding in findings))


def file_record(*, draft: ViolationRecord, by: Officer, seen: str = "") -> UUID:
    """File a draft of the officer's own unit that another officer keyed in; return the receipt, the entry's key.

    Raises PermissionDenied, Overtaken, Refused (entered in the log), or NotEntered; then nothing is filed.
    """
    (receipt,) = file_together(drafts=[draft], by=by, seen=seen)
    return receipt


@agreed
def file_together(*, drafts: Sequence[ViolationRecord], by: Officer, seen: str = "") -> list[UUID]:
    """File drafts, such as those of one decision, all or none; return a receipt for each, an entry of its own.

    Raises what `file_record` raises; Overtaken when they are not of the version `seen` any more.
    """
    keys = [draft.pk for draft in drafts]
    if not keys or open_to_verifier(by).filter(pk__in=keys).count() != len(keys):
        raise PermissionDenied
    try:
        with audit_log.committed():
            return _all_filed(keys, by, seen)
    except NotFiled as refusal:
        for draft in drafts:
            if findings := refusal.against.get(draft.pk):
                audit_log.enter_alone(_entry(draft, by, Outcome.DENIED, reasons=codes_of(findings)))
        raise


def _all_filed(keys: Sequence[UUID], by: Officer, seen: str) -> list[UUID]:
    one_filing_at_a_time()
    held = list(open_to_verifier(by).select_for_update().filter(pk__in=keys))
    if len(held) != len(keys):
        raise PermissionDenied
    if seen and seen != version_of(*held):
        raise Overtaken
    _check([draft for draft in held if not draft.outcome])
    return [_filed(draft, by) for draft in held]


def _filed(held: ViolationRecord, by: Officer) -> UUID:
    try:
        if held.outcome:
            name_the_record(draft=held, by=by)
        entry = audit_log.enter(_entry(held, by, Outcome.FILED))
        held.verified_by, held.remarks = by.number, None
        held.save(update_fields=["verified_by", "remarks", "replaces", "duplicate_key"])
        _seal(held, entry.id)
    except Refused as refusal:
        raise NotFiled({held.pk: refusal.findings}) from None
    if has_content(held):
        note_numbers([row_of(held)])
    release(held)
    return entry.id


def _check(drafts: Sequence[ViolationRecord]) -> None:
    """The statutory checks once more, now beside each other and with what is on file."""
    judged = judge_rows(
        [RowReading(row_of(draft)) for draft in drafts],
        today=timezone.localdate(),
        on_file=InTheRegistry(),
        keys_of=keys_of,
    )
    against = {
        draft.pk: judgement.rejections
        for draft, judgement in zip(drafts, judged, strict=True)
        if judgement.rejections
    }
    if against:
        raise NotFiled(against)


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
