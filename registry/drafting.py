"""Drafts: entered, changed, submitted, returned, withdrawn; and who sees which.

A draft is seen by the clerk who holds it (object permission `hold_draft`) until it is submitted, then by the
verifying officers of the same unit except its clerk. Knows no statutory check: that is the form's and filing's.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from guardian.models import UserObjectPermission
from guardian.shortcuts import assign_perm, remove_perm

from registry.correction import Correction
from registry.decision_row import DecisionRow
from registry.models import Stage, UnfinishedEntry, ViolationRecord
from registry.officers import Officer
from registry.penalties import law_on
from registry.record_contents import (
    OF_A_CORRECTION,
    OF_THE_PERSON,
    contents,
    correction_contents,
)
from registry.record_keys import subject
from registry.remarks import Remarks, with_round
from sealing.index_version import agreed, hold

HOLD = "registry.hold_draft"
WITH_THE_CLERK = (Stage.DRAFT, Stage.RETURNED)
Drafts = QuerySet[ViolationRecord]


class Overtaken(Exception):
    """What somebody acts on is not what is there now: it was changed since he was shown it."""


class UnfinishedChanges(Exception):
    """A draft has changes that its clerk typed and has neither saved nor given up."""


def held_by(officer: Officer) -> Drafts:
    """Return the drafts a clerk holds, oldest first; once submitted they are listed but not opened."""
    drafts = ViolationRecord.objects.filter(
        clerk=officer.number, clerk_unit=officer.unit_code, sealed_at__isnull=True
    ).exclude(stage=Stage.WITHDRAWN)
    if not officer.is_clerk:
        return drafts.none()
    return drafts.filter(_holds(_account(officer.number))).order_by("id")


def _holds(account: Any) -> Exists:
    """The draft's own object permission. Keys are compared as text: those of other objects are no UUIDs."""
    app, codename = HOLD.split(".")
    return Exists(
        UserObjectPermission.objects.filter(
            user=account,
            permission__codename=codename,
            permission__content_type__app_label=app,
            object_pk=Cast(OuterRef("pk"), CharField()),
        )
    )


def open_to_clerk(officer: Officer) -> Drafts:
    """Return the drafts a clerk may read and change: not submitted, or returned with remarks."""
    return held_by(officer).filter(stage__in=WITH_THE_CLERK)


def open_to_verifier(officer: Officer) -> Drafts:
    """Return the drafts an officer may verify, oldest first: of his own unit, never his own."""
    drafts = ViolationRecord.objects.filter(
        clerk_unit=officer.unit_code, stage=Stage.TO_VERIFY, sealed_at__isnull=True
    )
    if not officer.is_verifying_officer:
        return drafts.none()
    return drafts.exclude(clerk=officer.number).order_by("id")


def version_of(*drafts: ViolationRecord) -> str:
    """Return 16 hex digits that change with anything the drafts say; they tell nothing of it."""
    said = b"".join(draft.pk.bytes + bytes(draft.content_digest) for draft in drafts)
    return sha256(said).hexdigest()[:16]


@agreed
@transaction.atomic
def save_draft(
    *,
    row: DecisionRow | Correction,
    by: Officer,
    draft: ViolationRecord | None = None,
    seen: str = "",
) -> ViolationRecord:
    """Store what a clerk keyed in, a decision or the correction of one, and return the draft he holds.

    A changed identity document is another person, so another draft: the old one is withdrawn. Raises
    PermissionDenied for anybody but a clerk, and for a draft that is not open to him; Overtaken when the draft is
    not of the version `seen` any more.
    """
    if not by.is_clerk:
        raise PermissionDenied
    hold()
    held = _locked(open_to_clerk(by), draft) if draft else None
    if held and seen and seen != version_of(held):
        raise Overtaken
    if held and bool(held.outcome) != isinstance(row, Correction):
        raise PermissionDenied
    if held and bytes(held.subject) != subject(row):
        remarks, stage = held.remarks, held.stage
        withdraw(draft=held, by=by)
        return _made(row, by, remarks=remarks, stage=stage)
    if held is None:
        return _made(row, by)
    for name, value in _columns(row).items():
        setattr(held, name, value)
    held.save()
    return held


@transaction.atomic
def submit(*, draft: ViolationRecord, by: Officer) -> None:
    """Hand a draft to the verifying officers; its clerk opens it no more unless it is returned.

    Raises UnfinishedChanges when he typed changes that are not part of it.
    """
    held = _locked(open_to_clerk(by), draft)
    if UnfinishedEntry.objects.filter(draft=held.pk).exists():
        raise UnfinishedChanges
    held.stage = Stage.TO_VERIFY
    held.save(update_fields=["stage"])


@transaction.atomic
def submit_together(*, drafts: Iterable[ViolationRecord], by: Officer) -> None:
    """Hand drafts to the verifying officers, all or none."""
    for draft in drafts:
        submit(draft=draft, by=by)


@transaction.atomic
def return_draft(
    *, draft: ViolationRecord, by: Officer, remarks: str, fields: Mapping[str, str] | None = None
) -> None:
    """Give a draft back to its clerk with remarks on the whole and on single fields; earlier rounds are kept."""
    found = _locked(open_to_verifier(by), draft)
    said = Remarks(by=by.number, at=timezone.now(), general=remarks, fields=fields or {})
    found.stage, found.remarks = Stage.RETURNED, with_round(found, said)
    found.save(update_fields=["stage", "remarks"])


@transaction.atomic
def withdraw(*, draft: ViolationRecord, by: Officer) -> None:
    """Give a draft up: it can never be filed, and what it says of the person is not kept."""
    held = _locked(open_to_clerk(by), draft)
    for name in (*OF_THE_PERSON, "birth_date"):
        setattr(held, name, "")
    for name in OF_A_CORRECTION:
        setattr(held, name, None)
    held.stage, held.remarks = Stage.WITHDRAWN, None
    held.save()
    UnfinishedEntry.objects.filter(draft=held.pk).delete()
    release(held)


def release(draft: ViolationRecord) -> None:
    """Take the draft out of its clerk's hands."""
    remove_perm(HOLD, _account(draft.clerk), draft)


def _columns(row: DecisionRow | Correction) -> dict[str, Any]:
    if isinstance(row, Correction):
        return correction_contents(row)
    return contents(row, law=law_on(row.acted_on))


def _made(row: DecisionRow | Correction, by: Officer, **more: Any) -> ViolationRecord:
    made = ViolationRecord.objects.create(
        **_columns(row),
        clerk=by.number,
        clerk_unit=by.unit_code,
        **more,
    )
    assign_perm(HOLD, _account(by.number), made)
    return made


def _locked(drafts: Drafts, draft: ViolationRecord) -> ViolationRecord:
    found = drafts.select_for_update(of=("self",)).filter(pk=draft.pk).first()
    if found is None:
        raise PermissionDenied
    return found


def _account(number: str) -> Any:
    return get_user_model()._default_manager.get_by_natural_key(number)
