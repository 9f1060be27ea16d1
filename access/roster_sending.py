"""Making inquiries of a roster that was sent: one person, one inquiry, decided and entered like any other.

An inquiry has the key of its person's row, so a worker that was killed goes on where it was and asks about nobody
twice. One process a roster, under an advisory lock. Reads no record and no answer.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone

from access import inquiries, rosters, standing
from access.accounts import User
from access.inquiries import Person
from access.inquiry import Inquiry
from access.roster import Roster, RosterPerson


def work(key: UUID) -> int:
    """Send what is left of a roster and return for how many persons; 0 when another process is at it.

    NotEntered when the log cannot be written: the rest waits. A maker who may ask no more stops the roster.
    """
    with _alone(key) as is_mine:
        roster = Roster.objects.filter(pk=key, state=Roster.State.SENDING).first()
        if not is_mine or roster is None:
            return 0
        left = list(roster.persons.filter(name__isnull=False))
        state, sent = Roster.State.SENT, 0
        try:
            for person in left:
                _send(roster, person)
                sent += 1
        except PermissionDenied:
            state = Roster.State.STOPPED
        Roster.objects.filter(pk=key, state=Roster.State.SENDING).update(state=state)
    return sent


def unfinished() -> list[UUID]:
    """Return the rosters that are being sent, the oldest first."""
    found = Roster.objects.filter(state=Roster.State.SENDING).order_by("id")
    return list(found.values_list("pk", flat=True))


def progress(roster: Roster) -> tuple[int, int]:
    """Return how many persons of a roster were asked about, and how many are on it."""
    counted = roster.persons.aggregate(
        done=Count("pk", filter=Q(name__isnull=True)), total=Count("pk")
    )
    return counted["done"], counted["total"]


def _send(roster: Roster, person: RosterPerson) -> None:
    """Make the inquiry, unless it is there, then give up the roster's own copy of the person."""
    if not Inquiry.objects.filter(pk=person.pk).exists():
        # Read anew each time: a role taken away meanwhile is no longer held.
        by = User.objects.get(pk=roster.made_by_id)
        if standing.inquiring_unit(by).pk != roster.unit_id:
            raise PermissionDenied
        inquiries.submit(
            facts=rosters.facts_of(roster, post=person.post or "", undertaking=roster.undertaking),
            person=Person(person.id_type or "", person.id_number or "", person.name or ""),
            by=by,
            today=timezone.localdate(),
            id=person.pk,
            roster=roster.receipt,
        )
    copy = dict.fromkeys(("id_type", "id_number", "name", "post"))
    RosterPerson.objects.filter(pk=person.pk).update(**copy)


@contextmanager
def _alone(key: UUID) -> Iterator[bool]:
    """Hold the roster's lock on this connection, or give False; a process that dies lets go of it."""
    lock = int.from_bytes(hashlib.sha256(b"roster" + key.bytes).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        (is_mine,) = cursor.fetchone()
        try:
            yield is_mine
        finally:
            if is_mine and connection.is_usable():
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
