"""Narrowing never widens: over every ground that goes to review, every shape, matters and look-back that can be chosen."""

import itertools
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from access import answers, narrowing
from access.exceptions import CaseKind
from access.provisions import Route, Shape, all_matters, all_provisions, provision
from access.scopes import Scope, case_scope, provision_scope

ALL = tuple(found.id for found in all_matters())
GROUNDS = [
    *(provision_scope(found) for found in all_provisions() if found.decided_by is Route.REVIEW),
    case_scope(case_kind=CaseKind.CIVIL),
    case_scope(case_kind=CaseKind.OTHER_ADMINISTRATIVE),
    provision_scope(provision("SECURITY-16-17")),  # type: ignore[arg-type]
]
TELLS = {
    Shape.YES_NO: 1,
    Shape.THRESHOLD: 1,
    Shape.LINES: 2,
    Shape.DECISION: 3,
    Shape.AS_REVIEWED: 2,
}


def permitted(ground: Scope) -> Iterator[Scope]:
    """Return what officers may permit under a ground: as it stands, and many of the narrower scopes."""
    if ground.shape is not Shape.AS_REVIEWED:
        yield ground
    named = narrowing.matters(ground)
    chosen = [(), *((one,) for one in named[:4]), named[:2], named[1:3], named]
    for shape, matters, years in itertools.product(Shape, chosen, (None, 1, 2, 3, 9)):
        try:
            yield narrowing.narrowed(ground, shape=shape, chosen=matters, look_back_years=years)
        except ValueError:
            continue


def within(small: Scope, large: Scope) -> bool:
    """Say whether a scope tells no more than another."""
    matters = ALL if large.matters is None or large.shape is Shape.AS_REVIEWED else large.matters
    return (
        TELLS[small.shape] <= TELLS[large.shape]
        and (small.matters is None) <= (large.matters is None)
        and set(small.matters or ()) <= set(matters)
        and (large.look_back_years or 99) >= (small.look_back_years or 99)
        and (large.threshold is None or small.threshold == large.threshold)
        and small.case_kind == large.case_kind
    )


@pytest.mark.parametrize("ground", GROUNDS, ids=str)
def test_no_choice_goes_beyond_the_ground(ground: Scope) -> None:
    found = list(permitted(ground))
    assert len(found) > 3
    assert [scope for scope in found if not within(scope, ground)] == []


@pytest.mark.parametrize("ground", GROUNDS, ids=str)
def test_two_permits_grant_what_both_allow_and_no_more(ground: Scope) -> None:
    for one, other in itertools.product(list(permitted(ground))[:60], repeat=2):
        both = narrowing.in_common(ground, [one, other])
        if both is not None:
            assert within(both, one)
            assert within(both, other)
            assert both != Shape.AS_REVIEWED


@pytest.mark.parametrize("ground", GROUNDS, ids=str)
def test_the_order_of_permits_changes_nothing_and_agreement_is_kept(ground: Scope) -> None:
    scopes = list(permitted(ground))[:60]
    for one, other in itertools.combinations(scopes, 2):
        there, back = (narrowing.in_common(ground, pair) for pair in ([one, other], [other, one]))
        assert there == back
    for scope in scopes:
        assert narrowing.in_common(ground, [scope, scope]) == scope


@pytest.mark.parametrize(
    "wider",
    [
        {"shape": Shape.LINES},
        {"shape": Shape.DECISION},
        {"shape": Shape.THRESHOLD},
        {"shape": Shape.AS_REVIEWED},
        {"chosen": ("gambling",)},
        {"chosen": ("network_intrusion", "gambling")},
        {"chosen": ("no_such_matter",)},
        {"chosen": ()},
        {"look_back_years": 6},
        {"look_back_years": 0},
        {"look_back_years": -1},
    ],
)
def test_what_is_wider_than_the_ground_is_refused(wider: dict[str, Any]) -> None:
    ground = provision_scope(provision("CSL-66"))  # type: ignore[arg-type]
    lawful: dict[str, Any] = {
        "shape": Shape.YES_NO,
        "chosen": ("network_intrusion",),
        "look_back_years": 2,
    }
    assert narrowing.narrowed(ground, **lawful).look_back_years == 2
    with pytest.raises(ValueError):  # noqa: PT011 - each has words of its own
        narrowing.narrowed(ground, **{**lawful, **wider})


def test_permits_without_anything_in_common_grant_nothing() -> None:
    ground = provision_scope(provision("CONSCRIPT-23"))  # type: ignore[arg-type]
    one, other = (
        narrowing.narrowed(ground, shape=Shape.YES_NO, chosen=(id,), look_back_years=None)
        for id in ("drug_use", "gambling")
    )
    assert narrowing.in_common(ground, [one, other]) is None
    assert narrowing.in_common(ground, []) is None
    assert narrowing.in_common(ground, [ground, one]) is None, "an open shape permits nothing yet"


def test_a_narrowed_answer_is_a_part_of_the_full_one(record: Callable[..., Any]) -> None:
    today = date(2026, 11, 20)
    records = [
        record(offence_code="PSL2025-051-1-0a", decided_on=date(2026, 5, 1)),
        record(offence_code="PSL2025-084-1-3", decided_on=date(2023, 5, 1)),
        record(offence_code="PSL2025-082-1-1", decided_on=date(2026, 2, 1)),
    ]
    ground = case_scope(case_kind=CaseKind.CIVIL)
    full = answers.shape(records, scope=ground, today=today, name="样例·人甲")
    assert len(full.lines) == 3
    told = {(line.decided_on, line.offence_code) for line in full.lines}
    for scope in permitted(ground):
        answer = answers.shape(records, scope=scope, today=today, name="样例·人甲")
        assert {(line.decided_on, line.offence_code) for line in answer.lines} <= told
        assert set(answer.matters) <= set(scope.matters or ())
