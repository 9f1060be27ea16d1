"""The units file: which units there are, who acts for them, and what they are authorised to ask for.

A JSON list of units with their officials and authorisations; dates are absolute (`from`, `to`) or counted in days
from today (`from_days`, `to_days`). Reads and checks; stores nothing. A fault names its place, never a name.
"""

import json
import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from access.exceptions import StatutoryException
from access.facts import DAILY_BUDGET_OF_A_UNIT, DAILY_BUDGET_OF_AN_OFFICIAL
from access.provisions import UNIT_KINDS, provision
from access.units import LARGEST_ROSTER, Unit

#: What an official may ask in a day is this part of what his unit may, unless the file says otherwise.
OFFICIALS_SHARE = DAILY_BUDGET_OF_A_UNIT // DAILY_BUDGET_OF_AN_OFFICIAL
_NUMBER = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LARGEST = 2_147_483_647


class UnitsFileError(Exception):
    """The file is not a units file; the message names the place in it."""


@dataclass(frozen=True)
class StatedAuthorisation:
    """What a unit may ask for under one ground, by which officials, from the first to the last day.

    `daily_budget` None: the file does not say, and what is held stays.
    """

    ground: str
    valid_from: date
    valid_to: date
    officials: frozenset[str]
    daily_budget: int | None = None


@dataclass(frozen=True)
class StatedUnit:
    """A unit as the file states it; `officials` are names by number. A `sandbox` is told of made-up persons only."""

    code: str
    name: str
    kind: str
    level: str
    daily_budget: int
    official_budget: int
    roster_limit: int | None
    officials: dict[str, str] = field(repr=False)
    authorisations: list[StatedAuthorisation]
    sandbox: bool = False


def read(path: Path, *, today: date) -> list[StatedUnit]:
    """Return the units of a file; UnitsFileError when any part of it cannot be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UnitsFileError(f"the file cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UnitsFileError("the file is not JSON in UTF-8") from error
    rows = _list(document, "the file")
    units = [_unit(row, f"[{at}]", today) for at, row in enumerate(rows)]
    _refuse_twice([(unit.code, f"[{at}].code") for at, unit in enumerate(units)])
    _refuse_twice(
        (number, f"[{at}].officials") for at, unit in enumerate(units) for number in unit.officials
    )
    return units


def unusual(units: list[StatedUnit]) -> Iterator[str]:
    """Yield what is no fault but opens nothing: a kind or a ground that the catalogue does not know."""
    for at, unit in enumerate(units):
        if unit.kind not in UNIT_KINDS:
            yield f"[{at}].kind: the catalogue knows no such kind of unit"
        for index, held in enumerate(unit.authorisations):
            if held.ground != StatutoryException.CASE_HANDLING and provision(held.ground) is None:
                yield f"[{at}].authorisations[{index}].for: the catalogue knows no such provision"


def _unit(row: Any, place: str, today: date) -> StatedUnit:
    row = _object(row, place)
    officials = dict(
        _official(stated, f"{place}.officials[{at}]")
        for at, stated in enumerate(_list(row.get("officials", []), f"{place}.officials"))
    )
    budget = _count(row, "daily_budget", DAILY_BUDGET_OF_A_UNIT, place)
    share = max(DAILY_BUDGET_OF_AN_OFFICIAL, budget // OFFICIALS_SHARE)
    held = [
        _authorisation(stated, f"{place}.authorisations[{at}]", officials, today)
        for at, stated in enumerate(_list(row.get("authorisations", []), f"{place}.authorisations"))
    ]
    _refuse_twice(
        ((one.ground, one.valid_from), f"{place}.authorisations[{at}]")
        for at, one in enumerate(held)
    )
    return StatedUnit(
        code=_text(row, "code", place, longest=40),
        name=_text(row, "name", place, longest=100),
        kind=_text(row, "kind", place, longest=40),
        level=_level(row, place),
        daily_budget=budget,
        official_budget=_count(row, "official_budget", share, place),
        roster_limit=_roster_limit(row, place),
        officials=officials,
        authorisations=held,
        sandbox=_yes_or_no(row, "sandbox", place),
    )


def _official(row: Any, place: str) -> tuple[str, str]:
    row = _object(row, place)
    number = _text(row, "number", place, longest=40)
    if not _NUMBER.fullmatch(number):
        raise UnitsFileError(f"{place}.number: letters, digits, hyphens and underscores only")
    return number, _text(row, "name", place, longest=200)


def _authorisation(
    row: Any, place: str, officials: dict[str, str], today: date
) -> StatedAuthorisation:
    row = _object(row, place)
    numbers = _list(row.get("officials", []), f"{place}.officials")
    if not all(isinstance(number, str) and number in officials for number in numbers):
        raise UnitsFileError(f"{place}.officials: an official who is not among those of the unit")
    first, last = _day(row, "from", place, today), _day(row, "to", place, today)
    if last < first:
        raise UnitsFileError(f"{place}: it ends before it begins")
    budget = None if row.get("daily_budget") is None else _count(row, "daily_budget", 0, place)
    ground = _text(row, "for", place, longest=40)
    return StatedAuthorisation(ground, first, last, frozenset(numbers), budget)


def _day(row: dict[str, Any], name: str, place: str, today: date) -> date:
    if name in row:
        try:
            return date.fromisoformat(row[name])
        except (TypeError, ValueError):
            raise UnitsFileError(f"{place}.{name}: not a date YYYY-MM-DD") from None
    days = row.get(f"{name}_days")
    if not isinstance(days, int) or isinstance(days, bool):
        raise UnitsFileError(f"{place}: neither {name} (a date) nor {name}_days (a whole number)")
    try:
        return today + timedelta(days=days)
    except OverflowError:
        raise UnitsFileError(f"{place}.{name}_days: too far from today") from None


def _level(row: dict[str, Any], place: str) -> str:
    level = row.get("level") or ""
    if level and level not in Unit.Level.values:
        raise UnitsFileError(f"{place}.level: not one of {', '.join(Unit.Level.values)}")
    return str(level)


def _count(row: dict[str, Any], name: str, default: int, place: str) -> int:
    count = row.get(name)
    if count is None:
        return default
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= _LARGEST:
        raise UnitsFileError(f"{place}.{name}: not a whole number of inquiries")
    return count


def _yes_or_no(row: dict[str, Any], name: str, place: str) -> bool:
    said = row.get(name, False)
    if not isinstance(said, bool):
        raise UnitsFileError(f"{place}.{name}: neither true nor false")
    return said


def _roster_limit(row: dict[str, Any], place: str) -> int | None:
    """None when the file does not say: then the unit keeps what a security administrator has set."""
    if row.get("roster_limit") is None:
        return None
    limit = _count(row, "roster_limit", 0, place)
    if limit > LARGEST_ROSTER:
        raise UnitsFileError(f"{place}.roster_limit: more than {LARGEST_ROSTER}")
    return limit


def _text(row: dict[str, Any], name: str, place: str, *, longest: int) -> str:
    text = row.get(name)
    if (
        not isinstance(text, str)
        or not text.strip()
        or len(text.strip()) > longest
        or "\x00" in text
    ):
        raise UnitsFileError(f"{place}.{name}: not a text of 1 to {longest} characters")
    return text.strip()


def _object(row: Any, place: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise UnitsFileError(f"{place}: not an object")
    return row


def _list(rows: Any, place: str) -> list[Any]:
    if not isinstance(rows, list):
        raise UnitsFileError(f"{place}: not a list")
    return rows


def _refuse_twice(stated: Iterable[tuple[Hashable, str]]) -> None:
    seen: set[Hashable] = set()
    for key, place in stated:
        if key in seen:
            raise UnitsFileError(f"{place}: given twice in the file")
        seen.add(key)
