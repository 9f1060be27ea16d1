"""Counts that say nothing of anybody: per calendar month of filing, by article, organ and penalty.

The database alone counts, withholds and rounds; what is not told never leaves it. Each dimension stands for
itself: none is crossed with another. A record counts in the month it was filed, whatever became of it later.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

COUNTS = "SELECT dimension, category, records FROM registry_counts(%s)"
DIMENSIONS = ("article", "organ", "penalty")
LEAST, ROUNDED_TO = 10, 10


@dataclass(frozen=True)
class MonthCounts:
    """What is told of a month; `total` is None when it is withheld. A category that is absent is withheld or empty."""

    month: date
    total: int | None
    told: dict[str, list[tuple[str, int]]]


def counts(month: date) -> MonthCounts:
    """Return what is told of the calendar month of a day; of one that is not over, nothing."""
    told: dict[str, list[tuple[str, int]]] = {dimension: [] for dimension in DIMENSIONS}
    total = None
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [month])
        for dimension, category, records in cursor.fetchall():
            if dimension == "all":
                total = records
            else:
                told[dimension].append((category, records))
    return MonthCounts(month.replace(day=1), total, told)


def month_before(month: date) -> date:
    """Return the first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def month_after(month: date) -> date:
    """Return the first day of the month after."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def last_month_over() -> date:
    """Return the first day of the latest month that is over."""
    return month_before(timezone.localdate())
