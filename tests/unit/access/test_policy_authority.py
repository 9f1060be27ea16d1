"""The decision by authority, form and budget: who may ask, with which letter, how often."""

from dataclasses import replace

import pytest

from access.facts import AuthorisationFacts, LetterFacts
from access.policy import Outcome, decide
from tests.unit.access.deciding import (
    DAY,
    held,
)


def authorisation(today, *, first=-10, last=10, officials=("F1", "F2"), **changes):
    span = today + first * DAY, today + last * DAY
    return replace(
        AuthorisationFacts("MINORS-62", *span, frozenset(officials)),
        **changes,
    )


@pytest.mark.parametrize(
    ("spans", "reasons"),
    [
        ([(0, 0)], ()),
        ([(-9, -1)], ("authorisation_expired",)),
        ([(1, 9)], ("authorisation_expired",)),
        ([(-9, -1), (1, 9)], ("authorisation_expired",)),
        ([(-9, -1), (0, 9)], ()),
        ([], ("unit_not_authorised",)),
    ],
)
def test_an_authorisation_is_valid_from_its_first_to_its_last_day(spans, reasons, asking, today):
    inquiry, standing = asking("MINORS-62")
    several = tuple(authorisation(today, first=first, last=last) for first, last in spans)
    standing = replace(standing, authorisations=several)
    assert decide(inquiry, standing=standing, today=today).reasons == reasons


def test_an_authorisation_for_something_else_is_none(asking, today):
    inquiry, standing = asking("MINORS-62")
    for ground in ("PRESCHOOL-44", "case_handling", "minors-62"):
        reasons = decide(inquiry, standing=held(standing, ground=ground), today=today).reasons
        assert reasons == ("unit_not_authorised",)


def test_a_suspended_authorisation_is_not_valid_today(asking, today):
    inquiry, standing = asking("MINORS-62")
    reasons = decide(inquiry, standing=held(standing, suspended=True), today=today).reasons
    assert reasons == ("authorisation_expired",)


def test_an_authorisation_with_open_ends_is_valid(asking, today):
    inquiry, standing = asking("MINORS-62")
    standing = held(standing, valid_from=None, valid_to=None)
    assert decide(inquiry, standing=standing, today=today).outcome is Outcome.GRANTED


@pytest.mark.parametrize(
    ("officials", "reasons"),
    [
        (("F1", "F2"), ()),
        (("F1", "F2", "F1"), ()),
        (("F1", "F3"), ("official_not_named",)),
        (("F1", "F2", "F3"), ("official_not_named",)),
        (("F1",), ("two_officials_required",)),
        (("F1", "F1"), ("two_officials_required",)),
        (("F3", "F3"), ("official_not_named", "two_officials_required")),
        (("F1", " "), ("official_not_named", "two_officials_required")),
        (("F1", "F1 "), ("official_not_named", "two_officials_required")),
        ((), ("two_officials_required",)),
    ],
)
def test_two_different_named_officials_ask(officials, reasons, asking, today):
    inquiry, standing = asking("MINORS-62", officials=officials)
    assert decide(inquiry, standing=standing, today=today).reasons == reasons


def test_officials_of_an_authorisation_that_has_ended_are_not_named_by_the_valid_one(asking, today):
    inquiry, standing = asking("MINORS-62")
    ended = authorisation(today, last=-1)
    valid = authorisation(today, officials=("F3", "F4"))
    standing = replace(standing, authorisations=(ended, valid))
    reasons = decide(inquiry, standing=standing, today=today).reasons
    assert reasons == ("official_not_named",)


def test_officials_of_another_provision_are_not_named_by_this_one(asking, today):
    inquiry, standing = asking("MINORS-62", officials=("F3", "F4"))
    other = authorisation(today, officials=("F3", "F4"), ground="PRESCHOOL-44")
    standing = replace(standing, authorisations=(*standing.authorisations, other))
    reasons = decide(inquiry, standing=standing, today=today).reasons
    assert reasons == ("official_not_named",)


def test_each_official_may_be_named_by_a_different_valid_authorisation(asking, today):
    inquiry, standing = asking("MINORS-62")
    both = (authorisation(today, officials=("F1",)), authorisation(today, officials=("F2",)))
    standing = replace(standing, authorisations=both)
    assert decide(inquiry, standing=standing, today=today).outcome is Outcome.GRANTED


@pytest.mark.parametrize("blank", [None, "", " ", "\t\n", "\u3000", "\u200b\ufeff"])
def test_purpose_and_post_are_more_than_white_space(blank, asking, today):
    inquiry, standing = asking("MINORS-62", purpose=blank, post=blank)
    reasons = decide(inquiry, standing=standing, today=today).reasons
    assert reasons == ("purpose_missing", "post_missing")
    inquiry, standing = asking("case_handling", purpose=blank, post=blank)
    assert decide(inquiry, standing=standing, today=today).reasons == ("purpose_missing",)


@pytest.mark.parametrize(
    ("number", "age", "reasons"),
    [
        ("函1号", 0, ()),
        ("函1号", 30, ()),
        ("函1号", 31, ("letter_expired",)),
        ("函1号", -1, ("letter_missing",)),
        ("函1号", None, ("letter_missing",)),
        (" ", 1, ("letter_missing",)),
        (" ", 31, ("letter_missing",)),
    ],
)
def test_a_letter_has_a_number_and_is_good_for_thirty_days(number, age, reasons, asking, today):
    issued_on = None if age is None else today - age * DAY
    inquiry, standing = asking("MINORS-62", letter=LetterFacts(number, issued_on))
    assert decide(inquiry, standing=standing, today=today).reasons == reasons


@pytest.mark.parametrize("given", [False, None, "yes", 1])
def test_the_undertaking_is_given_outright(given, asking, today):
    inquiry, standing = asking("MINORS-62", undertaking=given)
    reasons = decide(inquiry, standing=standing, today=today).reasons
    assert reasons == ("undertaking_missing",)


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"unit_used": 999}, ()),
        ({"unit_used": 1000}, ("budget_exhausted",)),
        ({"official_used": {"F1": 199, "F2": 199}}, ()),
        ({"official_used": {"F2": 200}}, ("budget_exhausted",)),
        ({"official_used": {"F9": 200}}, ()),
        ({"unit_used": 5, "unit_limit": 5}, ("budget_exhausted",)),
        ({"official_used": {"F1": 5}, "official_limit": 6}, ()),
        ({"sweep_stopped": True}, ("budget_exhausted",)),
    ],
)
def test_the_budget_of_the_day_ends_with_its_last_inquiry(changes, reasons, asking, today):
    inquiry, standing = asking("MINORS-62")
    standing = replace(standing, **changes)
    assert decide(inquiry, standing=standing, today=today).reasons == reasons


@pytest.mark.parametrize("ground", ["MINORS-62", "case_handling"])
@pytest.mark.parametrize(
    ("budgets", "used", "reasons"),
    [
        ((None,), 900, ()),
        ((5,), 4, ()),
        ((5,), 5, ("budget_exhausted",)),
        ((0,), 0, ("budget_exhausted",)),
        ((5, 9), 8, ()),
        ((5, 9), 9, ("budget_exhausted",)),
        ((5, None), 900, ()),
    ],
)
def test_the_budget_of_a_ground_is_the_largest_that_is_valid(
    ground, budgets, used, reasons, asking, today
):
    inquiry, standing = asking(ground)
    (held,) = standing.authorisations
    valid = tuple(replace(held, daily_budget=budget) for budget in budgets)
    beside = (
        replace(held, daily_budget=None, suspended=True),
        replace(held, daily_budget=None, valid_to=today - DAY),
        replace(held, daily_budget=0, ground="PRESCHOOL-44"),
    )
    standing = replace(standing, authorisations=valid + beside, ground_used=used)
    assert decide(inquiry, standing=standing, today=today).reasons == reasons


def test_what_is_not_authorised_has_no_budget_of_its_own(asking, today):
    inquiry, standing = asking("MINORS-62")
    (held,) = standing.authorisations
    standing = replace(standing, authorisations=(replace(held, daily_budget=0, suspended=True),))
    reasons = decide(inquiry, standing=standing, today=today).reasons
    assert reasons == ("authorisation_expired",)
