"""What a second look cannot become: another opinion of the first, an act past the database, a hint of the person."""

import json
import re
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from guardian.shortcuts import assign_perm

from access.models import (
    Contest,
    ContestVote,
    ReviewVote,
    User,
)
from tests.integration.access.conftest import (
    RECORDED,
    UNRECORDED,
    broken_log,
    page_of,
    signed_in,
    statements,
)
from tests.integration.access.contesting import (  # noqa: F401 - fixtures
    GROUNDS,
    OFFICERS,
    UPHOLD,
    assigned,
    contest,
    decide,
    fixture_bureau,
    fixture_denied,
    fixture_made,
    log,
    refused,
    vote,
)
from tests.integration.access.reviewing import (  # noqa: F401 - fixtures
    fixture_carrier,
    fixture_driver,
    fixture_manager,
    officer,
)


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
