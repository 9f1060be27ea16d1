"""An inquiry comes in: it is decided blind, entered in the audit log and kept, or none of it happens.

The three are one durable transaction. The decision is told facts about the request and about the unit, never
about the person; no record is read, and none can be: this module opens nothing. What reads is `access.lookups`.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import DatabaseError
from django.utils import timezone

from access import authorisation_lock, reviewers, sandbox, slowing, standing, undertakings
from access.accounts import User
from access.exceptions import StatutoryException
from access.facts import InquiryFacts
from access.idempotency import Call
from access.inquiry import ANSWER_OPEN_FOR, Inquiry
from access.policy import Decision, Outcome, Reason, decide
from access.provisions import provision
from access.units import Unit
from registry.normalise import normalise_id_number
from sealing import audit_log, receipts
from sealing.audit_log import Entry, Kind
from sealing.keyring import Purpose
from sealing.subject import keyed, lock_index, log_index

#: Province, county and date of birth: what somebody who tries numbers one after the other holds fast.
SWEEP_CHARACTERS = 14


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an inquiry asks about: type and number of the document, and the full name. Its repr shows none."""

    id_type: str
    id_number: str = field(repr=False)
    name: str = field(repr=False)

    @property
    def number(self) -> str:
        """Return the document's number in the one form that is compared."""
        return normalise_id_number(self.id_type, self.id_number)


def submit(
    *,
    facts: InquiryFacts,
    person: Person,
    by: User,
    today: date,
    id: UUID | None = None,
    call: Call | None = None,
    roster: str = "",
) -> Inquiry:
    """Decide an inquiry, enter the decision in the log and keep both, in one durable transaction.

    `id` is the key of a form: the same form sent twice is one inquiry; a client's `call` brings its own key and asks
    for the client's unit. `roster` is the receipt of the roster it is part of, for the log. Raises PermissionDenied
    when the account may ask for no unit, KeyReused when the call's key was for another body, and NotEntered, with
    nothing stored, when the log or the database cannot be written.

    Returns late when many persons of one county and birth date were asked about (`access.slowing`), however it was
    decided; a roster is sent behind the scenes, where nobody would notice.
    """
    with audit_log.committed():
        unit = call.client.unit if call else standing.inquiring_unit(by)
        authorisation_lock.shared(unit_id=unit.pk, ground=_ground(facts))
        authorisation_lock.counting(unit_id=unit.pk)
        stated = _stated(facts, person)
        if (made := _made_before(stated, by=by, id=id, call=call)) is not None:
            return made
        inquiry = Inquiry(
            unit=unit, made_by=by, made_on=today, client=call.client if call else None, **stated
        )
        if id and not Inquiry.objects.filter(pk=id, made_by=by).exists():
            inquiry.id = id
        inquiry.sweep_key, inquiry.person_key = _sweep_key(person), _person_key(person, today)
        decision = _decided(facts, unit, today, inquiry.sweep_key)
        if unit.sandbox:
            decision = sandbox.decided(decision, id_type=person.id_type, number=person.number)
        _note(inquiry, decision)
        entry = _entry(inquiry, decision, person, roster)
        entered = audit_log.enter(entry)
        inquiry.proof = receipts.issue(entered, inquiry=inquiry.receipt, outcome=entry.outcome)
        inquiry.save(force_insert=True)
        standing.let_see(inquiry)
        if decision.outcome is Outcome.UNDER_REVIEW and not unit.sandbox:
            reviewers.staff(inquiry)
        if call:
            call.keep(inquiry)
        swept = 0 if roster else standing.persons_of_one_prefix(inquiry)
    slowing.hold_back(swept)
    return inquiry


def _made_before(
    stated: dict[str, Any], *, by: User, id: UUID | None, call: Call | None
) -> Inquiry | None:
    """Return the inquiry that the same form or the same call has made."""
    if call:
        return call.earlier()
    earlier = Inquiry.objects.filter(pk=id, made_by=by).first() if id else None
    if earlier is not None and all(getattr(earlier, k) == v for k, v in stated.items()):
        return earlier
    return None


def _ground(facts: InquiryFacts) -> str:
    """Return what the unit's authorisation must be for: the provision, or case handling."""
    if facts.exception == StatutoryException.STATE_REGULATION:
        return facts.provision or ""
    return facts.exception


def _decided(facts: InquiryFacts, unit: Unit, today: date, sweep_key: bytes | None) -> Decision:
    """A failure while the standing is gathered is a denial, as one while deciding is (`policy.decide`).

    Only a failure of the database is not: then nothing can be entered either.
    """
    try:
        stands = standing.standing_of(
            unit=unit,
            ground=_ground(facts),
            officials=facts.officials,
            today=today,
            sweep_key=sweep_key,
        )
    except DatabaseError:
        raise
    except Exception as error:
        reasons = (Reason.UNIT_NOT_AUTHORISED,)
        return Decision(Outcome.DENIED, reasons=reasons, failure=type(error).__name__)
    return decide(facts, standing=stands, today=today)


def _stated(facts: InquiryFacts, person: Person) -> dict[str, Any]:
    """Return what was stated, as the inquiry keeps it; a provision only when the catalogue has it."""
    case, letter = facts.case, facts.letter
    known = provision(facts.provision) if facts.provision else None
    return {
        "exception": facts.exception,
        "provision": known.id if known else "",
        "case_kind": case.kind if case else "",
        "check_kind": (case.check or "") if case else "",
        "case_number": case.number if case else "",
        "case_opened_on": case.opened_on if case else None,
        "officials": list(facts.officials),
        "letter_number": letter.number if letter else "",
        "letter_issued_on": letter.issued_on if letter else None,
        "undertaking": facts.undertaking,
        "purpose": facts.purpose or "",
        "post": facts.post or "",
        "id_type": person.id_type,
        "id_number": person.number,
        "name": person.name,
    }


def _note(inquiry: Inquiry, decision: Decision) -> None:
    """Put the decision into the inquiry; a granted answer may be read from now for a limited time."""
    inquiry.status = decision.outcome.value
    inquiry.reasons = [reason.value for reason in decision.reasons]
    inquiry.scope = decision.scope.as_dict() if decision.scope else None
    if decision.outcome is not Outcome.UNDER_REVIEW:
        inquiry.decided_at = timezone.now()
    if decision.outcome is Outcome.GRANTED:
        inquiry.expires_at = timezone.now() + ANSWER_OPEN_FOR


def _entry(inquiry: Inquiry, decision: Decision, person: Person, roster: str) -> Entry:
    """What was typed is not in the log: neither names, numbers of cases and letters, nor purpose."""
    return Entry(
        kind=Kind.SANDBOX_INQUIRY if inquiry.unit.sandbox else Kind.INQUIRY,
        outcome=audit_log.Outcome(decision.outcome.value),
        subject=subject_of(inquiry.unit, person.id_type, person.number),
        person=log_index(person.id_type, person.number),
        unit=inquiry.unit.code,
        official=inquiry.made_by.number,
        exception=decision.exception.value if decision.exception else "",
        provision=decision.provision or "",
        reasons=tuple(inquiry.reasons),
        inquiry=inquiry.receipt,
        details={
            "officials": inquiry.officials,
            "case_kind": inquiry.case_kind,
            "check": inquiry.check_kind,
            "scope": inquiry.scope,
            "catalogue": decision.catalogue,
            "undertaking": undertakings.VERSION if inquiry.undertaking else "",
            "failure": decision.failure,
            **({"client": inquiry.client.key_id} if inquiry.client else {}),
            **({"roster": roster} if roster else {}),
        },
    )


def subject_of(unit: Unit, id_type: str, number: str) -> bytes:
    """Return the subject of an entry; that of a sandbox is one that no record has."""
    return lock_index(*(("sandbox",) if unit.sandbox else ()), id_type, number)


def _person_key(person: Person, today: date) -> bytes:
    """Return what tells persons asked about apart on one day; from one day to the next nothing agrees with it."""
    return keyed(Purpose.SWEEP, "person", today.isoformat(), person.id_type, person.number)


def _sweep_key(person: Person) -> bytes | None:
    """Return what stands for the first characters of a resident ID; None for any other document."""
    if person.id_type != "resident_id":
        return None
    return keyed(Purpose.SWEEP, person.number[:SWEEP_CHARACTERS])
