"""A denial that a unit contests, for the tests of the second look."""

import json
from typing import Any

import pytest

from access import reviewers
from access.models import (
    Contest,
    ContestVote,
    Inquiry,
    Unit,
    User,
)
from access.roles import Role
from sealing.models import AuditEntry
from tests.integration.access.conftest import (
    ask,
    signed_in,
)
from tests.integration.access.reviewing import officer

OFFICERS = ("R1", "R2", "R3", "R4", "R5", "R6")
FIRST_REFUSAL = {"vote": "refuse", "reasons": ["not_necessary"], "text": "样例说明"}
UPHOLD = {"vote": "refuse", "reasons": ["reasons_hold"], "text": "样例说明"}
GROUNDS = "样例异议理由：岗位属于规定范围"


@pytest.fixture(name="bureau")
def fixture_bureau(db):
    bureau = Unit.objects.create(code="B1", kind="public_security", name="样例局")
    for number in OFFICERS:
        officer(number, bureau)
    return bureau


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
