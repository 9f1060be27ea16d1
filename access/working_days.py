"""Working days 工作日: when a term ends, and whether the calendar it was counted with is announced.

The State Council announces the days off and the days worked instead late in the year before. For a year that is not
announced only what the regulation on public holidays fixes by date is known; a term that touches such a year is
provisional and says so. Plain values, no Django.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5
#: Month and day of the holidays with a fixed date (全国年节及纪念日放假办法, Art. 2).
FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


@dataclass(frozen=True, slots=True)
class AnnouncedYear:
    """What is announced for one year: weekdays that are off, and days of weekends that are worked."""

    days_off: frozenset[date]
    days_worked: frozenset[date]


Calendar = Mapping[int, AnnouncedYear]
"""The announced years; a year that is not in it is not announced."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that does not count: from the day after ``since`` to ``until``, included; None is not over yet."""

    since: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Say whether a day does not count."""
        return self.since < day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a term; ``not_announced`` are the years it was counted in without their calendar."""

    on: date
    not_announced: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        """Say whether the day may still move."""
        return bool(self.not_announced)


def is_working(day: date, calendar: Calendar) -> bool:
    """Say whether a day is worked, as far as its year's calendar is known."""
    year = calendar.get(day.year)
    if year is None:
        return day.weekday() < SATURDAY and (day.month, day.day) not in FIXED
    if day in year.days_worked:
        return True
    return day.weekday() < SATURDAY and day not in year.days_off


def due(
    received_on: date, *, days: int, calendar: Calendar, pauses: Sequence[Pause] = ()
) -> Due | None:
    """Return when a term of working days ends, counted from the day after receipt; None while it is paused."""
    if days < 1:
        raise ValueError("a term has one working day at least")
    day, unknown = received_on, set()
    while days:
        day += timedelta(days=1)
        if any(pause.until is None and pause.covers(day) for pause in pauses):
            return None
        if day.year not in calendar:
            unknown.add(day.year)
        if is_working(day, calendar) and not any(pause.covers(day) for pause in pauses):
            days -= 1
    return Due(day, tuple(sorted(unknown)))
