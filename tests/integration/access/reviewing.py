"""An inquiry under review and the officers who vote on it, for the tests of reviews."""

import json
from typing import Any

import pytest

from access import reviewers
from access.models import Inquiry, ReviewVote, Unit, User
from access.roles import Role, grant
from sealing.models import AuditEntry
from tests.integration.access.conftest import (
    ask,
    make_unit,
    signed_in,
)

OFFICERS = ("R1", "R2", "R3")
PERMIT = {"vote": "permit", "reasons": ["ground_shown"], "text": "样例说明"}
REFUSE = {"vote": "refuse", "reasons": ["not_necessary"], "text": "样例说明"}
ASK = {"vote": "ask_for_more", "reasons": ["need_unclear"], "text": "请说明该岗位"}


def officer(number: str, unit: Unit | None = None) -> User:
    """Make a reviewing officer."""
    made = User.objects.create_user(number, unit=unit)
    grant(user=made, role=Role.REVIEWING_OFFICER, by="test")
    return made


@pytest.fixture(name="bureau")
def fixture_bureau(db):
    bureau = Unit.objects.create(code="B1", kind="public_security", name="样例局")
    for number in OFFICERS:
        officer(number, bureau)
    return bureau


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


@pytest.fixture(name="inquiry")
def fixture_inquiry(bureau, manager, driver):
    found = ask(manager, driver)
    assert found.status == "under_review"
    return found


def assigned(inquiry: Inquiry) -> list[User]:
    return reviewers.assigned_to([inquiry])[inquiry.pk]


def vote(user: User, inquiry: Inquiry, ballot: dict[str, Any]) -> Any:
    return signed_in(user).post(f"/reviews/{inquiry.receipt}/vote/", ballot)


def decide(inquiry: Inquiry, *ballots: dict[str, Any]) -> Inquiry:
    """Have the officers vote, each as soon as he is assigned."""
    for ballot in ballots:
        done = ReviewVote.objects.filter(inquiry=inquiry, round=reviewers.round_of(inquiry))
        voter = next(
            u for u in assigned(inquiry) if u.pk not in done.values_list("officer", flat=True)
        )
        response = vote(voter, inquiry, ballot)
        assert (response.status_code, response["Location"]) == (302, "/reviews/voted/")
    inquiry.refresh_from_db()
    return inquiry


def log(**of):
    return list(AuditEntry.objects.using("audit").filter(kind="review", **of).order_by("id"))


def acts():
    return [json.loads(bytes(entry.body))["details"]["act"] for entry in log()]


def not_assigned(inquiry):
    """A reviewing officer to whom the inquiry is not assigned."""
    return next(u for u in User.objects.filter(number__in=OFFICERS) if u not in assigned(inquiry))
