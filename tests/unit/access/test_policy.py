"""The decision by ground: provisions that pass and those that just miss; cases; who is blind and what fails."""

import dataclasses
import inspect
from dataclasses import replace

import pytest

from access import policy
from access.facts import CaseFacts, InquiryFacts, LetterFacts
from access.policy import Outcome, Reason, decide
from access.provisions import Route, all_provisions, provision
from tests.unit.access.deciding import (
    DAY,
    held,
)

USABLE = [found.id for found in all_provisions() if found.decided_by is not Route.REFUSED]
REFUSED = [found.id for found in all_provisions() if found.decided_by is Route.REFUSED]


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
