"""The lookup 查询: the one place where sealed records are read.

A committed entry first, then the lock, then the records of that one subject, cut to the scope, then the entry of
what was disclosed; only when that has committed too does anything leave. Lists leave, never querysets: the lock
is closed behind them. Decides nothing about the ground: that was done blind, when the inquiry was decided.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F
from django.utils import timezone

from access import answers, authorisation_lock, undertakings
from access.accounts import User
from access.answers import Answer
from access.inquiry import VIEWS_ALLOWED, Inquiry
from access.policy import Reason
from access.scopes import Scope
from access.units import Authorisation
from registry.in_force import in_force
from registry.models import ViolationRecord
from sealing import audit_log, lock, receipts
from sealing.audit_log import Entered, Entry, Kind, Outcome
from sealing.keyring import Purpose
from sealing.receipts import SignedReceipt
from sealing.subject import keyed, lock_index, log_index


class NotGranted(Exception):
    """The inquiry is not granted, or its authorisation no longer holds; the refusal is in the log."""


class Expired(Exception):
    """The answer was open for a limited time or number of views, and that is over."""


@dataclass(frozen=True)
class Disclosure:
    """What one lookup gave out: the entry it rests on, the answer, and the entry's signed receipt."""

    entry: UUID
    answer: Answer
    expires_at: datetime | None
    proof: SignedReceipt


@dataclass(frozen=True, slots=True)
class _Record:
    """A record as an answer reads it; one that is not in force is revoked."""

    record: ViolationRecord
    revoked: bool

    def __getattr__(self, name: str) -> Any:
        return getattr(self.record, name)


def look_up(*, inquiry: Inquiry, by: User) -> Disclosure:
    """Answer a granted inquiry for one of its officials.

    Raises NotGranted, Expired, or NotEntered when the log cannot be written; nothing is disclosed then.
    """
    entered = _entered_before(inquiry, by=by)
    scope, expires_at = Scope.from_dict(inquiry.scope or {}), inquiry.expires_at
    try:
        with lock.opened(entered):
            found = ViolationRecord.objects.filter(subject=entered.subject)
            answer = answers.shape(
                _views(list(found)), scope=scope, today=timezone.localdate(), name=inquiry.name
            )
            audit_log.enter(_disclosed(inquiry, entered, answer, by=by))
    except Exception:
        audit_log.enter_alone(
            _entry(inquiry, Outcome.FAILED, by=by, details={"lookup": str(entered.id)})
        )
        raise
    proof = receipts.issue(entered, inquiry=inquiry.receipt, outcome=Outcome.GRANTED)
    return Disclosure(entered.id, answer, expires_at, proof)


def _entered_before(inquiry: Inquiry, *, by: User) -> Entered:
    """Commit the granted entry, with one view spent, while no authorisation can be taken away."""
    with audit_log.committed():
        authorisation_lock.shared(unit_id=inquiry.unit_id, ground=ground_of(inquiry))
        spent = _still_granted(inquiry, by=by).update(views=F("views") + 1)
        refusal = None if spent else _refusal(inquiry)
        entered = audit_log.enter(_attempt(inquiry, refusal, by=by))
    if refusal is not None:
        raise refusal
    return entered


def ground_of(inquiry: Inquiry) -> str:
    """Return what the unit's authorisation must be for: the provision, or case handling."""
    return inquiry.provision or inquiry.exception


def _still_granted(inquiry: Inquiry, *, by: User) -> Any:
    today = timezone.localdate()
    holding = Authorisation.objects.filter(
        unit=inquiry.unit_id,
        unit__active=True,
        ground=ground_of(inquiry),
        suspended_at=None,
        valid_from__lte=today,
        valid_to__gte=today,
        officials=by,
    )
    return Inquiry.objects.filter(
        Exists(holding),
        pk=inquiry.pk,
        status=Inquiry.Status.GRANTED,
        views__lt=VIEWS_ALLOWED,
        expires_at__gt=timezone.now(),
        officials__contains=[by.number],
    )


def _refusal(inquiry: Inquiry) -> Exception:
    inquiry.refresh_from_db(fields=["status", "views", "expires_at"])
    used_up = inquiry.views >= VIEWS_ALLOWED or (
        inquiry.expires_at is not None and inquiry.expires_at <= timezone.now()
    )
    if inquiry.status == Inquiry.Status.GRANTED and used_up:
        return Expired()
    return NotGranted()


def _attempt(inquiry: Inquiry, refusal: Exception | None, *, by: User) -> Entry:
    if refusal is None:
        return _entry(
            inquiry,
            Outcome.GRANTED,
            by=by,
            details={"views": inquiry.views + 1, "undertaking": undertakings.VERSION},
        )
    if isinstance(refusal, Expired):
        return _entry(inquiry, Outcome.DENIED, by=by, details={"cause": "answer_expired"})
    if inquiry.status != Inquiry.Status.GRANTED:
        return _entry(inquiry, Outcome.DENIED, by=by, details={"cause": "inquiry_not_granted"})
    return _entry(
        inquiry, Outcome.DENIED, by=by, reasons=(Reason.AUTHORISATION_EXPIRED.value,), details={}
    )


def _disclosed(inquiry: Inquiry, entered: Entered, answer: Answer, *, by: User) -> Entry:
    """The digest is keyed and bound to the entry: it proves the answer and tells nobody what it was."""
    digest = keyed(Purpose.DIGEST, "answer", str(entered.id), answer.canonical_bytes().decode())
    details = {"lookup": str(entered.id), "answer_digest": digest.hex()}
    return _entry(inquiry, Outcome.DISCLOSED, by=by, details=details)


def _entry(
    inquiry: Inquiry,
    outcome: Outcome,
    *,
    by: User,
    details: dict[str, Any],
    reasons: Sequence[str] = (),
) -> Entry:
    return Entry(
        kind=Kind.LOOKUP,
        outcome=outcome,
        subject=lock_index(inquiry.id_type, inquiry.id_number),
        person=log_index(inquiry.id_type, inquiry.id_number),
        unit=inquiry.unit.code,
        official=by.number,
        exception=inquiry.exception,
        provision=inquiry.provision,
        reasons=tuple(reasons),
        inquiry=inquiry.receipt,
        details=details,
    )


def _views(records: Iterable[ViolationRecord]) -> list[_Record]:
    found = list(records)
    answered = in_force(found)
    return [_Record(record, record.id not in answered) for record in found]
