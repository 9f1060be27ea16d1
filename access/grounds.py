"""What a unit may choose from when it begins an inquiry, and what each choice would let it receive.

Offers only what holds today for this unit. Decides nothing: whatever is sent is decided by `access.policy`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.utils.functional import Promise

from access import ground_words
from access.exceptions import (
    CaseKind,
    Check,
    StatutoryException,
    case_kinds,
    case_route,
    may_check_aggravation,
)
from access.provisions import Route, provision, usable_by
from access.scopes import Scope, case_scope, provision_scope


@dataclass(frozen=True)
class Ground:
    """One choice: its query string, its name, what it lets the unit receive, and whether reviewers decide."""

    fields: dict[str, str]
    name: str | Promise
    receives: list[str]
    is_reviewed: bool

    @property
    def query(self) -> str:
        """Return the choice as the query of the form's address; it names no person."""
        return urlencode(self.fields)


def offered(*, unit_kind: str, held: frozenset[str], today: date) -> dict[str, list[Ground]]:
    """Return by exception what a unit of this kind, authorised for the grounds it holds, may choose today."""
    case, regulation = StatutoryException.CASE_HANDLING, StatutoryException.STATE_REGULATION
    return {
        case.value: list(_of_cases(unit_kind)) if case in held else [],
        regulation.value: [
            found
            for known in usable_by(unit_kind, today)
            if known.id in held and (found := chosen({"provision": known.id}, unit_kind))
        ],
    }


def _of_cases(unit_kind: str) -> Iterator[Ground]:
    fields = [{"case_kind": kind.value, "check": ""} for kind in case_kinds(unit_kind)]
    if may_check_aggravation(unit_kind):
        narrow = {"case_kind": CaseKind.PUBLIC_SECURITY.value, "check": Check.AGGRAVATION.value}
        fields.append(narrow)
    for choice in fields:
        ground = chosen({"exception": StatutoryException.CASE_HANDLING.value, **choice}, unit_kind)
        if ground is not None:
            yield ground


def chosen(fields: dict[str, str], unit_kind: str) -> Ground | None:
    """Return the ground that these fields name, None when this kind of unit may receive nothing under it."""
    if fields.get("exception") == StatutoryException.CASE_HANDLING:
        return _case(fields.get("case_kind", ""), fields.get("check", ""), unit_kind)
    found = provision(fields.get("provision", ""))
    if found is None or not found.is_state_regulation or not found.entitles(unit_kind):
        return None
    stated = {"exception": StatutoryException.STATE_REGULATION.value, "provision": found.id}
    return _ground(
        stated, ground_words.provision_name(found), provision_scope(found), found.decided_by
    )


def _case(kind: str, check: str, unit_kind: str) -> Ground | None:
    route = case_route(unit_kind=unit_kind, case_kind=kind, check=check or None)
    if route is None:
        return None
    narrowed = Check(check) if check else None
    stated = {
        "exception": StatutoryException.CASE_HANDLING.value,
        "case_kind": kind,
        "check": check,
    }
    name = ground_words.CHECKS[check] if check else ground_words.CASE_KINDS[kind]
    return _ground(stated, name, case_scope(case_kind=CaseKind(kind), check=narrowed), route)


def _ground(fields: dict[str, str], name: str | Promise, scope: Scope, route: Route) -> Ground:
    return Ground(fields, name, ground_words.receives(scope), route is Route.REVIEW)
