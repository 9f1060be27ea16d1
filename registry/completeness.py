"""Is everything on file that was decided: numbers issued against numbers filed, and the gaps between them.

What is sealed cannot be counted by its number, so filing notes the number beside it in the same transaction.
Knows numbers, organs and days; knows no record and no person.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.utils import timezone

from registry.decision_row import DecisionRow
from registry.normalise import normalise_decision_number
from registry.number_models import IssuedRange
from registry.number_series import taken_apart
from registry.officers import Officer
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome
from sealing.subject import number_index

NOTE = """
INSERT INTO registry_filednumber (organ_code, series, year, sequence, filed_on)
SELECT * , %s::date FROM unnest(%s::text[], %s::text[], %s::smallint[], %s::integer[])
ON CONFLICT DO NOTHING
"""
NOTE_ODD = """
INSERT INTO registry_oddnumber (organ_code, year, number_key, filed_on)
SELECT *, %s::date FROM unnest(%s::text[], %s::smallint[], %s::bytea[])
ON CONFLICT DO NOTHING
"""
# The latest statement for each series up to a moment. An empty organ stands for all of them.
STATED = """
WITH stated AS (
  SELECT DISTINCT ON (organ_code, series, year) organ_code, series, year, first_number, last_number
    FROM registry_issuedrange
   WHERE stated_at < %(until)s AND %(organ)s IN ('', organ_code)
   ORDER BY organ_code, series, year, id DESC
)
"""
SERIES = f"""
{STATED}
SELECT organ_code, series, year, first_number, last_number,
       count(sequence) FILTER (WHERE sequence BETWEEN first_number AND last_number IS NOT TRUE)
  FROM stated FULL JOIN (SELECT organ_code, series, year, sequence FROM registry_filednumber
                          WHERE filed_on <= %(day)s AND %(organ)s IN ('', organ_code)) AS filed
       USING (organ_code, series, year)
 GROUP BY organ_code, series, year, first_number, last_number
 ORDER BY organ_code, year DESC, series
"""  # noqa: S608 - our own text only
GAPS = f"""
{STATED}, edges AS (
  SELECT organ_code, series, year, filed.sequence
    FROM stated JOIN registry_filednumber AS filed USING (organ_code, series, year)
   WHERE filed.sequence BETWEEN first_number AND last_number AND filed.filed_on <= %(day)s
  UNION ALL SELECT organ_code, series, year, first_number - 1 FROM stated
  UNION ALL SELECT organ_code, series, year, last_number + 1 FROM stated
), pairs AS (
  SELECT organ_code, series, year, sequence,
         lead(sequence) OVER (PARTITION BY organ_code, series, year ORDER BY sequence) AS following
    FROM edges
)
SELECT organ_code, series, year, sequence + 1, following - 1
  FROM pairs WHERE following > sequence + 1 ORDER BY organ_code, series, year, sequence
"""  # noqa: S608 - our own text only
ODD = """
SELECT count(*) FROM registry_oddnumber WHERE filed_on <= %(day)s AND %(organ)s IN ('', organ_code)
"""


class Gap(NamedTuple):
    """Numbers that were issued and are not on file, from the first to the last of them."""

    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"

    @property
    def numbers(self) -> int:
        """How many numbers are missing here."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Series:
    """One series of one organ and year. `first` and `last` are None until somebody states what was issued."""

    organ: str
    name: str
    year: int
    first: int | None
    last: int | None
    outside: int
    gaps: tuple[Gap, ...] = ()

    @property
    def issued(self) -> int:
        """How many numbers were issued, as stated."""
        return 0 if self.first is None or self.last is None else self.last - self.first + 1

    @property
    def missing(self) -> int:
        """How many of them are not on file."""
        return sum(gap.numbers for gap in self.gaps)

    @property
    def filed(self) -> int:
        """How many of them are on file."""
        return self.issued - self.missing


@dataclass(frozen=True)
class Board:
    """All series at the end of a day; `odd` counts numbers of no usual form, which no range covers."""

    series: list[Series] = field(default_factory=list)
    odd: int = 0

    @property
    def issued(self) -> int:
        """How many numbers were issued in all series."""
        return sum(series.issued for series in self.series)

    @property
    def filed(self) -> int:
        """How many of them are on file."""
        return sum(series.filed for series in self.series)

    @property
    def missing(self) -> int:
        """How many of them are not."""
        return sum(series.missing for series in self.series)

    @property
    def worst_first(self) -> list[Series]:
        """All series, those that lack most numbers first, as a page shows them."""
        return sorted(self.series, key=lambda series: -series.missing)

    @property
    def unstated(self) -> int:
        """How many numbers are on file that nobody stated as issued: of them no gap can be known."""
        return sum(series.outside for series in self.series)


def note_numbers(rows: Iterable[DecisionRow]) -> None:
    """Note the numbers of rows that are being filed, in the transaction that files them; each number once."""
    plain, odd = set(), set()
    for row in rows:
        if not row.decision_number:
            continue
        if parts := taken_apart(row.decision_number):
            plain.add((row.organ_code, *parts))
        else:
            number = normalise_decision_number(row.decision_number)
            key = number_index(row.organ_code, number)
            odd.add((row.organ_code, row.decided_on.year, key))
    today = timezone.localdate()
    with connection.cursor() as cursor:
        for statement, found in ((NOTE, plain), (NOTE_ODD, odd)):
            if found:
                columns = [list(column) for column in zip(*sorted(found), strict=True)]
                cursor.execute(statement, [today, *columns])


def state_issued(*, series: str, year: int, first: int, last: int, by: Officer) -> None:
    """State which numbers of a series the officer's organ issued; who and when is kept, and is in the log.

    Raises PermissionDenied for anybody but a verifying officer, NotEntered when the log takes no entry.
    """
    if not by.is_verifying_officer:
        raise PermissionDenied
    with audit_log.committed():
        details = {"organ": by.unit_code, "series": series, "year": year}
        audit_log.enter(
            Entry(
                kind=Kind.FILING,
                outcome=Outcome.DONE,
                unit=by.unit_code,
                official=by.number,
                details={**details, "issued_first": first, "issued_last": last},
            )
        )
        IssuedRange.objects.create(
            organ_code=by.unit_code,
            series=series,
            year=year,
            first_number=first,
            last_number=last,
            stated_by=by.number,
            stated_at=timezone.now(),
        )


def board(*, organ: str = "", day: date | None = None, alias: str = "default") -> Board:
    """Return where the series of an organ, or of all of them, stood at the end of a day (default: now)."""
    day = day or timezone.localdate()
    asked: dict[str, Any] = {"organ": organ, "day": day, "until": end_of(day)}
    with connections[alias].cursor() as cursor:
        cursor.execute(GAPS, asked)
        gaps: dict[tuple[str, str, int], list[Gap]] = {}
        for code, name, year, first, last in cursor.fetchall():
            gaps.setdefault((code, name, year), []).append(Gap(first, last))
        cursor.execute(SERIES, asked)
        series = [
            Series(code, name, year, first, last, outside, tuple(gaps.get((code, name, year), ())))
            for code, name, year, first, last, outside in cursor.fetchall()
        ]
        cursor.execute(ODD, asked)
        (odd,) = cursor.fetchone()
    return Board(series, odd)


def end_of(day: date) -> datetime:
    """Return the moment at which a local day is over."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
