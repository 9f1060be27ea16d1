"""What a granted inquiry is told: the records of its subject, cut down to the scope.

Works on any iterable of record views and reads from each only what the scope needs, so a sealed
field that is not needed is never decrypted. Knows no unit, no database and no key. Whatever the
cause of having nothing to tell, the answer is one and the same value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from access.lines import Line, RecordView, line_of
from access.provisions import Matter, Shape, Threshold, matter
from access.scopes import Scope
from registry.normalise import normalise_name


class Finding(StrEnum):
    """Whether there is anything the scope lets the unit know."""

    NOTHING_DISCLOSABLE = "nothing_disclosable"
    DISCLOSABLE = "disclosable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one lookup discloses; never more than its scope. Its repr shows no line."""

    answer: Finding
    shape: Shape
    matters: tuple[str, ...] = ()
    met: bool | None = None
    lines: tuple[Line, ...] = field(default=(), repr=False)

    def as_dict(self) -> dict[str, Any]:
        """The answer in JSON's own types, every key always present."""
        return {
            "answer": self.answer.value,
            "shape": self.shape.value,
            "matters": list(self.matters),
            "met": self.met,
            "lines": [line.as_dict() for line in self.lines],
        }

    def canonical_bytes(self) -> bytes:
        """The one byte form of the answer, whose digest goes into the audit log."""
        return json.dumps(
            self.as_dict(), ensure_ascii=False, separators=(",", ":"), sort_keys=True
        ).encode()


def _taken_as_it_is(_record: RecordView) -> None:
    """Let every record pass."""


def nothing_disclosable(shape: Shape) -> Answer:
    """The one answer for no record, other matters, too old, revoked, or another name."""
    met = False if shape is Shape.THRESHOLD else None
    return Answer(Finding.NOTHING_DISCLOSABLE, shape, met=met)


def shape(
    records: Iterable[RecordView],
    *,
    scope: Scope,
    today: date,
    name: str,
    prove: Callable[[RecordView], None] = _taken_as_it_is,
) -> Answer:
    """The answer about the person of that name from the records of one subject.

    A scope that reviewers have not given a form yet (``as_reviewed``) discloses nothing. ``prove`` is
    called with each record that is told, before anything is made of it, and raises when it was altered.
    """
    asked = normalise_name(name)
    if not asked or scope.shape in (Shape.AS_REVIEWED, Shape.NONE):
        return nothing_disclosable(scope.shape)
    told = [record for record in records if _is_told(record, scope, today, asked)]
    for record in told:
        prove(record)
    if scope.shape is Shape.YES_NO:
        return _yes_no(told, scope)
    if scope.shape is Shape.THRESHOLD:
        return _threshold(told, scope)
    return _lines(told, scope)


def within_look_back(decided_on: date, *, years: int | None, today: date) -> bool:
    """Whether the calendar years counted from ``decided_on`` have not run out by today.

    The last day is the corresponding day and is included (Art. 143); where there is none, as
    after 29 February, it is the last day of that month (Civil Code Art. 202).
    """
    if years is None:
        return True
    try:
        last = decided_on.replace(year=decided_on.year + years)
    except ValueError:
        last = date(decided_on.year + years, 2, 28)
    return today <= last


def _is_told(record: RecordView, scope: Scope, today: date, asked: str) -> bool:
    """The sealed name is read last, and only of a record that would otherwise be told."""
    return (
        not record.revoked
        and _is_recent(record, scope, today)
        and _is_named(record, scope)
        and (scope.threshold is None or _counts(record, scope.threshold))
        and normalise_name(record.name) == asked
    )


def _is_recent(record: RecordView, scope: Scope, today: date) -> bool:
    years = scope.look_back_years
    return years is None or within_look_back(record.decided_on, years=years, today=today)


def _is_named(record: RecordView, scope: Scope) -> bool:
    return scope.matters is None or any(_hits(record, matter(id)) for id in scope.matters)


def _hits(record: RecordView, named: Matter) -> bool:
    if named.needs_detention and not record.detention_days:
        return False
    return named.covers(record.offence_code)


def _counts(record: RecordView, threshold: Threshold) -> bool:
    """A threshold counts detention decided, whether or not it was carried out."""
    if not record.detention_days:
        return False
    return threshold.matter is None or matter(threshold.matter).covers(record.offence_code)


def _yes_no(told: list[RecordView], scope: Scope) -> Answer:
    """Which of the matters named are hit, in the order in which the provision names them."""
    matters = scope.matters or ()
    hit = tuple(id for id in matters if any(_hits(record, matter(id)) for record in told))
    if not hit:
        return nothing_disclosable(scope.shape)
    return Answer(Finding.DISCLOSABLE, scope.shape, matters=hit)


def _threshold(told: list[RecordView], scope: Scope) -> Answer:
    """Counts decisions, not acts, by their keys: no decision number is decrypted for it."""
    if scope.threshold is None or len(told) < scope.threshold.at_least:
        return nothing_disclosable(scope.shape)
    if scope.threshold.at_least > 1:
        decisions = {bytes(record.decision_key) for record in told}
        if len(decisions) < scope.threshold.at_least:
            return nothing_disclosable(scope.shape)
    return Answer(Finding.DISCLOSABLE, scope.shape, met=True)


def _lines(told: list[RecordView], scope: Scope) -> Answer:
    """One line an act, the oldest decision first."""
    if not told:
        return nothing_disclosable(scope.shape)
    whole = scope.shape is Shape.DECISION
    lines = [line_of(record, whole=whole) for record in told]
    lines.sort(key=lambda line: (line.decided_on, line.offence_code, line.decision_number))
    return Answer(Finding.DISCLOSABLE, scope.shape, lines=tuple(lines))
