"""How long a review has taken: three working days from the day after receipt, standing still while the unit is asked.

Counts with the calendar of holidays as announced; a term that reaches into a year that is not announced is
provisional. Counts the same for every person asked about: it sees days and nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from access import holiday_years
from access.inquiry import Inquiry
from access.reviewing import WORKING_DAYS
from access.working_days import Calendar, Due, Pause, due


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of one review: since when, until when; ``due`` is None while it stands still."""

    received_on: date
    age_days: int
    due: Due | None
    overdue: bool


def clocks(inquiries: Iterable[Inquiry], *, today: date) -> list[tuple[Inquiry, Clock]]:
    """Return inquiries with their clocks: overdue first, then by the day they are due, paused ones last."""
    calendar = holiday_years.calendar()
    counted = [(inquiry, clock(inquiry, today=today, calendar=calendar)) for inquiry in inquiries]
    return sorted(counted, key=_order)


def clock(inquiry: Inquiry, *, today: date, calendar: Calendar | None = None) -> Clock:
    """Return the clock of one inquiry; its questions and their replies say when it stood still."""
    known = holiday_years.calendar() if calendar is None else calendar
    pauses = [
        Pause(question.asked_on, question.reply.replied_on if hasattr(question, "reply") else None)
        for question in inquiry.questions.all()
    ]
    waits = any(pause.until is None for pause in pauses)
    end = None if waits else due(inquiry.made_on, days=WORKING_DAYS, calendar=known, pauses=pauses)
    return Clock(
        received_on=inquiry.made_on,
        age_days=(today - inquiry.made_on).days,
        due=end,
        overdue=end is not None and today > end.on,
    )


def under_review() -> "Iterable[Inquiry]":
    """Return the inquiries under review with what their clocks need."""
    waiting = Inquiry.Status.UNDER_REVIEW
    open_ones = Inquiry.objects.filter(status=waiting, unit__sandbox=False)
    return open_ones.select_related("unit").prefetch_related("questions__reply")


def overdue(*, today: date | None = None) -> list[Inquiry]:
    """Return the inquiries whose review is overdue, the longest first; for jobs and for the security administrators."""
    day = today or timezone.localdate()
    return [inquiry for inquiry, found in clocks(under_review(), today=day) if found.overdue]


def _order(counted: tuple[Inquiry, Clock]) -> tuple[bool, date, str]:
    inquiry, found = counted
    return (found.due is None, found.due.on if found.due else date.max, str(inquiry.pk))
