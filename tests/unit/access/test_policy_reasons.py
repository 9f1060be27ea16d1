"""All reasons of a denial that apply are given, in one order."""

import itertools
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest

from access import policy
from access.facts import InquiryFacts, LetterFacts, UnitStanding
from access.policy import REASON_ORDER, decide
from access.provisions import provision
from tests.unit.access.deciding import (
    DAY,
    held,
)

ORDER = (
    "provision_unknown",
    "provision_not_in_force",
    "not_state_regulation",
    "no_right_to_inquire",
    "not_a_state_organ",
    "unit_not_authorised",
    "authorisation_expired",
    "official_not_named",
    "two_officials_required",
    "case_missing",
    "case_not_covered",
    "purpose_missing",
    "post_missing",
    "letter_missing",
    "letter_expired",
    "undertaking_missing",
    "budget_exhausted",
    "refused_on_review",
)


def test_the_order_of_reasons_is_fixed():
    assert tuple(REASON_ORDER) == ORDER


def _expire(inquiry, standing):
    one = standing.authorisations[0]
    return inquiry, held(standing, valid_to=one.valid_from)


FAULTS = MappingProxyType(
    {
        "provision_not_in_force": None,
        "no_right_to_inquire": lambda i, s: (i, replace(s, kind="other")),
        "not_a_state_organ": lambda i, s: (i, replace(s, kind="other")),
        "unit_not_authorised": lambda i, s: (i, replace(s, authorisations=())),
        "authorisation_expired": _expire,
        "official_not_named": lambda i, s: (replace(i, officials=(*i.officials, "F9")), s),
        "two_officials_required": lambda i, s: (replace(i, officials=("F1",)), s),
        "case_missing": lambda i, s: (replace(i, case=replace(i.case, number="")), s),
        "case_not_covered": lambda i, s: (replace(i, case=replace(i.case, kind="traffic")), s),
        "purpose_missing": lambda i, s: (replace(i, purpose=""), s),
        "post_missing": lambda i, s: (replace(i, post=""), s),
        "letter_missing": lambda i, s: (replace(i, letter=None), s),
        "letter_expired": lambda i, s: (
            replace(i, letter=LetterFacts("函1号", i.letter.issued_on - 31 * DAY)),
            s,
        ),
        "undertaking_missing": lambda i, s: (replace(i, undertaking=False), s),
        "budget_exhausted": lambda i, s: (i, replace(s, sweep_stopped=True)),
    }
)
FORM = [
    "purpose_missing",
    "letter_missing",
    "letter_expired",
    "undertaking_missing",
    "budget_exhausted",
]
AUTHORITY = [
    "unit_not_authorised",
    "authorisation_expired",
    "official_not_named",
    "two_officials_required",
]
UNDER_PROVISION = ["provision_not_in_force", "no_right_to_inquire", *AUTHORITY, "post_missing"]
IN_A_CASE = ["not_a_state_organ", *AUTHORITY, "case_missing", "case_not_covered"]


#: Pairs that one inquiry cannot have: one of the two is the other's absence.
EXCLUDED = {
    frozenset(pair)
    for pair in (
        ("unit_not_authorised", "authorisation_expired"),
        ("unit_not_authorised", "official_not_named"),
        ("official_not_named", "two_officials_required"),
        ("letter_missing", "letter_expired"),
        ("not_a_state_organ", "case_not_covered"),
    )
}


def _pairs(codes):
    pairs = itertools.combinations([*codes, *FORM], 2)
    return [pair for pair in pairs if frozenset(pair) not in EXCLUDED]


def _with_faults(asking, monkeypatch, ground, codes, today):
    inquiry, standing = asking(ground)
    for code in codes:
        if code == "provision_not_in_force":
            future = replace(provision(ground), in_force_from=today + DAY)
            monkeypatch.setattr(policy, "provision", {ground: future}.get)
        else:
            inquiry, standing = FAULTS[code](inquiry, standing)
    return decide(inquiry, standing=standing, today=today).reasons


@pytest.mark.parametrize(
    ("ground", "code"),
    [("MINORS-62", code) for code in [*UNDER_PROVISION, *FORM]]
    + [("case_handling", code) for code in [*IN_A_CASE, *FORM]],
)
def test_each_reason_stands_alone(ground, code, asking, monkeypatch, today):
    assert _with_faults(asking, monkeypatch, ground, [code], today) == (code,)


@pytest.mark.parametrize(
    ("ground", "pair"),
    [("MINORS-62", pair) for pair in _pairs(UNDER_PROVISION)]
    + [("case_handling", pair) for pair in _pairs(IN_A_CASE)],
)
def test_reasons_come_in_their_order_whichever_fault_came_first(
    ground, pair, asking, monkeypatch, today
):
    expected = tuple(sorted(pair, key=ORDER.index))
    assert _with_faults(asking, monkeypatch, ground, pair, today) == expected
    assert _with_faults(asking, monkeypatch, ground, pair[::-1], today) == expected


def test_all_reasons_that_apply_are_given():
    inquiry = InquiryFacts("state_regulation", "NO-SUCH-1", "", "", None, (), None, False)
    decision = decide(inquiry, standing=UnitStanding("U1", "other", ()), today=date(2026, 11, 20))
    assert decision.reasons == (
        "provision_unknown",
        "unit_not_authorised",
        "two_officials_required",
        "purpose_missing",
        "post_missing",
        "letter_missing",
        "undertaking_missing",
    )
