"""The statute's table: for each ground one inquiry that passes, and those that just miss."""

import dataclasses
import inspect
import itertools
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import pytest

from access import policy
from access.facts import AuthorisationFacts, CaseFacts, InquiryFacts, LetterFacts, UnitStanding
from access.policy import REASON_ORDER, Outcome, Reason, decide
from access.provisions import Route, all_provisions, provision

DAY = timedelta(days=1)
USABLE = [found.id for found in all_provisions() if found.decided_by is not Route.REFUSED]
REFUSED = [found.id for found in all_provisions() if found.decided_by is Route.REFUSED]


def held(standing, **changes):
    """The standing with its one authorisation changed."""
    return replace(standing, authorisations=(replace(standing.authorisations[0], **changes),))


# Each provision: one that passes, and those that just miss.


@pytest.mark.parametrize("id", USABLE)
def test_each_entitled_kind_of_unit_passes(id, asking, today):
    found = provision(id)
    expected = Outcome.GRANTED if found.decided_by is Route.AUTOMATIC else Outcome.UNDER_REVIEW
    for kind in found.unit_kinds:
        inquiry, standing = asking(id, kind=kind)
        decision = decide(inquiry, standing=standing, today=today)
        assert (decision.outcome, decision.reasons) == (expected, ())
        assert (decision.exception, decision.provision) == ("state_regulation", id)
        assert decision.scope.matters == found.matters
        assert decision.scope.shape is found.shape
        assert decision.scope.look_back_years == found.look_back_years
        assert decision.scope.threshold == found.threshold


@pytest.mark.parametrize("id", USABLE)
def test_another_kind_of_unit_has_no_right_to_inquire(id, asking, today):
    inquiry, standing = asking(id, kind="other")
    decision = decide(inquiry, standing=standing, today=today)
    assert decision.outcome is Outcome.DENIED
    assert decision.reasons == ("no_right_to_inquire",)
    assert decision.scope is None


@pytest.mark.parametrize("id", [id for id in USABLE if provision(id).in_force_from])
def test_the_day_before_a_provision_is_in_force_it_is_no_ground(id, asking):
    inquiry, standing = asking(id)
    day = provision(id).in_force_from
    inquiry = replace(inquiry, letter=LetterFacts("函1号", day - DAY))
    standing = held(standing, valid_from=day - DAY, valid_to=day)
    assert decide(inquiry, standing=standing, today=day).outcome is not Outcome.DENIED
    reasons = decide(inquiry, standing=standing, today=day - DAY).reasons
    assert reasons == ("provision_not_in_force",)


def test_the_day_after_a_provision_ends_it_is_no_ground(asking, today, monkeypatch):
    inquiry, standing = asking("SCHOOLBUS-23")
    ending = replace(provision("SCHOOLBUS-23"), in_force_to=today)
    monkeypatch.setattr(policy, "provision", lambda id: ending)
    assert decide(inquiry, standing=standing, today=today).outcome is Outcome.GRANTED
    reasons = decide(inquiry, standing=standing, today=today + DAY).reasons
    assert reasons == ("provision_not_in_force",)


@pytest.mark.parametrize("id", REFUSED)
def test_a_refused_provision_gives_nobody_a_query(id, asking, today):
    inquiry, standing = asking(id, kind="public_security")
    reasons = decide(inquiry, standing=standing, today=today).reasons
    state = provision(id).is_state_regulation
    assert reasons == (("no_right_to_inquire",) if state else ("not_state_regulation",))


def test_a_refused_provision_stays_refused_when_a_kind_of_unit_is_listed(
    asking, today, monkeypatch
):
    inquiry, standing = asking("LAWYER-7", kind="other")
    listed = replace(provision("LAWYER-7"), unit_kinds=frozenset({"other"}))
    monkeypatch.setattr(policy, "provision", lambda id: listed)
    reasons = decide(inquiry, standing=standing, today=today).reasons
    assert reasons == ("no_right_to_inquire",)


@pytest.mark.parametrize("id", ["NO-SUCH-1", "minors-62", "", None])
def test_no_such_provision(id, asking, today):
    inquiry, standing = asking("MINORS-62")
    decision = decide(replace(inquiry, provision=id), standing=standing, today=today)
    assert decision.reasons == ("provision_unknown", "unit_not_authorised")
    assert decision.provision is None


def test_the_name_of_the_other_exception_is_no_provision(asking, today):
    inquiry, standing = asking("case_handling")
    inquiry = replace(inquiry, exception="state_regulation", provision="case_handling", post="教师")
    reasons = decide(inquiry, standing=standing, today=today).reasons
    assert reasons == ("provision_unknown", "unit_not_authorised")


# Case handling.


def case_inquiry(asking, kind, case):
    return asking("case_handling", kind=kind, case=case)


@pytest.mark.parametrize(
    ("kind", "case", "outcome", "reasons"),
    [
        ("court", CaseFacts("criminal", "A1"), "granted", ()),
        ("court", CaseFacts("civil", "A1"), "under_review", ()),
        ("court", CaseFacts("supervision", "A1"), "denied", ("case_not_covered",)),
        ("court", CaseFacts("traffic", "A1"), "denied", ("case_not_covered",)),
        ("court", CaseFacts("", "A1"), "denied", ("case_not_covered",)),
        ("court", CaseFacts("criminal", ""), "denied", ("case_missing",)),
        ("court", CaseFacts("criminal", " \u3000"), "denied", ("case_missing",)),
        ("court", CaseFacts("supervision", ""), "denied", ("case_missing", "case_not_covered")),
        ("court", CaseFacts("", ""), "denied", ("case_missing",)),
        ("court", None, "denied", ("case_missing",)),
        ("school", CaseFacts("criminal", "A1"), "denied", ("not_a_state_organ",)),
        ("school", CaseFacts("traffic", ""), "denied", ("not_a_state_organ", "case_missing")),
        ("school", None, "denied", ("not_a_state_organ", "case_missing")),
    ],
)
def test_a_state_organ_asks_for_a_case_it_handles(kind, case, outcome, reasons, asking, today):
    inquiry, standing = case_inquiry(asking, kind, case)
    decision = decide(inquiry, standing=standing, today=today)
    assert (decision.outcome, decision.reasons) == (outcome, reasons)
    assert decision.exception == "case_handling"


def test_a_case_opens_the_decisions_without_limit_of_time(asking, today):
    inquiry, standing = asking("case_handling")
    scope = decide(inquiry, standing=standing, today=today).scope
    assert (scope.shape, scope.matters, scope.look_back_years) == ("decision", None, None)
    assert scope.case_kind == "criminal"


def test_the_aggravation_check_opens_one_year_of_lines(asking, today):
    case = CaseFacts("public_security", "A1", check="aggravation")
    inquiry, standing = case_inquiry(asking, "public_security", case)
    decision = decide(inquiry, standing=standing, today=today)
    assert decision.outcome is Outcome.GRANTED
    assert (decision.scope.shape, decision.scope.look_back_years) == ("lines", 1)


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        ("state_security", CaseFacts("public_security", "A1", check="aggravation")),
        ("public_security", CaseFacts("criminal", "A1", check="aggravation")),
        ("public_security", CaseFacts("public_security", "A1", check="curiosity")),
    ],
)
def test_no_other_check_is_covered(kind, case, asking, today):
    inquiry, standing = case_inquiry(asking, kind, case)
    reasons = decide(inquiry, standing=standing, today=today).reasons
    assert reasons == ("case_not_covered",)


def test_only_the_chosen_exception_counts(asking, today):
    inquiry, standing = asking("MINORS-62", case=CaseFacts("criminal", "A1"))
    decision = decide(inquiry, standing=standing, today=today)
    assert (decision.outcome, decision.scope.shape) == ("granted", "yes_no")
    inquiry, standing = asking("case_handling", provision="NO-SUCH-1")
    decision = decide(inquiry, standing=standing, today=today)
    assert (decision.outcome, decision.provision) == ("granted", None)


@pytest.mark.parametrize("exception", ["", "emergency", "CASE_HANDLING", None])
def test_there_is_no_third_exception(exception, asking, today):
    inquiry, standing = asking("MINORS-62", exception=exception)
    decision = decide(inquiry, standing=standing, today=today)
    assert decision.outcome is Outcome.DENIED
    assert decision.reasons == ("unit_not_authorised",)
    assert decision.exception is None


# Authority: authorisations and officials.


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


# Form.


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


# Budget.


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


# All reasons that apply, in one order.

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


# Decided blind, and denied when deciding fails.


def test_a_decision_has_no_way_to_a_person_or_a_record():
    assert list(inspect.signature(decide).parameters) == ["inquiry", "standing", "today"]
    assert {field.name for field in dataclasses.fields(InquiryFacts)} == {
        "exception",
        "provision",
        "purpose",
        "post",
        "case",
        "officials",
        "letter",
        "undertaking",
    }


@pytest.mark.parametrize("changes", [{"officials": None}, {"letter": "函1号"}, {"purpose": 5}])
def test_a_failure_while_deciding_is_a_denial(changes, asking, today):
    inquiry, standing = asking("MINORS-62", **changes)
    decision = decide(inquiry, standing=standing, today=today)
    assert decision.outcome is Outcome.DENIED
    assert decision.reasons == (Reason.UNIT_NOT_AUTHORISED,)
    assert decision.scope is None
    assert decision.failure in {"TypeError", "AttributeError"}


def test_a_provision_without_a_route_is_not_granted(asking, today, monkeypatch):
    inquiry, standing = asking("MINORS-62")
    monkeypatch.setattr(policy, "_reasons", lambda *facts: iter(()))
    monkeypatch.setattr(policy, "provision", lambda id: provision("LAWYER-7"))
    decision = decide(inquiry, standing=standing, today=today)
    assert (decision.outcome, decision.failure) == ("denied", "KeyError")
