"""The lookup 查询: the one place where sealed records are read.

A committed entry first, then the lock, then the records of that one subject, cut to the scope, then the entry of
what was disclosed; only when that has committed too does anything leave. Lists leave, never querysets: the lock
is closed behind them. Decides nothing about the ground: that was done blind, when the inquiry was decided.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils import timezone

from access import answers, authorisation_lock, sandbox, undertakings
from access.accounts import User
from access.answers import Answer
from access.exceptions import StatutoryException
from access.inquiries import Person, subject_of
from access.inquiry import VIEWS_ALLOWED, Inquiry
from access.notification import ARTICLE_134
from access.policy import Reason
from access.scopes import Scope
from access.views_spent import spend
from registry.in_force import in_force
from registry.models import ViolationRecord
from registry.officers import Officer, officer_of
from registry.record_proof import prove, prove_person
from sealing import audit_log, lock, receipts
from sealing.audit_log import Entered, Entry, Kind, Outcome
from sealing.index_version import agreed, is_stale
from sealing.keyring import Purpose
from sealing.receipts import SignedReceipt
from sealing.subject import keyed, lock_index, log_index

Made = TypeVar("Made")


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
class Read:
    """A record as an answer or a notice reads it; one that is not in force is revoked."""

    record: ViolationRecord
    revoked: bool

    def __getattr__(self, name: str) -> Any:
        return getattr(self.record, name)


@agreed
def look_up(*, inquiry: Inquiry, by: User) -> Disclosure:
    """Answer a granted inquiry for one of its officials.

    Raises NotGranted, Expired, NotEntered when the log cannot be written, or Altered when a record that would be
    told does not say what was filed, or one stands under another person; nothing is disclosed then.
    """
    entered = _entered_before(inquiry, by=by)
    expires_at, told = inquiry.expires_at, _made_up if inquiry.unit.sandbox else _on_file
    try:
        answer = told(inquiry, entered, by=by)
    except Exception as error:
        _fail(inquiry, entered, error, by=by)
        raise
    proof = receipts.issue(entered, inquiry=inquiry.receipt, outcome=Outcome.GRANTED)
    return Disclosure(entered.id, answer, expires_at, proof)


def _on_file(inquiry: Inquiry, entered: Entered, *, by: User) -> Answer:
    """Read the records of the entry's subject, shape the answer and enter it, in the transaction of the lock."""
    with lock.opened(entered):
        found = list(ViolationRecord.objects.filter(subject=entered.subject))
        for record in found:
            prove_person(record)
        answer = _shaped(inquiry, _views(found), prove=_prove)
        audit_log.enter(_disclosed(inquiry, entered, answer, by=by))
    return answer


def _made_up(inquiry: Inquiry, entered: Entered, *, by: User) -> Answer:
    """Shape a sandbox's answer from made-up records and enter it. The lock stays shut, and would not open."""
    with audit_log.committed():
        day, person = timezone.localdate(), (inquiry.id_type, inquiry.id_number)
        answer = _shaped(inquiry, sandbox.records(*person, today=day), prove=lambda _record: None)
        audit_log.enter(_disclosed(inquiry, entered, answer, by=by))
    return answer


def _shaped(inquiry: Inquiry, records: Iterable[Any], *, prove: Callable[[Any], None]) -> Answer:
    scope, today = Scope.from_dict(inquiry.scope or {}), timezone.localdate()
    return answers.shape(records, scope=scope, today=today, name=inquiry.name, prove=prove)


@agreed
def read_own(
    *,
    person: Person,
    by: User,
    details: dict[str, Any],
    told: Callable[[Entered, list[Read]], Made],
) -> Made:
    """Let `told` make a notice of what the officer's own organ filed or decided about a person (Art. 134).

    A lookup like any other: the granted entry is committed first, and what `told` enters commits before this
    returns. Raises PermissionDenied for whoever is no verifying officer, or NotEntered; nothing is disclosed then.
    """
    officer = officer_of(by)
    if not officer.is_verifying_officer:
        raise PermissionDenied
    entered = audit_log.enter_alone(_own(Outcome.GRANTED, person, officer, details))
    try:
        with lock.opened(entered):
            found = list(ViolationRecord.objects.filter(subject=entered.subject))
            for record in found:
                prove_person(record)
            own = _of_organ(_views(found), officer.unit_code)
            for read in own:
                prove(read.record)
            return told(entered, own)
    except Exception:
        failed = {**details, "lookup": str(entered.id)}
        audit_log.enter_alone(_own(Outcome.FAILED, person, officer, failed))
        raise


def _own(outcome: Outcome, person: Person, by: Officer, details: dict[str, Any]) -> Entry:
    return Entry(
        kind=Kind.LOOKUP,
        outcome=outcome,
        subject=lock_index(person.id_type, person.number),
        person=log_index(person.id_type, person.number),
        unit=by.unit_code,
        official=by.number,
        exception=StatutoryException.CASE_HANDLING.value,
        provision=ARTICLE_134,
        details=details,
    )


def _of_organ(found: list[Read], unit: str) -> list[Read]:
    """Return the records that this organ filed or decided, and the later rows that name one of them."""
    own = {read.id for read in found if unit in (read.clerk_unit, read.organ_code)}
    while more := {read.id for read in found if read.replaces in own} - own:
        own |= more
    return [read for read in found if read.id in own]


def _entered_before(inquiry: Inquiry, *, by: User) -> Entered:
    """Commit the granted entry, with one view spent, while no authorisation can be taken away."""
    entry, refusal = _attempt(inquiry, None, by=by), None
    with audit_log.committed():
        authorisation_lock.shared(unit_id=inquiry.unit_id, ground=inquiry.ground)
        if not spend(inquiry, by=by, allowed=VIEWS_ALLOWED):
            refusal = _refusal(inquiry)
            entry = _attempt(inquiry, refusal, by=by)
        entered = audit_log.enter(entry)
    if refusal is not None:
        raise refusal
    return entered


def _refusal(inquiry: Inquiry) -> Exception:
    inquiry.refresh_from_db(fields=["status", "views", "expires_at"])
    is_granted = inquiry.status == Inquiry.Status.GRANTED
    if is_granted and not inquiry.may_be_viewed(now=timezone.now()):
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


def _fail(inquiry: Inquiry, entered: Entered, error: Exception, *, by: User) -> None:
    """Enter that nothing was disclosed; a lookup that the move of the index keys overtook costs no view."""
    with audit_log.committed():
        if is_stale(error):
            Inquiry.objects.filter(pk=inquiry.pk).update(views=F("views") - 1)
        details = {"lookup": str(entered.id)}
        audit_log.enter(_entry(inquiry, Outcome.FAILED, by=by, details=details))


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
        kind=Kind.SANDBOX_LOOKUP if inquiry.unit.sandbox else Kind.LOOKUP,
        outcome=outcome,
        subject=subject_of(inquiry.unit, inquiry.id_type, inquiry.id_number),
        person=log_index(inquiry.id_type, inquiry.id_number),
        unit=inquiry.unit.code,
        official=by.number,
        exception=inquiry.exception,
        provision=inquiry.provision,
        reasons=tuple(reasons),
        inquiry=inquiry.receipt,
        details=details,
    )


def _prove(told: Any) -> None:
    """A record that is told opens as a whole: only so can it be compared with what was filed."""
    prove(told.record)


def _views(records: Iterable[ViolationRecord]) -> list[Read]:
    found = list(records)
    answered = in_force(found)
    return [Read(record, record.id not in answered) for record in found]
