"""A notice under Article 134 通报 is made: read through a lookup, entered in the log, kept in the register, or not at all.

A notice tells least: date, act, penalty, decision number and name. When the record is replaced or ended later, the
organ that notified must notify again; which notices that concerns is asked by their keys, without reading a record.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from access import lookups
from access.accounts import User
from access.exceptions import StatutoryException
from access.inquiries import Person
from access.lines import Line, line_of
from access.lookups import Read
from access.notification import ARTICLE_134, Notification
from registry.correction import NamedRecord
from registry.in_force import REPLACING, last_of
from registry.normalise import normalise_name
from registry.officers import Officer, officer_of
from registry.record_keys import decision_key, duplicate_key
from sealing import audit_log
from sealing.audit_log import Entered, Entry, Kind, Outcome
from sealing.keyring import Purpose
from sealing.subject import keyed, lock_index, log_index

DUE = "SELECT notification, since FROM access_notifications_due(%s)"
NO_RECORD = "no_record_in_force"


@dataclass(frozen=True, slots=True)
class Sending:
    """What the officers state: to whom, under which number, and who the second of them is. `id` is the form's key."""

    id: UUID
    recipient_kind: str
    recipient: str
    document: str
    second_officer: str


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """What a notice says of one record; when it makes an earlier one good, also what happened and what stands now.

    `happened` is an outcome of registry.in_force, `now` is None when nothing of the record stands.
    """

    record: UUID
    name: str
    line: Line
    happened: str = ""
    happened_on: date | None = None
    by_document: str = ""
    now: Line | None = None

    def canonical_bytes(self) -> bytes:
        """Return the one byte form, whose digest goes into the audit log."""
        said = asdict(self) | {
            "line": self.line.as_dict(),
            "now": self.now.as_dict() if self.now else None,
        }
        return json.dumps(
            said, default=str, ensure_ascii=False, separators=(",", ":"), sort_keys=True
        ).encode()


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that was made, to be printed now: it is not kept, so it is shown once."""

    kept: Notification
    told: Told = field(repr=False)


def notify(*, named: NamedRecord, person: Person, sending: Sending, by: User) -> Notice | None:
    """Notify of one record in force; None when this organ has no such record of a person of that name.

    Which of the causes it was is not told, and both outcomes are entered. Raises PermissionDenied or NotEntered.
    """

    def chosen(found: list[Read]) -> Told | None:
        for read in found:
            if not read.revoked and _is(read, named) and _called(read, person):
                return Told(read.id, read.name, line_of(read, whole=False))
        return None

    return _made(chosen, person=person, sending=sending, by=by)


def notify_again(
    *, earlier: Notification, person: Person, sending: Sending, by: User
) -> Notice | None:
    """Notify the same recipient of what became of the record; None when it is not a record of that person.

    Raises PermissionDenied or NotEntered.
    """

    def chosen(found: list[Read]) -> Told | None:
        rows = {read.id: read for read in found}
        then, now = rows.get(earlier.record), rows.get(last_of(earlier.record, found))
        if then is None or now is None or then is now or not _called(then, person):
            return None
        return _what_became(then, now)

    return _made(chosen, person=person, sending=sending, by=by, earlier=earlier)


def due(unit: str) -> dict[UUID, date]:
    """Return the notices of an organ that must be made again, with the day since when."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [unit])
        return dict(cursor.fetchall())


def due_for(user: Any) -> int:
    """Return how many notices await a verifying officer's organ; 0 for everybody else, without asking."""
    officer = officer_of(user)
    return len(due(officer.unit_code)) if officer.is_verifying_officer else 0


def made_by(unit: str) -> QuerySet[Notification]:
    """Return the register of an organ, newest first."""
    return Notification.objects.filter(unit=unit).order_by("-id")


def _is(read: Read, named: NamedRecord) -> bool:
    key = read.act_key or read.duplicate_key
    return bytes(read.decision_key) == decision_key(named) and bytes(key) == duplicate_key(named)


def _called(read: Read, person: Person) -> bool:
    return normalise_name(read.name) == normalise_name(person.name)


def _what_became(then: Read, now: Read) -> Told:
    stands = now.outcome in REPLACING
    return Told(
        record=now.id,
        name=now.name if stands else then.name,
        line=line_of(then, whole=False),
        happened=now.outcome,
        happened_on=now.outcome_on,
        by_document=now.outcome_document,
        now=line_of(now, whole=False) if stands else None,
    )


def _made(
    chosen: Callable[[list[Read]], Told | None],
    *,
    person: Person,
    sending: Sending,
    by: User,
    earlier: Notification | None = None,
) -> Notice | None:
    """The notice, its entry and its row commit together, and only then anything leaves."""
    officer = officer_of(by)
    stated: dict[str, Any] = {
        "notification": str(sending.id),
        "officers": [officer.number, sending.second_officer],
    }
    if earlier:
        stated["earlier"] = str(earlier.id)

    def told(entered: Entered, found: list[Read]) -> Notice | None:
        says = chosen(found)
        stated["lookup"] = str(entered.id)
        if says is None:
            audit_log.enter(_entry(Outcome.DENIED, person, officer, stated, reasons=(NO_RECORD,)))
            return None
        stated["record"] = str(says.record)
        stated["recipient_kind"] = sending.recipient_kind
        stated["notice_digest"] = _digest(entered, sending, says)
        entry = audit_log.enter(_entry(Outcome.DISCLOSED, person, officer, stated))
        return Notice(_kept(sending, says, entry, officer, earlier), says)

    return lookups.read_own(person=person, by=by, details=dict(stated), told=told)


def _kept(
    sending: Sending,
    says: Told,
    entry: Entered,
    officer: Officer,
    earlier: Notification | None,
) -> Notification:
    kept = Notification(
        id=sending.id,
        unit=officer.unit_code,
        record=says.record,
        entry=entry.id,
        officers=[officer.number, sending.second_officer],
        recipient_kind=sending.recipient_kind,
        recipient=sending.recipient,
        document=sending.document,
        earlier=earlier,
    )
    kept.save(force_insert=True)
    return kept


def _digest(entered: Entered, sending: Sending, says: Told) -> str:
    """Keyed and bound to the lookup, as an answer's: it proves the notice and tells nobody what it said."""
    parts = (str(entered.id), sending.recipient, sending.document, says.canonical_bytes().decode())
    return keyed(Purpose.DIGEST, "notification", *parts).hex()


def _entry(
    outcome: Outcome,
    person: Person,
    officer: Officer,
    details: dict[str, Any],
    reasons: tuple[str, ...] = (),
) -> Entry:
    """The log learns which record was told of and what kind of recipient heard; never who the person is."""
    return Entry(
        kind=Kind.NOTIFICATION,
        outcome=outcome,
        subject=lock_index(person.id_type, person.number),
        person=log_index(person.id_type, person.number),
        unit=officer.unit_code,
        official=officer.number,
        exception=StatutoryException.CASE_HANDLING.value,
        provision=ARTICLE_134,
        reasons=reasons,
        details=details,
    )
