"""Which articles entitle which kind of unit to ask for which matters (exception 2 of Art. 136).

The catalogue is data, reviewed in version control with its citation and its dates:
``data/provisions.json``. This module knows no unit, no inquiry and no record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType
from typing import Any


class Level(StrEnum):
    """The rank of an instrument in the legal order (法律位阶)."""

    LAW = "law"
    STATE_COUNCIL_REGULATION = "state_council_regulation"
    DEPARTMENTAL_RULE = "departmental_rule"
    LOCAL_REGULATION = "local_regulation"
    NORMATIVE_DOCUMENT = "normative_document"


#: 国家规定 in the sense of Criminal Law Art. 96: nothing below a State Council regulation.
STATE_REGULATION_LEVELS = frozenset({Level.LAW, Level.STATE_COUNCIL_REGULATION})


class Shape(StrEnum):
    """The form in which a basis lets its unit know something (查询结果的形式)."""

    YES_NO = "yes_no"
    THRESHOLD = "threshold"
    LINES = "lines"
    DECISION = "decision"
    AS_REVIEWED = "as_reviewed"
    NONE = "none"


class Route(StrEnum):
    """Who decides: the rule itself, two independent reviewers, or nobody (always refused)."""

    AUTOMATIC = "automatic"
    REVIEW = "review"
    REFUSED = "refused"


DETENTION = "detention"
EVERY_ACT = "*"


@dataclass(frozen=True, slots=True)
class Matter:
    """A subject a provision names (事项), as the set of acts of the offence catalogue it covers."""

    id: str
    name_zh: str
    name_en: str
    offence_codes: frozenset[str]

    def covers(self, offence_code: str) -> bool:
        """An act belongs to the matter when its code is listed, or the matter covers every act."""
        return EVERY_ACT in self.offence_codes or offence_code in self.offence_codes

    @property
    def needs_detention(self) -> bool:
        """The matter 行政拘留 is a penalty, not an act: an act hits it by the detention decided."""
        return self.id == DETENTION


@dataclass(frozen=True, slots=True)
class Threshold:
    """A count of decisions that bars: ``at_least`` decisions with the penalty, for the matter."""

    penalty: str
    at_least: int
    matter: str | None = None

    def __post_init__(self) -> None:
        if self.penalty != DETENTION or self.at_least < 1:
            raise ValueError("a threshold counts one or more decisions of detention")

    def as_dict(self) -> dict[str, Any]:
        """The threshold in JSON's own types; a matter is left out when there is none."""
        known = {
            "penalty": self.penalty,
            "at_least": self.at_least,
            "matter": self.matter,
        }
        return {key: value for key, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Provision:
    """One article of one instrument, and what it lets which kinds of unit ask (依据条款)."""

    id: str
    instrument_zh: str
    instrument_en: str
    articles_zh: str
    level: Level
    unit_kinds: frozenset[str]
    purpose: str
    matters: tuple[str, ...]
    look_back_years: int | None
    shape: Shape
    threshold: Threshold | None
    decided_by: Route
    in_force_from: date | None
    in_force_to: date | None

    @property
    def is_state_regulation(self) -> bool:
        """Only laws and State Council regulations are state regulations (国家规定)."""
        return self.level in STATE_REGULATION_LEVELS

    def in_force(self, today: date) -> bool:
        """In force from its first to its last day, both included; an open end has no limit."""
        begun = self.in_force_from is None or self.in_force_from <= today
        return begun and (self.in_force_to is None or today <= self.in_force_to)

    def entitles(self, unit_kind: str) -> bool:
        """The provision gives this kind of unit a query; a refused one gives none to anybody."""
        return self.decided_by is not Route.REFUSED and unit_kind in self.unit_kinds


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _provision(row: Mapping[str, Any]) -> Provision:
    return Provision(
        id=row["id"],
        instrument_zh=row["instrument_zh"],
        instrument_en=row["instrument_en"],
        articles_zh=row["articles_zh"],
        level=Level(row["level"]),
        unit_kinds=frozenset(row["unit_kinds"]),
        purpose=row["purpose"],
        matters=tuple(row["matters"]),
        look_back_years=row["look_back_years"],
        shape=Shape(row["shape"]),
        threshold=Threshold(**row["threshold"]) if row["threshold"] else None,
        decided_by=Route(row["decided_by"]),
        in_force_from=_day(row["in_force_from"]),
        in_force_to=_day(row["in_force_to"]),
    )


def _matter(id: str, row: Mapping[str, Any]) -> Matter:
    return Matter(id, row["name_zh"], row["name_en"], frozenset(row["offence_codes"]))


_DATA: Mapping[str, Any] = json.loads(
    files("access").joinpath("data/provisions.json").read_text(encoding="utf-8")
)
_MATTERS = MappingProxyType({id: _matter(id, row) for id, row in _DATA["matters"].items()})
_PROVISIONS = MappingProxyType({row["id"]: _provision(row) for row in _DATA["provisions"]})

#: The catalogue's own version: a decision carries it, so that it can be read years later.
VERSION: str = _DATA["version"]
#: Every kind of unit the catalogue knows (单位类别), in alphabetical order.
UNIT_KINDS: tuple[str, ...] = tuple(_DATA["unit_kinds"])
#: The rows for exception 1; ``access.exceptions`` gives them their meaning.
CASE_HANDLING: Mapping[str, Any] = MappingProxyType(_DATA["case_handling"])


def provision(id: str) -> Provision | None:
    """The provision of that exact id, or None when the catalogue has none."""
    return _PROVISIONS.get(id)


def all_provisions() -> tuple[Provision, ...]:
    """Every provision in the catalogue's order, the refused ones included."""
    return tuple(_PROVISIONS.values())


def matter(id: str) -> Matter:
    """The matter of that id; raises KeyError for one the catalogue does not have."""
    return _MATTERS[id]


def all_matters() -> tuple[Matter, ...]:
    """Every matter in the catalogue's order."""
    return tuple(_MATTERS.values())


def usable_by(unit_kind: str, today: date) -> tuple[Provision, ...]:
    """The provisions under which this kind of unit may ask on that day, in catalogue order."""
    return tuple(
        found
        for found in all_provisions()
        if found.is_state_regulation and found.in_force(today) and found.entitles(unit_kind)
    )
