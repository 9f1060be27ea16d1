"""The first page of the auditor's desk: how the log stands, what was asked and denied, and what waits for an auditor.

Counts of the log only, each as a table with a chart drawn from the same numbers; no person, no record. A count that takes
too long is left out and says so; the page is shown all the same.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as now_

from access import confirmations, desk, ground_words
from access.accounts import User
from access.alerts import Alert
from access.units import Authorisation
from sealing import log_counts, log_health, log_words, verifying
from sealing.log_counts import Span
from sealing.log_reading import TooWide, in_time

DAYS = 30
ENDING_DAYS = 30
TOP_UNITS = 10
SHOWN = 50
VERIFICATIONS = 5
WIDTH, LABELS_END, BARS_END, ROW = 720, 250, 640, 26
LONGEST_LABEL = 17


class Bar(NamedTuple):
    """A line of a chart and of its table: its words, its number, and where it is drawn."""

    label: str
    short: str
    number: int
    top: int
    width: int


class Chart(NamedTuple):
    """A table with its chart; `bars` is None when counting took too long."""

    id: str
    title: str
    column: str
    bars: list[Bar] | None
    height: int
    empty: str


@desk.for_auditors("GET")
def home(request: HttpRequest, *, by: User) -> HttpResponse:
    """Show the desk."""
    desk.enter(desk.reading(by, page="desk"))
    today, health = timezone.localdate(), log_health.health()
    context = {
        "title": now_("Auditor's desk"),
        "health": health,
        "root": health.head.checkpoint.root.hex() if health.head else "",
        **verified(),
        "open_alerts": open_alerts(),
        "tiles": tiles(today),
        "charts": charts(today),
        "ending": ending(today),
        "ending_days": ENDING_DAYS,
        "width": WIDTH,
        "labels_end": LABELS_END - 10,
        "bars_start": LABELS_END,
    }
    return desk.show(request, "home", context)


def verified() -> dict[str, Any]:
    """Return the newest verifications of the log, and how far the one is that is under way (empty: none is)."""
    run = verifying.under_way()
    return {
        "results": verifying.newest_first(VERIFICATIONS),
        "verifying": verifying.told(run) if run else "",
    }


def open_alerts() -> int:
    """Return how many alerts nobody has looked at."""
    return Alert.objects.filter(verdict=Alert.Verdict.OPEN).count()


def tiles(today: date) -> list[tuple[str, int, str]]:
    """Return what waits, as (words, how many, where it is)."""
    return [
        (
            now_("Alerts that nobody has looked at"),
            open_alerts(),
            reverse("admin:access_alert_changelist"),
        ),
        (
            now_("Confirmations of destruction that are overdue"),
            sum(unit["overdue"] for unit in confirmations.overdue_units(today=today)),
            reverse("admin:access_reminder_changelist"),
        ),
        (now_("Authorisations that end within 30 days"), _ending(today).count(), "#ending"),
    ]


def ending(today: date) -> list[dict[str, Any]]:
    """Return the authorisations that end soon, first to end first."""
    found = _ending(today).select_related("unit").order_by("valid_to", "unit__code")[:SHOWN]
    return [
        {
            "unit": one.unit,
            "ground": ground_words.authorised_ground(one.ground),
            "valid_to": one.valid_to,
            "days": (one.valid_to - today).days,
        }
        for one in found
    ]


def charts(today: date) -> list[Chart]:
    """Return today's volume by kind, the denials by reason and the units that asked most."""
    this_day = Span(midnight(today), midnight(today + timedelta(days=1)))
    month = Span(midnight(today - timedelta(days=DAYS - 1)), this_day.until)
    return [
        _chart("volume", now_("Entries today"), now_("Kind and outcome"), _volume, this_day),
        _chart("denials", now_("Denials by reason, 30 days"), now_("Reason"), _denials, month),
        _chart("units", now_("Units that asked most, 30 days"), now_("Unit"), _units, month),
    ]


def midnight(day: date) -> datetime:
    """Return the first moment of a local day."""
    return timezone.make_aware(datetime(day.year, day.month, day.day))


def _ending(today: date) -> Any:
    until = today + timedelta(days=ENDING_DAYS)
    return Authorisation.objects.filter(
        valid_to__gte=today, valid_to__lte=until, suspended_at=None, unit__active=True
    )


def _chart(
    id: str, title: str, column: str, counted: Callable[[Span], list[tuple[str, int]]], span: Span
) -> Chart:
    try:
        told = in_time(lambda: counted(span))
    except TooWide:
        return Chart(id, title, column, None, 0, now_("Counting took too long and was stopped."))
    return Chart(id, title, column, _bars(told), ROW * len(told) + 8, now_("Nothing yet."))


def _volume(span: Span) -> list[tuple[str, int]]:
    return [
        (
            now_("%(kind)s: %(outcome)s")
            % {"kind": log_words.kind(kind), "outcome": log_words.outcome(outcome)},
            count,
        )
        for kind, outcome, count in log_counts.by_kind(span)
    ]


def _denials(span: Span) -> list[tuple[str, int]]:
    found = log_counts.denials_by_reason(span)
    words = log_words.vocabulary.reasons()
    return [(str(words.get(reason, reason)), count) for reason, count in found]


def _units(span: Span) -> list[tuple[str, int]]:
    found = log_counts.inquiries_by_unit(span, most=TOP_UNITS)
    names = log_words.vocabulary.unit_names([unit for unit, _ in found])
    return [(" ".join(filter(None, (unit, names.get(unit, "")))), count) for unit, count in found]


def _bars(told: Sequence[tuple[str, int]]) -> list[Bar]:
    longest = max((count for _, count in told), default=1)
    return [
        Bar(
            label, _short(label), count, ROW * place + 4, (BARS_END - LABELS_END) * count // longest
        )
        for place, (label, count) in enumerate(told)
    ]


def _short(label: str) -> str:
    """Return as much of a label as fits beside its bar; letters of ASCII take half the room of others."""
    room = LONGEST_LABEL * 2
    for kept, letter in enumerate(label):
        room -= 1 if letter.isascii() else 2
        if room < 0:
            return f"{label[:kept]}…"
    return label
