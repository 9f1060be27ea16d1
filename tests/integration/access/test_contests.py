"""A denial is contested and looked at by others than the first."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from access import authorisations, contest_officers, contests, jobs, lookups
from access.models import (
    Authorisation,
    Contest,
    ContestVote,
    HolidayYear,
    Inquiry,
    ReviewVote,
    User,
)
from access.roles import Role, grant
from sealing import receipt
from sealing.receipts import public_keys
from tests.integration.access.conftest import (
    ask,
    page_of,
    signed_in,
)
from tests.integration.access.contesting import (  # noqa: F401 - fixtures
    GROUNDS,
    UPHOLD,
    assigned,
    contest,
    decide,
    fixture_bureau,
    fixture_denied,
    fixture_made,
    log,
    vote,
)
from tests.integration.access.reviewing import (  # noqa: F401 - fixtures
    fixture_carrier,
    fixture_driver,
    fixture_manager,
)

SET_ASIDE = {"vote": "permit", "reasons": ["shown_since"], "text": "样例说明"}
LESS = {
    "vote": "permit_narrower",
    "reasons": ["shorter_period_suffices"],
    "text": "样例说明",
    "look_back_years": "3",
}


def test_the_unit_sees_until_when_and_contests_once(manager, denied):
    page = page_of(manager, denied)
    term = contests.term_to_contest(denied)
    assert term is not None
    assert f"until {term.on.isoformat()}" in page
    made = contest(manager, denied)
    page = page_of(manager, denied)
    assert GROUNDS in page
    assert "Being looked at a second time" in page
    assert 'name="grounds"' not in page
    again = manager.post(f"/inquiries/{denied.receipt}/contest/", {"grounds": "again"})
    assert again.status_code == 409
    assert Contest.objects.get() == made


def test_without_grounds_there_is_no_contest(manager, denied):
    answer = manager.post(f"/inquiries/{denied.receipt}/contest/", {"grounds": " "})
    assert "Say why the denial is wrong" in answer.content.decode()
    assert not Contest.objects.exists()


def test_ten_working_days_to_contest_and_five_to_look(denied, manager):
    """The national holiday of 2026 lies between; the calendar says so."""
    HolidayYear.objects.filter(year=2026).update(
        announced=True, days_off=[date(2026, 10, day) for day in (1, 2, 5, 6, 7)], days_worked=[]
    )
    at = timezone.make_aware(timezone.datetime(2026, 9, 25, 12))
    denied.decided_at = at
    assert contests.term_to_contest(denied).on == date(2026, 10, 16)
    made = Contest(inquiry=denied, made_on=date(2026, 9, 25))
    assert contest_officers.clock(made, today=date(2026, 10, 8)).due.on == date(2026, 10, 9)
    assert not contest_officers.clock(made, today=date(2026, 10, 9)).overdue
    assert contest_officers.clock(made, today=date(2026, 10, 10)).overdue


@pytest.mark.parametrize(("days", "status"), [(10, 302), (40, 409)])
def test_after_the_term_nothing_is_contested(manager, denied, days, status):
    Inquiry.objects.filter(pk=denied.pk).update(decided_at=timezone.now() - timedelta(days=days))
    response = manager.post(f"/inquiries/{denied.receipt}/contest/", {"grounds": GROUNDS})
    assert response.status_code == status
    assert Contest.objects.exists() is (status == 302)
    if status == 409:
        assert "could be contested here until" in page_of(manager, denied)
        assert 'name="grounds"' not in page_of(manager, denied)


def test_another_unit_contests_nothing(denied, asker, school):
    response = asker.post(f"/inquiries/{denied.receipt}/contest/", {"grounds": GROUNDS})
    assert response.status_code == 404
    with pytest.raises(DatabaseError, match="the asking unit"):
        Contest.objects.create(
            inquiry=denied,
            made_by=User.objects.get(number="E1"),
            made_on=timezone.localdate(),
            grounds=GROUNDS,
            denied_at=denied.decided_at,
            denied_for=denied.reasons,
        )
    assert not Contest.objects.exists()


def test_what_was_granted_is_not_contested(asker, stated):
    granted = ask(asker, stated())
    response = asker.post(f"/inquiries/{granted.receipt}/contest/", {"grounds": GROUNDS})
    assert response.status_code == 409
    assert "contest" not in page_of(asker, granted).lower()


def test_two_others_than_the_first_are_assigned(made, denied):
    first = set(ReviewVote.objects.filter(inquiry=denied).values_list("officer", flat=True))
    chosen = assigned(made)
    assert len(chosen) == 2
    assert not first & {user.pk for user in chosen}
    acts = [(details["act"], details.get("second_look")) for _, details in log()[-3:]]
    assert acts == [("contested", None), ("assigned", True), ("assigned", True)]


def test_where_nobody_else_is_left_it_waits_and_the_administrators_are_told(manager, denied):
    first = ReviewVote.objects.filter(inquiry=denied).values("officer")
    others = User.objects.filter(groups__name=Role.REVIEWING_OFFICER).exclude(pk__in=first)
    others.update(is_active=False)
    made = contest(manager, denied)
    assert assigned(made) == []
    assert contest_officers.too_few() == [(made, 2)]
    guard = User.objects.create_user("G1")
    grant(user=guard, role=Role.SECURITY_ADMINISTRATOR, by="test")
    page = signed_in(guard).get("/admin/reviewers/").content.decode()
    assert "2 reviewers are missing" in page
    others.update(is_active=True)
    signed_in(guard).post("/admin/reviewers/assign/")
    assert contest_officers.too_few() == []


def test_the_job_gives_it_to_those_who_have_become_free(made):
    closed = assigned(made)
    User.objects.filter(pk__in=[officer.pk for officer in closed]).update(is_active=False)
    assert contest_officers.too_few() == [(made, 2)]
    jobs.staff_reviews(timestamp=0)
    assert contest_officers.too_few() == []
    assert set(assigned(made)).isdisjoint(closed)


def test_an_open_second_look_is_given_to_another_and_a_cast_one_is_not(made):
    guard = User.objects.create_user("S9")
    grant(user=guard, role=Role.SECURITY_ADMINISTRATOR, by="test")
    client, path = signed_in(guard), f"/admin/reviewers/{made.inquiry.receipt}/reassign/"
    absent, stays = assigned(made)
    vote(stays, made, UPHOLD)
    for officer, cause in ((stays, "absent"), (absent, "overdue"), (absent, "favour")):
        client.post(path, {"officer": officer.number, "cause": cause})
    assert assigned(made) == [absent, stays]
    page = client.get("/admin/reviewers/").content.decode()
    assert f"{stays.number}: has voted" in page
    client.post(path, {"officer": absent.number, "cause": "absent"})
    (chosen,) = set(assigned(made)) - {stays}
    assert chosen != absent
    assert signed_in(absent).get(f"/reviews/contests/{made.inquiry.receipt}/").status_code == 404
    (_entry, taken), (entry, given) = log()[-2:]
    assert (taken["act"], taken["reviewer"], taken["cause"]) == (
        *("unassigned", absent.number, "absent"),
    )
    assert (entry.official, given["act"], given["reviewer"]) == (
        *("S9", "assigned", chosen.number),
    )
    assert taken["second_look"]
    assert given["second_look"]


@pytest.mark.parametrize(
    ("ballots", "state"),
    [
        ((SET_ASIDE, SET_ASIDE), "set_aside"),
        ((UPHOLD, UPHOLD), "upheld"),
        ((SET_ASIDE, UPHOLD, SET_ASIDE), "set_aside"),
        ((UPHOLD, SET_ASIDE, UPHOLD), "upheld"),
    ],
)
def test_votes_decide_and_the_entry_names_the_first_decision(made, manager, ballots, state):
    denied_at = made.denied_at
    decide(made, *ballots)
    inquiry = made.inquiry
    assert made.state == state
    assert inquiry.status == ("granted" if state == "set_aside" else "denied")
    assert (inquiry.expires_at is not None) == (state == "set_aside")
    entry, details = log()[-1]
    assert (entry.outcome, details["act"], details["contest"]) == (
        inquiry.status,
        "decided_again",
        state,
    )
    assert details["denied_for"] == ["refused_on_review"]
    assert details["denied_on_review"] == ["not_necessary"]
    assert details["denied_at"] == denied_at.isoformat()
    page = page_of(manager, inquiry)
    told = "The denial was set aside" if state == "set_aside" else "The denial was upheld"
    assert told in page
    assert ("View answer" in page) is (state == "set_aside")


@pytest.mark.parametrize(("ballot", "outcome"), [(SET_ASIDE, "granted"), (UPHOLD, "denied")])
def test_the_signed_receipt_is_that_of_the_decision_which_holds(made, manager, ballot, outcome):
    of_denial = made.inquiry.proof
    decide(made, ballot, ballot)
    proof = manager.get(f"/inquiries/{made.inquiry.receipt}/proof/").json()
    [key] = public_keys()
    receipt.check(proof, public_key=receipt.read_key(key["public_key"]))
    assert proof["outcome"] == outcome
    entry, _details = log()[-1]
    assert (proof["entry"] == str(entry.pk)) is (outcome == "granted")
    assert (proof == of_denial) is (outcome == "denied")


def test_a_denial_set_aside_opens_an_answer_of_what_both_permit(made, record):
    ground = contests.decided_anew(made.inquiry).scope
    decide(made, SET_ASIDE, LESS | {"shape": ground.shape.value, "matters": list(ground.matters)})
    assert made.inquiry.scope["look_back_years"] == 3
    disclosed = lookups.look_up(inquiry=made.inquiry, by=User.objects.get(number="E4"))
    assert disclosed.answer is not None


def test_what_the_law_refuses_can_only_be_upheld(bureau, asker, stated):
    """A school holds no right under the drivers' provision, whatever two officers think."""
    denied = ask(asker, stated(provision="TRANSIT-31"))
    assert "no_right_to_inquire" in denied.reasons
    made = contest(asker, denied)
    voter = assigned(made)[0]
    page = signed_in(voter).get(f"/reviews/contests/{denied.receipt}/").content.decode()
    assert "can only be upheld" in page
    assert "?vote=permit" not in page
    assert vote(voter, made, SET_ASIDE).status_code == 409
    assert not ContestVote.objects.exists()
    decide(made, UPHOLD, UPHOLD)
    assert (made.state, made.inquiry.status) == ("upheld", "denied")


def test_a_formal_denial_is_set_aside_when_the_facts_are_right_today(bureau, asker, stated, school):
    """The third official was not named; since then an authorisation names him."""
    held = Authorisation.objects.get(unit=school)
    authorisations.load(
        unit=school,
        ground="MINORS-62",
        valid_from=held.valid_from,
        valid_to=held.valid_to,
        officials=User.objects.filter(number="E1"),
        by="test",
        kept=held,
    )
    denied = ask(asker, stated())
    assert denied.reasons == ["official_not_named"]
    made = contest(asker, denied)
    assert vote(assigned(made)[0], made, SET_ASIDE).status_code == 409
    authorisations.load(
        unit=school,
        ground="MINORS-62",
        valid_from=held.valid_from,
        valid_to=held.valid_to,
        officials=User.objects.filter(unit=school),
        by="test",
        kept=held,
    )
    decide(made, SET_ASIDE, SET_ASIDE)
    assert (made.state, made.inquiry.status) == ("set_aside", "granted")


def test_an_authorisation_lost_between_two_votes_leaves_the_denial(made):
    decide(made, SET_ASIDE)
    held = Authorisation.objects.get(unit__code="T1")
    guard = User.objects.create_user("G1")
    grant(user=guard, role=Role.SECURITY_ADMINISTRATOR, by="test")
    authorisations.suspend(authorisation=held, by=guard)
    second = next(u for u in assigned(made) if not u.contest_votes.exists())
    assert vote(second, made, SET_ASIDE).status_code == 409
    decide(made, UPHOLD, UPHOLD)
    assert (made.state, made.inquiry.status) == ("upheld", "denied")
