"""A denial is contested once, in time, by its own unit; two others look again, blind; what the law refuses stays refused."""

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm

from access import authorisations, contest_officers, contests, lookups, reviewers
from access.models import (
    Authorisation,
    Contest,
    ContestVote,
    HolidayYear,
    Inquiry,
    ReviewVote,
    Unit,
    User,
)
from access.roles import Role, grant
from sealing.models import AuditEntry
from tests.integration.access.conftest import (
    RECORDED,
    UNRECORDED,
    ask,
    broken_log,
    make_unit,
    page_of,
    signed_in,
    statements,
)

OFFICERS = ("R1", "R2", "R3", "R4", "R5", "R6")
FIRST_REFUSAL = {"vote": "refuse", "reasons": ["not_necessary"], "text": "样例说明"}
SET_ASIDE = {"vote": "permit", "reasons": ["shown_since"], "text": "样例说明"}
UPHOLD = {"vote": "refuse", "reasons": ["reasons_hold"], "text": "样例说明"}
LESS = {
    "vote": "permit_narrower",
    "reasons": ["shorter_period_suffices"],
    "text": "样例说明",
    "look_back_years": "3",
}
GROUNDS = "样例异议理由：岗位属于规定范围"


@pytest.fixture(name="bureau")
def fixture_bureau(db):
    bureau = Unit.objects.create(code="B1", kind="public_security", name="样例局")
    for number in OFFICERS:
        officer(number, bureau)
    return bureau


def officer(number: str, unit: Unit | None = None) -> User:
    """Make a reviewing officer."""
    made = User.objects.create_user(number, unit=unit)
    grant(user=made, role=Role.REVIEWING_OFFICER, by="test")
    return made


@pytest.fixture(name="carrier")
def fixture_carrier(db):
    return make_unit("T1", "public_transport_operator", "TRANSIT-31", "E4", "E5")


@pytest.fixture(name="driver")
def fixture_driver(carrier, stated):
    """The fields of a faultless inquiry of the carrier, which goes to review."""
    return stated(provision="TRANSIT-31", official_1="E4", official_2="E5", post="驾驶员")


@pytest.fixture(name="manager")
def fixture_manager(carrier):
    return signed_in(User.objects.get(number="E4"))


def refused(manager: Any, fields: dict[str, str]) -> Inquiry:
    """Return an inquiry that two officers refused."""
    found = ask(manager, fields)
    for voter in reviewers.assigned_to([found])[found.pk]:
        signed_in(voter).post(f"/reviews/{found.receipt}/vote/", FIRST_REFUSAL)
    found.refresh_from_db()
    assert found.reasons == ["refused_on_review"]
    return found


@pytest.fixture(name="denied")
def fixture_denied(bureau, manager, driver):
    return refused(manager, driver)


@pytest.fixture(name="made")
def fixture_made(manager, denied):
    return contest(manager, denied)


def contest(client: Any, inquiry: Inquiry) -> Contest:
    response = client.post(f"/inquiries/{inquiry.receipt}/contest/", {"grounds": GROUNDS})
    assert (response.status_code, response["Location"]) == (302, f"/inquiries/{inquiry.receipt}/")
    return Contest.objects.get(inquiry=inquiry)


def assigned(made: Contest) -> list[User]:
    found = User.objects.filter(groups__name=Role.REVIEWING_OFFICER)
    return [u for u in found.order_by("pk") if u.has_perm("access.review_contest", made)]


def vote(user: User, made: Contest, ballot: dict[str, Any]) -> Any:
    return signed_in(user).post(f"/reviews/contests/{made.inquiry.receipt}/vote/", ballot)


def decide(made: Contest, *ballots: dict[str, Any]) -> Contest:
    """Have the officers vote, each as soon as he is assigned."""
    for ballot in ballots:
        done = set(ContestVote.objects.filter(contest=made).values_list("officer", flat=True))
        voter = next(user for user in assigned(made) if user.pk not in done)
        response = vote(voter, made, ballot)
        assert (response.status_code, response["Location"]) == (302, "/reviews/voted/")
    made.refresh_from_db()
    made.inquiry.refresh_from_db()
    return made


def log() -> list[tuple[AuditEntry, dict[str, Any]]]:
    found = AuditEntry.objects.using("audit").filter(kind="review").order_by("id")
    return [(entry, json.loads(bytes(entry.body))["details"]) for entry in found]


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


def test_the_same_officer_votes_once_and_the_first_ones_never(made, denied):
    voter = assigned(made)[0]
    assert vote(voter, made, UPHOLD).status_code == 302
    assert vote(voter, made, UPHOLD).status_code == 409
    for number in ReviewVote.objects.filter(inquiry=denied).values_list(
        "officer_number", flat=True
    ):
        first = User.objects.get(number=number)
        assert vote(first, made, UPHOLD).status_code == 404
        assign_perm("access.review_contest", first, made)
        assert vote(first, made, UPHOLD).status_code == 404
    assert ContestVote.objects.count() == 1


def ballot_of(user: User, made: Contest, **changes: Any) -> ContestVote:
    fields = {
        "contest": made,
        "officer": user,
        "officer_number": user.number,
        "officer_unit": user.unit.code if user.unit else "",
        "vote": "permit",
        "reasons": ["shown_since"],
        "text": "样例",
    }
    return ContestVote(**fields | changes)


def test_the_database_refuses_their_vote_whatever_the_program_says(made, denied, carrier):
    able, other = assigned(made)
    ballot_of(able, made).save(force_insert=True)
    first = ReviewVote.objects.filter(inquiry=denied).first().officer
    own, high = officer("R8", carrier), User.objects.create_user("R9")
    for user in (first, own, high):
        assign_perm("access.review_contest", user, made)
    User.objects.filter(pk=high.pk).update(is_superuser=True)
    idle = next(
        u for u in User.objects.filter(number__in=OFFICERS) if u not in (able, other, first)
    )
    attacks = [
        ballot_of(able, made),
        ballot_of(first, made),
        ballot_of(own, made),
        ballot_of(high, made),
        ballot_of(idle, made),
        ballot_of(other, made, officer_number="R9"),
    ]
    for ballot in attacks:
        with pytest.raises(DatabaseError):
            ballot.save(force_insert=True)
    other.groups.clear()
    with pytest.raises(DatabaseError, match="only reviewing officers"):
        ballot_of(other, made).save(force_insert=True)
    assert ContestVote.objects.get().officer == able


ACTS = (
    "UPDATE access_inquiry SET status = 'granted' WHERE status = 'denied'",
    "UPDATE access_inquiry SET status = 'under_review' WHERE status = 'denied'",
    "UPDATE access_contest SET state = 'set_aside'",
    "UPDATE access_contest SET state = 'upheld'",
    "UPDATE access_contest SET made_on = made_on + 30",
    "UPDATE access_contestvote SET vote = 'permit'",
    "DELETE FROM access_contestvote",
    "DELETE FROM access_contest",
    "TRUNCATE access_contestvote, access_contest",
)


def test_one_opinion_sets_nothing_aside_even_in_the_database(made, superuser_connection):
    decide(made, UPHOLD)
    for act in ACTS:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as sql:
            sql.execute(act)
        with pytest.raises(Exception, match="refused"):
            superuser_connection.execute(act)
    made.refresh_from_db()
    assert (made.state, made.inquiry.status) == ("open", "denied")
    assert ContestVote.objects.get().vote == "refuse"


def test_a_contest_that_cannot_be_entered_does_not_happen(manager, denied):
    with broken_log():
        answer = manager.post(f"/inquiries/{denied.receipt}/contest/", {"grounds": GROUNDS})
    assert answer.status_code == 503
    assert not Contest.objects.exists()
    made = contest(manager, denied)
    voter = assigned(made)[0]
    with broken_log():
        assert vote(voter, made, UPHOLD).status_code == 503
    assert not ContestVote.objects.exists()


def test_no_officer_sees_the_person_or_the_other_vote(made):
    first, second = assigned(made)
    address = f"/reviews/contests/{made.inquiry.receipt}/"
    before = without_form_tokens(signed_in(second).get(address).content.decode())
    vote(first, made, UPHOLD)
    after = without_form_tokens(signed_in(second).get(address).content.decode())
    assert before == after
    assert RECORDED[0] not in after
    assert RECORDED[1] not in after
    assert GROUNDS in after


def without_form_tokens(page: str) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', r'\1=""', page)


def test_a_contest_is_the_same_bytes_and_statements_for_recorded_and_unrecorded(
    bureau, manager, driver, record
):
    seen = []
    for person in (RECORDED, UNRECORDED):
        fields = driver | {"id_number": person[0], "name": person[1]}
        denied = refused(manager, fields)
        with statements() as sent:
            made = contest(manager, denied)
            pages = [page_of(manager, denied)]
            voters = assigned(made)
            pages.append(
                signed_in(voters[0]).get(f"/reviews/contests/{denied.receipt}/").content.decode()
            )
            decide(made, UPHOLD, UPHOLD)
            pages.append(page_of(manager, denied))
        assert not any("registry_violationrecord" in statement for statement in sent)
        said = [without_form_tokens(page).replace(denied.receipt, "") for page in pages]
        number = re.compile(r"R\d ·")
        seen.append((number.sub("R ·", "".join(said)), len(sent)))
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] == seen[1][1]


def test_grounds_are_sealed(made, superuser_connection):
    rows = superuser_connection.execute("SELECT grounds FROM access_contest").fetchall()
    assert GROUNDS.encode() not in bytes(rows[0][0])
    assert GROUNDS not in json.dumps([details for _, details in log()], ensure_ascii=False)
