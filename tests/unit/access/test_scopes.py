"""A scope survives storage, and reviewers can make it smaller but never larger."""

import json

import pytest

from access.exceptions import CaseKind, Check
from access.provisions import Shape, Threshold, all_provisions, provision
from access.scopes import Scope, case_scope, provision_scope

SCOPES = [
    *(provision_scope(found) for found in all_provisions()),
    case_scope(case_kind=CaseKind.CIVIL),
    case_scope(case_kind=CaseKind.PUBLIC_SECURITY, check=Check.AGGRAVATION),
]


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_survives_storage(scope):
    assert Scope.from_dict(json.loads(json.dumps(scope.as_dict()))) == scope


def test_a_stored_scope_of_an_unknown_shape_is_refused():
    stored = case_scope(case_kind=CaseKind.CIVIL).as_dict() | {"shape": "everything"}
    with pytest.raises(ValueError, match="everything"):
        Scope.from_dict(stored)


def test_reviewers_give_an_open_ground_its_form():
    scope = provision_scope(provision("CTL-33")).narrowed(
        shape=Shape.YES_NO, matters=("violent_injury",), look_back_years=3
    )
    assert scope == Scope(Shape.YES_NO, ("violent_injury",), 3)


def test_reviewers_make_a_case_smaller():
    scope = case_scope(case_kind=CaseKind.CIVIL)
    assert scope.narrowed(shape=Shape.DECISION, matters=None) == scope
    smaller = scope.narrowed(shape=Shape.LINES, matters=("abuse",), look_back_years=5)
    assert (smaller.matters, smaller.case_kind) == (("abuse",), "civil")
    counted = scope.narrowed(
        shape=Shape.THRESHOLD, matters=None, threshold=Threshold("detention", 2)
    )
    assert counted.threshold.at_least == 2


@pytest.mark.parametrize(
    ("id", "fault", "wider"),
    [
        (
            "CSL-66",
            "shape",
            {"shape": Shape.LINES, "matters": ("network_intrusion",), "look_back_years": 5},
        ),
        (
            "CSL-66",
            "matters",
            {"shape": Shape.YES_NO, "matters": ("gambling",), "look_back_years": 5},
        ),
        ("CSL-66", "matters", {"shape": Shape.YES_NO, "matters": None, "look_back_years": 5}),
        ("CSL-66", "matters", {"shape": Shape.YES_NO, "matters": (), "look_back_years": 5}),
        (
            "CSL-66",
            "look-back",
            {"shape": Shape.YES_NO, "matters": ("network_intrusion",), "look_back_years": 6},
        ),
        ("CSL-66", "look-back", {"shape": Shape.YES_NO, "matters": ("network_intrusion",)}),
        ("CTL-33", "shape", {"shape": Shape.DECISION, "matters": ("abuse",)}),
        ("CTL-33", "matters", {"shape": Shape.YES_NO, "matters": ("no such matter",)}),
        ("CTL-33", "matters", {"shape": Shape.YES_NO, "matters": None}),
        ("CTL-33", "shape", {"shape": Shape.AS_REVIEWED, "matters": ("abuse",)}),
        ("CTL-33", "threshold", {"shape": Shape.THRESHOLD, "matters": ("abuse",)}),
        (
            "CTL-33",
            "threshold",
            {
                "shape": Shape.THRESHOLD,
                "matters": ("abuse",),
                "threshold": Threshold("detention", 1, "gambling"),
            },
        ),
        (
            "ARMED-GUARD-3",
            "threshold",
            {
                "shape": Shape.THRESHOLD,
                "matters": ("detention",),
                "threshold": Threshold("detention", 2),
            },
        ),
        ("LAWYER-7", "shape", {"shape": Shape.YES_NO, "matters": ("abuse",)}),
    ],
)
def test_reviewers_cannot_make_a_scope_larger(id, fault, wider):
    with pytest.raises(ValueError, match=fault):
        provision_scope(provision(id)).narrowed(**wider)


def test_a_case_is_not_answered_yes_or_no_about_every_act():
    with pytest.raises(ValueError, match="matters"):
        case_scope(case_kind=CaseKind.CIVIL).narrowed(shape=Shape.YES_NO, matters=None)
