"""Entering a staff roster and sending it off: what is refused here is refused before anybody is asked about.

A roster holds at most the staff that the unit states, and that at most what a security administrator has set for the
unit; the rosters of one calendar year together hold no more. Decides no inquiry and reads no record.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from guardian.models import UserObjectPermission
from guardian.shortcuts import assign_perm
from procrastinate.contrib.django import app

from access import authorisation_lock, confirmations, standing, yearly_checks
from access.accounts import User
from access.exceptions import StatutoryException
from access.facts import InquiryFacts, LetterFacts
from access.inquiries import Person
from access.policy import decide
from access.provisions import Provision
from access.roster import Roster, RosterPerson
from access.units import Unit
from sealing import audit_log
from sealing.keyring import Purpose
from sealing.subject import keyed

#: The job that sends a roster (`access.jobs`); part of the transaction that confirms it.
SENDING_JOB = "access.jobs.send_roster"
VIEW_ROSTER = "access.view_roster"
#: A roster that was not sent is removed, with everybody on it, after this time.
DRAFT_KEPT_FOR = timedelta(days=7)
YEAR = timedelta(days=365)


class Refusal(StrEnum):
    """Why a roster does not take somebody, or is not sent."""

    NOT_OPEN = "not_open"
    TOO_MANY = "too_many"
    TWICE = "twice"
    NOBODY = "nobody"
    HELD_UP = "held_up"
    YEAR_USED_UP = "year_used_up"
    WOULD_BE_DENIED = "would_be_denied"


class Refused(Exception):
    """Nothing was changed. `places` are positions, from 0, in what was to be added; `reasons` those of a denial."""

    def __init__(
        self, refusal: Refusal, *, places: Sequence[int] = (), reasons: Sequence[str] = ()
    ) -> None:
        super().__init__(refusal.value)
        self.refusal, self.places, self.reasons = refusal, tuple(places), tuple(reasons)


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody to be entered, and the post he holds."""

    person: Person
    post: str


def visible(user: User, *, unit: Unit) -> QuerySet[Roster]:
    """Return the rosters of the account's unit that it made or is named in, newest first."""
    may_see = standing.allowed(user, VIEW_ROSTER)
    return Roster.objects.filter(may_see, unit=unit).order_by("-id")


def offered(unit: Unit, *, today: date) -> tuple[Provision, ...]:
    """Return the provisions under which the unit may file a roster today; none when it has no limit."""
    if not unit.roster_limit:
        return ()
    held = standing.grounds_held(unit, today=today)
    return yearly_checks.offered(unit_kind=unit.kind, held=held, today=today)


def begin(*, stated: dict[str, Any], by: User, today: date) -> Roster:
    """Keep the statement of a roster.

    PermissionDenied for whoever may ask for no unit, Refused beyond the limit, under another provision, or while an
    official has left copies of earlier answers unaccounted for.
    """
    with transaction.atomic():
        unit = standing.inquiring_unit(by)
        if stated["provision"] not in {found.id for found in offered(unit, today=today)}:
            raise Refused(Refusal.NOT_OPEN)
        if not 0 < stated["size"] <= unit.roster_limit:
            raise Refused(Refusal.TOO_MANY)
        _refuse_held_up(stated["officials"], unit, today)
        roster = Roster.objects.create(unit=unit, made_by=by, **stated)
        colleagues = User.objects.filter(number__in=roster.officials, unit=unit, is_superuser=False)
        assign_perm(VIEW_ROSTER, colleagues | User.objects.filter(pk=by.pk), roster)
    return roster


def add(*, roster: Roster, named: Sequence[Named], by: User) -> None:
    """Enter persons, all of them or none. Refused: not open, more than the stated staff, somebody a second time."""
    with transaction.atomic():
        held = _open(roster, by)
        entered = held.persons.aggregate(last=Max("number", default=0))["last"]
        there = {bytes(key) for key in held.persons.values_list("person_key", flat=True)}
        if len(there) + len(named) > held.size:
            raise Refused(Refusal.TOO_MANY)
        keys = [key_of(held.unit, one.person) for one in named]
        twice = [at for at, key in enumerate(keys) if key in there or key in keys[:at]]
        if twice:
            raise Refused(Refusal.TWICE, places=twice)
        for at, (one, key) in enumerate(zip(named, keys, strict=True), start=1):
            RosterPerson.objects.create(
                roster=held,
                number=entered + at,
                person_key=key,
                id_type=one.person.id_type,
                id_number=one.person.number,
                name=one.person.name,
                post=one.post,
            )


def remove(*, roster: Roster, number: int, by: User) -> None:
    """Take somebody off a roster that was not sent; Refused when it was."""
    with transaction.atomic():
        _open(roster, by).persons.filter(number=number).delete()


def discard(*, roster: Roster, by: User) -> None:
    """Remove a roster that was not sent, with everybody on it; Refused when it was."""
    with transaction.atomic():
        _remove(_open(roster, by))


def expire(*, now: datetime) -> int:
    """Remove the rosters that were not sent in time; return how many there were."""
    with transaction.atomic():
        old = list(
            Roster.objects.select_for_update(skip_locked=True).filter(
                state=Roster.State.DRAFT, made_at__lt=now - DRAFT_KEPT_FOR
            )
        )
        for roster in old:
            _remove(roster)
    return len(old)


def confirm(*, roster: Roster, by: User, today: date) -> None:
    """Give the undertaking for a roster and have it sent, person by person.

    Raises PermissionDenied, Refused, also when the last person's inquiry would be denied as things stand, or NotEntered.
    """
    with audit_log.committed():
        unit = standing.inquiring_unit(by)
        authorisation_lock.counting(unit_id=unit.pk)
        held = _open(roster, by)
        _refuse_what_would_fail(held, unit, today)
        held.state, held.undertaking = Roster.State.SENDING, True
        held.sent_at = timezone.now()
        held.save(update_fields=["state", "undertaking", "sent_at"])
        sending = app.configure_task(SENDING_JOB, queueing_lock=f"roster:{held.pk}")
        sending.defer(roster=str(held.pk))


def _refuse_what_would_fail(roster: Roster, unit: Unit, today: date) -> None:
    persons = roster.persons.count()
    if not persons:
        raise Refused(Refusal.NOBODY)
    _refuse_held_up(roster.officials, unit, today)
    if max(roster.size, persons) > unit.roster_limit:
        raise Refused(Refusal.TOO_MANY)
    if sent_in_year(roster, year=today.year) + persons > unit.roster_limit:
        raise Refused(Refusal.YEAR_USED_UP)
    reasons = _reasons(roster, unit, persons, today)
    if reasons:
        raise Refused(Refusal.WOULD_BE_DENIED, reasons=reasons)


def _refuse_held_up(officials: Sequence[str], unit: Unit, today: date) -> None:
    """A roster is no way around what holds up a single inquiry."""
    if confirmations.overdue(unit=unit, officials=officials, today=today).exists():
        raise Refused(Refusal.HELD_UP)


def _reasons(roster: Roster, unit: Unit, persons: int, today: date) -> tuple[str, ...]:
    """Return why the last of so many inquiries would be denied; the decision is told of no person."""
    stands = standing.standing_of(
        unit=unit, ground=roster.provision, officials=tuple(roster.officials), today=today
    )
    used = {number: count + persons - 1 for number, count in stands.official_used.items()}
    last = replace(
        stands,
        unit_used=stands.unit_used + persons - 1,
        official_used=used,
        ground_used=stands.ground_used + persons - 1,
    )
    facts = facts_of(roster, post="post", undertaking=True)
    return tuple(reason.value for reason in decide(facts, standing=last, today=today).reasons)


def facts_of(roster: Roster, *, post: str, undertaking: bool) -> InquiryFacts:
    """Return what the inquiry about one person on the roster states about itself."""
    return InquiryFacts(
        exception=StatutoryException.STATE_REGULATION,
        provision=roster.provision,
        purpose=roster.purpose,
        post=post,
        case=None,
        officials=tuple(roster.officials),
        letter=LetterFacts(roster.letter_number, roster.letter_issued_on),
        undertaking=undertaking,
    )


def sent_in_year(roster: Roster, *, year: int) -> int:
    """Return how many persons the unit's rosters under the same provision held that were sent in a calendar year."""
    return RosterPerson.objects.filter(
        roster__unit=roster.unit_id,
        roster__provision=roster.provision,
        roster__sent_at__year=year,
    ).count()


def asked_before(roster: Roster, *, now: datetime) -> dict[bytes, date]:
    """Return when those on the roster were last on one that the unit sent within a year, by their keys."""
    keys = list(roster.persons.values_list("person_key", flat=True))
    known = (
        RosterPerson.objects.filter(
            roster__unit=roster.unit_id,
            roster__provision=roster.provision,
            roster__sent_at__gt=now - YEAR,
            person_key__in=keys,
        )
        .exclude(roster=roster)
        .values_list("person_key")
        .annotate(last=Max("roster__sent_at"))
    )
    return {bytes(key): timezone.localdate(last) for key, last in known}


def key_of(unit: Unit, person: Person) -> bytes:
    """Return what tells this person apart among those the unit enters; nothing outside the unit agrees with it."""
    return keyed(Purpose.SWEEP, "roster", unit.code, person.id_type, person.number)


def _open(roster: Roster, by: User) -> Roster:
    """Lock a roster that its maker still enters; Refused for everybody else and when it was sent."""
    found = (
        Roster.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(pk=roster.pk, made_by=by, state=Roster.State.DRAFT)
        .first()
    )
    if found is None:
        raise Refused(Refusal.NOT_OPEN)
    return found


def _remove(roster: Roster) -> None:
    seeing = UserObjectPermission.objects.filter(
        object_pk=str(roster.pk), permission__codename="view_roster"
    )
    seeing.delete()
    roster.persons.all().delete()
    roster.delete()
