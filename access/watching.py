"""Looks through what was asked for patterns that an auditor should see, and at the log itself, and keeps alerts.

Reads the log as the auditors' database role and the inquiries as the site; names are compared in memory and never
leave. Knows no record: the same is found for persons with and without one.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from access.accounts import OfficialName
from access.alert_rules import LONGEST, OFF_HOURS, ROSTER, WORKING_HOURS, Event, Finding, found
from access.alerts import LOG_STANDS_STILL, Alert, Canary
from access.inquiry import Inquiry
from access.roster import RosterPerson
from registry.normalise import normalise_name
from sealing import standstill
from sealing.audit_log import Kind
from sealing.log_paging import first_key
from sealing.models import AuditEntry

CANARY, COLLEAGUE, SHARED_SURNAME = "canary", "colleague", "shared_surname"
#: What was seen again within this time never went on in between; it is looked at three times a minute.
ONE_STANDSTILL = timedelta(minutes=5)
#: Names are opened for as long as a rule about them looks back, and a little more.
NAMES_COMPARED_FOR = timedelta(hours=25)
#: A roster is through its worker within this time.
ROSTER_SENT_WITHIN = timedelta(days=2)
COLUMNS = ("id", "at", "outcome", "unit", "official", "person", "inquiry")


def watch(*, now: datetime | None = None) -> int:
    """Keep an alert for everything the rules find up to now; return how many are new or have grown."""
    until = now or timezone.now()
    return sum(_keep(finding) for finding in found(events(since=until - LONGEST, until=until)))


def events(*, since: datetime, until: datetime) -> Iterator[Event]:
    """Return every inquiry of a time as the rules see it."""
    rows = list(
        AuditEntry.objects.using("audit")
        .filter(pk__gte=first_key(since), at__gte=since, at__lte=until, kind=Kind.INQUIRY)
        .exclude(inquiry="")
        .values(*COLUMNS)
    )
    known = {
        inquiry.receipt: inquiry
        for inquiry in Inquiry.objects.filter(
            made_at__gte=since, made_at__lte=until
        ).select_related("unit")
    }
    of_rosters = _asked_by_rosters(since)
    canaries, colleagues = set(Canary.objects.values_list("person", flat=True)), _Colleagues()
    for row in rows:
        at, inquiry = timezone.localtime(row["at"]), known.get(row["inquiry"])
        marks: set[str] = set()
        if inquiry and row["at"] > until - NAMES_COMPARED_FOR:
            marks.update(_of_the_asking_side(inquiry, colleagues))
        if row["person"] in canaries:
            marks.add(CANARY)
        if not WORKING_HOURS.cover(at):
            marks.add(OFF_HOURS)
        if inquiry and inquiry.pk in of_rosters:
            marks.add(ROSTER)
        sweep = inquiry.sweep_key if inquiry else None
        yield Event(
            entry=str(row["id"]),
            at=at,
            outcome=row["outcome"],
            unit=row["unit"],
            official=row["official"],
            person=row["person"],
            prefix=bytes(sweep).hex() if sweep else "",
            marks=frozenset(marks),
        )


def _asked_by_rosters(since: datetime) -> set[UUID]:
    """Return the keys of inquiries of rosters that were sent; an inquiry has the key of its person's row."""
    sent = RosterPerson.objects.filter(roster__sent_at__gte=since - ROSTER_SENT_WITHIN)
    return set(sent.values_list("pk", flat=True))


class _Colleagues:
    """The names of each unit's officials by number, opened once a run and compared in memory only."""

    def __init__(self) -> None:
        self._of: dict[int, dict[str, str]] = {}

    def of(self, unit_id: int) -> dict[str, str]:
        if unit_id not in self._of:
            names = OfficialName.objects.filter(user__unit=unit_id).select_related("user")
            self._of[unit_id] = {one.user.number: normalise_name(one.name) for one in names}
        return self._of[unit_id]


def _of_the_asking_side(inquiry: Inquiry, colleagues: _Colleagues) -> Iterable[str]:
    """A person of the unit itself, or one who shares the surname of an official who asks, and the place of the unit."""
    name, names = normalise_name(inquiry.name), colleagues.of(inquiry.unit_id)
    if name in names.values():
        yield COLLEAGUE
    division = inquiry.unit.division
    here = inquiry.id_type == "resident_id" and division and inquiry.id_number.startswith(division)
    asking = {names.get(number, "")[:1] for number in inquiry.officials} - {""}
    if here and name[:1] in asking:
        yield SHARED_SURNAME


def watch_disclosures(*, now: datetime | None = None) -> Alert | None:
    """Keep an alert while nothing is disclosed because the log stands still; return it, or None when it goes on.

    There is one for each step and day. One that was judged is open again when the same step stands still once more.
    """
    stopped = standstill.step()
    if stopped is None:
        return None
    at = now or timezone.now()
    with transaction.atomic():
        alert, _made = Alert.objects.select_for_update().get_or_create(
            rule=LOG_STANDS_STILL,
            key=stopped.name.lower(),
            day=timezone.localdate(at),
            defaults={"entries": [], "first_at": at, "last_at": at},
        )
        if at - alert.last_at > ONE_STANDSTILL:
            alert.verdict = Alert.Verdict.OPEN
        alert.last_at = at
        alert.save(update_fields=["last_at", "verdict"])
    return alert


def _keep(finding: Finding) -> bool:
    """Make or grow the alert of a finding; a judged one that has grown is open again."""
    day = finding.last.date()
    with transaction.atomic():
        alert, made = Alert.objects.select_for_update().get_or_create(
            rule=finding.rule,
            key=finding.key,
            day=day,
            defaults={
                "entries": list(finding.entries),
                "first_at": finding.first,
                "last_at": finding.last,
            },
        )
        if made or {str(key) for key in alert.entries} >= set(finding.entries):
            return made
        alert.entries = sorted({*map(str, alert.entries), *finding.entries})
        alert.first_at = min(alert.first_at, finding.first)
        alert.last_at = max(alert.last_at, finding.last)
        alert.verdict = Alert.Verdict.OPEN
        alert.save(update_fields=["entries", "first_at", "last_at", "verdict"])
    return True
