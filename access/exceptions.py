"""The two exceptions of Art. 136, and which state organ handles which kind of case.

1. 有关国家机关为办案需要: state organs that need a record to handle a case.
2. 有关单位根据国家规定进行查询: units that query under state regulations.

There is no third. This module knows no unit, no inquiry and no record.
"""

from __future__ import annotations

from enum import StrEnum

from access.provisions import CASE_HANDLING, Route, Shape


class StatutoryException(StrEnum):
    """The grounds on which a sealed record may be provided at all (Art. 136)."""

    CASE_HANDLING = "case_handling"
    STATE_REGULATION = "state_regulation"


class CaseKind(StrEnum):
    """The kinds of case a state organ may be handling (案件类别)."""

    CRIMINAL = "criminal"
    PUBLIC_SECURITY = "public_security"
    SUPERVISION = "supervision"
    ADMINISTRATIVE_LITIGATION = "administrative_litigation"
    CIVIL = "civil"
    OTHER_ADMINISTRATIVE = "other_administrative"


class Check(StrEnum):
    """A narrower question asked within a case."""

    AGGRAVATION = "aggravation"


def _table(route: Route) -> dict[str, frozenset[CaseKind]]:
    rows = CASE_HANDLING[route.value]
    return {unit_kind: frozenset(map(CaseKind, kinds)) for unit_kind, kinds in rows.items()}


_HANDLED = {route: _table(route) for route in (Route.AUTOMATIC, Route.REVIEW)}
_STATE_ORGANS = frozenset().union(*_HANDLED.values())
_AGGRAVATION = CASE_HANDLING["aggravation_check"]
_AGGRAVATION_UNITS = frozenset(_AGGRAVATION["unit_kinds"])
_AGGRAVATION_CASE = CaseKind(_AGGRAVATION["case_kind"])

#: What a handled case opens: the full decision, without a limit of time.
CASE_SHAPE = Shape(CASE_HANDLING["shape"])
CASE_LOOK_BACK_YEARS: int | None = CASE_HANDLING["look_back_years"]
#: What the check of Art. 22(4) and 23 opens: date, article and penalty of the last year.
AGGRAVATION_SHAPE = Shape(_AGGRAVATION["shape"])
AGGRAVATION_LOOK_BACK_YEARS: int = _AGGRAVATION["look_back_years"]


def state_organs() -> tuple[str, ...]:
    """The kinds of unit that handle cases at all, in alphabetical order."""
    return tuple(sorted(_STATE_ORGANS))


def is_state_organ(unit_kind: str) -> bool:
    """A unit is a case-handling organ when the catalogue lists a kind of case for its kind."""
    return unit_kind in _STATE_ORGANS


def case_route(*, unit_kind: str, case_kind: str, check: str | None = None) -> Route | None:
    """Who decides for this organ and kind of case: automatic, review, or None when not covered.

    The aggravation check (Art. 22(4), 23) is open to the listed police organs in a
    public-security case only; elsewhere, and for any other check, the case is not covered.
    """
    if check is not None and not _check_covered(unit_kind, case_kind, check):
        return None
    for route, handled in _HANDLED.items():
        if case_kind in handled.get(unit_kind, ()):
            return route
    return None


def case_kinds(unit_kind: str) -> tuple[CaseKind, ...]:
    """The kinds of case this kind of unit handles, in the statute's order; for forms."""
    return tuple(
        kind for kind in CaseKind if case_route(unit_kind=unit_kind, case_kind=kind) is not None
    )


def may_check_aggravation(unit_kind: str) -> bool:
    """Whether this kind of unit may ask the narrower one-year question at all."""
    return unit_kind in _AGGRAVATION_UNITS


def _check_covered(unit_kind: str, case_kind: str, check: str) -> bool:
    return (
        check == Check.AGGRAVATION
        and case_kind == _AGGRAVATION_CASE
        and unit_kind in _AGGRAVATION_UNITS
    )
