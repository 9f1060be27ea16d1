"""Who may vote on an inquiry and who may not, by the program and by the database."""

from typing import Any

import pytest
from guardian.shortcuts import assign_perm, remove_perm

from access import standing
from access.models import Inquiry, ReviewVote, Unit, User
from access.roles import Role, grant
from tests.integration.access.conftest import (
    RECORDED,
    signed_in,
)
from tests.integration.access.reviewing import (  # noqa: F401 - fixtures
    ASK,
    PERMIT,
    REFUSE,
    acts,
    assigned,
    decide,
    fixture_bureau,
    fixture_carrier,
    fixture_driver,
    fixture_inquiry,
    fixture_manager,
    not_assigned,
    officer,
    vote,
)


def insert(voter: User, inquiry: Inquiry, **changes: Any) -> None:
    """Write a vote past the pages, as the site's own role."""
    unit = voter.unit.code if voter.unit else ""
    fields = {
        "round": 1,
        "vote": "permit",
        "reasons": ["ground_shown"],
        "text": "一",
        "scope": None,
    }
    named = {"officer_number": voter.number, "officer_unit": unit}
    ReviewVote.objects.create(inquiry=inquiry, officer=voter, **fields | named | changes)


def of_the_unit(inquiry):
    """A reviewing officer of the asking unit, with the object permission."""
    made = officer("R9", inquiry.unit)
    assign_perm(standing.REVIEW_INQUIRY, made, inquiry)
    return made


def official(inquiry):
    """An official of the inquiry who moved to another unit, became a reviewing officer, with the permission."""
    made = User.objects.get(number="E5")
    made.unit = Unit.objects.get(code="B1")
    made.save()
    grant(user=made, role=Role.REVIEWING_OFFICER, by="test")
    assign_perm(standing.REVIEW_INQUIRY, made, inquiry)
    return made


def by_role_only(inquiry):
    """A reviewing officer whose whole role was given the permission: a group's permission is no assignment."""
    from django.contrib.auth.models import Group

    made = not_assigned(inquiry)
    assign_perm(standing.REVIEW_INQUIRY, Group.objects.get(name="reviewing_officer"), inquiry)
    assign_perm(standing.REVIEW_INQUIRY, made)
    return made


def without_role(inquiry):
    """An account with the permission and no role."""
    made = User.objects.create_user("R9", unit=Unit.objects.get(code="B1"))
    assign_perm(standing.REVIEW_INQUIRY, made, inquiry)
    return made


def superuser(inquiry):
    """A superuser with the permission."""
    made = User.objects.create_superuser("R9")
    assign_perm(standing.REVIEW_INQUIRY, made, inquiry)
    return made


def closed_account(inquiry):
    """An assigned officer whose account was closed."""
    made = assigned(inquiry)[0]
    User.objects.filter(pk=made.pk).update(is_active=False)
    return made


def unassigned(inquiry):
    """An officer whose assignment was taken away."""
    made = assigned(inquiry)[0]
    remove_perm(standing.REVIEW_INQUIRY, made, inquiry)
    return made


STRANGERS = [
    of_the_unit,
    official,
    not_assigned,
    by_role_only,
    without_role,
    superuser,
    closed_account,
    unassigned,
]


@pytest.mark.parametrize("somebody", STRANGERS)
def test_nobody_else_votes_or_looks(inquiry, somebody):
    made = somebody(inquiry)
    client = signed_in(made)
    for path in ("", "vote/", "name/"):
        send = client.post if path else client.get
        response = send(f"/reviews/{inquiry.receipt}/{path}", PERMIT | {"reason": "compare_letter"})
        assert response.status_code in (302, 403, 404)
        assert RECORDED[1] not in response.content.decode()
    assert not ReviewVote.objects.exists()
    assert "name_shown" not in acts()


@pytest.mark.parametrize("somebody", STRANGERS)
def test_the_database_refuses_their_vote_whatever_the_program_says(inquiry, somebody):
    made = somebody(inquiry)
    with pytest.raises(Exception, match="refused: "):
        insert(made, inquiry)
    assert not ReviewVote.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [{"officer_number": "R9"}, {"officer_unit": "B9"}, {"round": 2}, {"round": 0}],
)
def test_the_database_refuses_a_vote_in_another_name_or_round(inquiry, changes):
    with pytest.raises(Exception, match="refused: "):
        insert(assigned(inquiry)[0], inquiry, **changes)


def test_nobody_votes_twice(inquiry):
    voter = assigned(inquiry)[0]
    assert vote(voter, inquiry, PERMIT).status_code == 302
    assert vote(voter, inquiry, REFUSE).status_code == 409
    with pytest.raises(Exception, match="one_vote_an_officer_and_round"):
        insert(voter, inquiry)
    assert ReviewVote.objects.get().vote == "permit"


def test_no_vote_after_the_decision_or_while_the_unit_is_asked(inquiry):
    third = not_assigned(inquiry)
    decide(inquiry, ASK, ASK)
    assign_perm(standing.REVIEW_INQUIRY, third, inquiry)
    for round_ in (1, 2):
        with pytest.raises(Exception, match="refused: the round is not open"):
            insert(third, inquiry, round=round_)


def test_no_vote_after_the_decision(inquiry):
    third = not_assigned(inquiry)
    decide(inquiry, PERMIT, PERMIT)
    assign_perm(standing.REVIEW_INQUIRY, third, inquiry)
    assert vote(third, inquiry, REFUSE).status_code == 404
    with pytest.raises(Exception, match="refused: the inquiry is not under review"):
        insert(third, inquiry)


@pytest.mark.parametrize("ballots", [(), (PERMIT,), (REFUSE,)])
def test_one_opinion_decides_nothing_even_in_the_database(inquiry, app_connection, ballots):
    decide(inquiry, *ballots)
    for status in ("granted", "denied", "received"):
        with pytest.raises(Exception, match="refused: two reviewers decide"):
            app_connection.execute("UPDATE access_inquiry SET status = %s, scope = NULL", [status])


def test_a_grant_against_the_votes_is_refused_by_the_database(inquiry, app_connection):
    decide(inquiry, PERMIT, REFUSE)
    with pytest.raises(Exception, match="refused: two reviewers decide"):
        app_connection.execute("UPDATE access_inquiry SET status = 'granted'")


@pytest.mark.parametrize("role", ["app", "owner", "bootstrap"])
def test_what_was_said_is_not_changed_or_removed(manager, inquiry, connect, role):
    decide(inquiry, ASK, ASK)
    manager.post(f"/inquiries/{inquiry.receipt}/reply/", {"text": "一"})
    signed_in_as = connect(role)
    for table in ("access_reviewvote", "access_reviewquestion", "access_reviewreply"):
        for act in ("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
            with pytest.raises(Exception, match=r"refused|permission denied|sealing"):
                signed_in_as.execute(act.format(table))
