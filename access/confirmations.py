"""Confirmation that copies are destroyed or kept for a term 销毁确认: what is due, who is held up, how it is stated.

Due is every answer that was opened, whatever it said: nothing here knows whether it disclosed anything, so being held
up tells nothing about anybody. A statement and its audit entry commit together. Reads no record.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access import standing
from access.accounts import User
from access.copies import CopyStatement, Reminder
from access.inquiry import Inquiry
from access.roles import Role, holds
from access.units import Unit
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome
from sealing.keyring import Purpose
from sealing.subject import keyed, lock_index, log_index

Act = CopyStatement.Act
#: A term that is over within so many days is shown on the first page.
SHOWN_BEFORE = timedelta(days=14)
#: Whom nobody answers for any more stops the whole unit, after so many times the grace.
UNIT_GRACES = 2
#: Told where officials other than the one who asks may be the ones who are held up.
HELD_UP = _(
    "An official of this inquiry must first say what became of earlier answers, under “Copies to confirm”."
)
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Stated:
    """What an official states about copies. `id` is the form's key: sent twice, it is one statement."""

    id: UUID
    act: str
    until: date | None = None
    recipient: str = field(default="", repr=False)
    file: str = field(default="", repr=False)
    reason: str = field(default="", repr=False)


def grace() -> timedelta:
    """Return how long after the due day nobody is held up yet."""
    return timedelta(days=settings.REGISTRY_CONFIRMATION_GRACE_DAYS)


def first_due(inquiry: Inquiry) -> date:
    """Return the day by which an opened answer must be accounted for: a term after it can no longer be viewed."""
    closes = inquiry.expires_at or timezone.now()
    return timezone.localdate(closes) + timedelta(days=settings.REGISTRY_CONFIRMATION_DAYS)


def due_on(inquiry: Inquiry, statements: Collection[CopyStatement]) -> date | None:
    """Return when the unit must state again what became of copies, None when the last word is that there is none.

    `statements` are those of the inquiry, oldest first; what came before "no copy" is settled.
    """
    terms: list[date] = []
    is_settled = False
    for made in statements:
        is_settled = made.act == Act.NO_COPY
        terms = [] if is_settled else [*terms, *([made.until] if made.until else [])]
    return None if is_settled else max([first_due(inquiry), *terms])


def state(*, inquiry: Inquiry, stated: Stated, by: User) -> CopyStatement:
    """Enter a statement in the log and in the register, and set when the next is due, in one durable transaction.

    "No copy" ends the viewing at once, so no copy can be made after it. Raises NotEntered; nothing is kept then.
    """
    with audit_log.committed():
        held = Inquiry.objects.select_for_update().get(pk=inquiry.pk)
        earlier = held.copy_statements.filter(pk=stated.id).first()
        if earlier is not None:
            return earlier
        entered = audit_log.enter(_entry(inquiry, stated, by))
        made = CopyStatement(
            id=stated.id,
            inquiry=held,
            act=stated.act,
            recipient=stated.recipient,
            file=stated.file,
            reason=stated.reason,
            until=stated.until,
            made_by=by.number,
            entry=entered.id,
        )
        made.save(force_insert=True)
        _follow(held, is_settled=stated.act == Act.NO_COPY)
    return made


def _follow(inquiry: Inquiry, *, is_settled: bool) -> None:
    now = timezone.now()
    if is_settled and inquiry.expires_at and inquiry.expires_at > now:
        inquiry.expires_at = now
        inquiry.save(update_fields=["expires_at"])
    due = due_on(inquiry, list(inquiry.copy_statements.all()))
    values = {"due_on": due} if due else {"closed_on": timezone.localdate()}
    Reminder.objects.update_or_create(
        inquiry=inquiry,
        defaults={"closed_on": None, **values},
        create_defaults={"unit_id": inquiry.unit_id, "due_on": first_due(inquiry), **values},
    )


def remind() -> int:
    """Make a reminder for every answer that was opened and has closed; return how many are new.

    Of what a sandbox was told there is nothing to account for.
    """
    opened = Inquiry.objects.filter(
        views__gt=0, expires_at__lte=timezone.now(), reminder=None, unit__sandbox=False
    ).only("id", "unit_id", "expires_at")
    new = [
        Reminder(inquiry=inquiry, unit_id=inquiry.unit_id, due_on=first_due(inquiry))
        for inquiry in opened.iterator(chunk_size=BATCH)
    ]
    Reminder.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)
    return len(new)


def overdue(*, unit: Unit, officials: Collection[str], today: date) -> QuerySet[Reminder]:
    """Return what keeps these officials, by number, from asking anew for their unit; empty: they may ask.

    An official is held up by answers he asked for; the whole unit by those that are overdue twice as long, as nobody
    may be left who asked. Depends on dates and views alone, never on what an answer said.
    """
    numbers = sorted(set(officials))
    own = Q(inquiry__officials__overlap=numbers) | Q(inquiry__made_by__number__in=numbers)
    late = Q(due_on__lt=today - grace()) & own | Q(due_on__lt=today - UNIT_GRACES * grace())
    return _open(unit).filter(late)


def pending(user: User, *, unit: Unit, today: date) -> QuerySet[Reminder]:
    """Return what an official may confirm: of his own inquiries, and what holds up the whole unit."""
    own = Q(inquiry__in=standing.visible_inquiries(user, unit=unit).values("pk"))
    return _open(unit).filter(own | Q(due_on__lt=today - UNIT_GRACES * grace()))


def soon(user: Any, *, today: date) -> QuerySet[Reminder]:
    """Return what the first page shows an inquirer: due in two weeks or overdue; nothing to everybody else."""
    unit = getattr(user, "unit", None)
    if unit is None or not holds(user, Role.INQUIRER):
        return Reminder.objects.none()
    return pending(user, unit=unit, today=today).filter(due_on__lte=today + SHOWN_BEFORE)


def overdue_units(*, today: date) -> list[dict[str, Any]]:
    """Return each unit with overdue confirmations: code, name, how many, how many of them hold up, since when."""
    late = Reminder.objects.filter(closed_on=None, due_on__lt=today)
    holding = Count("pk", filter=Q(due_on__lt=today - grace()))
    found = late.values("unit__code", "unit__name").annotate(
        overdue=Count("pk"), holding=holding, since=Min("due_on")
    )
    return [dict(row) for row in found.order_by("since", "unit__code")]


def is_as_entered(made: CopyStatement, details: dict[str, Any]) -> bool:
    """Say whether a row of the register says what its audit entry was made of; `details` are the entry's."""
    return details.get("statement") == str(made.id) and details.get("digest") == _digest(made)


def settles(statements: Collection[CopyStatement]) -> bool:
    """Say whether the last word on an answer, oldest first, is that there is no copy."""
    return bool(statements) and list(statements)[-1].act == Act.NO_COPY


def _open(unit: Unit) -> QuerySet[Reminder]:
    found = Reminder.objects.filter(unit=unit, closed_on=None)
    return found.select_related("inquiry").order_by("due_on", "pk")


def _digest(stated: Stated | CopyStatement) -> str:
    """Keyed, as an answer's: it proves the statement and tells nobody which file or office it names."""
    until = stated.until.isoformat() if stated.until else ""
    words = (stated.act, until, stated.recipient, stated.file, stated.reason)
    return keyed(Purpose.DIGEST, "copies", str(stated.id), *words).hex()


def _entry(inquiry: Inquiry, stated: Stated, by: User) -> Entry:
    return Entry(
        kind=Kind.COPIES,
        outcome=Outcome.DONE,
        subject=lock_index(inquiry.id_type, inquiry.id_number),
        person=log_index(inquiry.id_type, inquiry.id_number),
        unit=inquiry.unit.code,
        official=by.number,
        exception=inquiry.exception,
        provision=inquiry.provision,
        inquiry=inquiry.receipt,
        details={
            "statement": str(stated.id),
            "act": stated.act,
            "until": stated.until.isoformat() if stated.until else "",
            "digest": _digest(stated),
        },
    )
