"""The security administrator's page on reviews, and the calendar of holidays: who is missing, who is absent, what is off."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from access import reviewers, standing
from access.models import HolidayYear, Inquiry, ReviewVote, Unit, User
from access.provisions import provision
from access.roles import Role, grant
from access.scopes import provision_scope
from sealing.models import AuditEntry

DESK = "/admin/reviewers/"
PERSON = ("上官受询", "110105194912310054")


@pytest.fixture
def inquiry(unit: Unit, account: Callable[..., User]) -> Inquiry:
    """Return an inquiry under review that nobody could be found for."""
    maker = account("E1", Role.INQUIRER, unit=unit)
    made = Inquiry.objects.create(
        unit=unit,
        made_by=maker,
        made_on=timezone.localdate(),
        officials=["E1", "E2"],
        undertaking=True,
        exception="state_regulation",
        provision="TRANSIT-31",
        purpose="聘用",
        post="驾驶员",
        case_number="",
        letter_number="函1号",
        id_type="resident_id",
        id_number=PERSON[1],
        name=PERSON[0],
        status="under_review",
        scope=provision_scope(provision("TRANSIT-31")).as_dict(),  # type: ignore[arg-type]
    )
    standing.let_see(made)
    return made


def officers(*numbers: str) -> None:
    """Make reviewing officers of another unit."""
    bureau, _new = Unit.objects.get_or_create(code="B1", name="样例局", kind="public_security")
    for number in numbers:
        made = User.objects.create_user(number, unit=bureau)
        grant(user=made, role=Role.REVIEWING_OFFICER, by="tests")


def numbers(inquiry: Inquiry) -> list[str]:
    return [user.number for user in reviewers.assigned_to([inquiry])[inquiry.pk]]


def text(client: Client, path: str = DESK) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_too_few_reviewers_are_told_to_the_security_administrator(
    security: Client, inquiry: Inquiry
) -> None:
    assert "1 inquiry under review has too few reviewers." in text(security, "/admin/")
    assert "2 reviewers are missing" in text(security)
    officers("R1")
    security.post(DESK + "assign/")
    assert "1 reviewer is missing" in text(security)
    officers("R2")
    assert "Every inquiry under review has its reviewers." in (
        security.post(DESK + "assign/", follow=True).content.decode()
    )
    assert sorted(numbers(inquiry)) == ["R1", "R2"]
    assert "too few reviewers" not in text(security, "/admin/")


def test_an_open_review_is_given_to_another_and_the_log_knows(
    security: Client, inquiry: Inquiry
) -> None:
    officers("R1", "R2", "R3")
    security.post(DESK + "assign/")
    absent, stays = numbers(inquiry)
    (free,) = {"R1", "R2", "R3"} - {absent, stays}
    path = f"{DESK}{inquiry.receipt}/reassign/"
    security.post(path, {"officer": absent, "cause": "absent"})
    assert sorted(numbers(inquiry)) == sorted([stays, free])
    entries = AuditEntry.objects.using("audit").filter(kind="review").order_by("id")
    said = [(e.official, json.loads(bytes(e.body))["details"]) for e in entries][-2:]
    by = "A-security_administrator"
    assert said == [
        (by, {"act": "unassigned", "reviewer": absent, "cause": "absent"}),
        (by, {"act": "assigned", "reviewer": free}),
    ]


def test_what_cannot_be_reassigned_stays(security: Client, inquiry: Inquiry) -> None:
    officers("R1", "R2", "R3")
    security.post(DESK + "assign/")
    first, second = reviewers.assigned_to([inquiry])[inquiry.pk]
    path = f"{DESK}{inquiry.receipt}/reassign/"
    for wrong in ({"cause": "overdue"}, {"cause": "favour"}, {"cause": ""}):
        security.post(path, {"officer": first.number} | wrong)
    ReviewVote.objects.create(
        inquiry=inquiry,
        round=1,
        officer=second,
        officer_number=second.number,
        officer_unit="B1",
        vote="permit",
        reasons=["ground_shown"],
        text="一",
    )
    security.post(path, {"officer": second.number, "cause": "absent"})
    assert numbers(inquiry) == [first.number, second.number]
    Inquiry.objects.update(made_on=timezone.localdate() - timedelta(days=30))
    page = text(security)
    assert "Overdue" in page
    assert "has voted" in page
    security.post(path, {"officer": first.number, "cause": "overdue"})
    assert first.number not in numbers(inquiry)


def test_nobody_is_taken_away_when_nobody_else_is_free(security: Client, inquiry: Inquiry) -> None:
    officers("R1", "R2")
    security.post(DESK + "assign/")
    before = numbers(inquiry)
    path = f"{DESK}{inquiry.receipt}/reassign/"
    said = security.post(path, {"officer": before[0], "cause": "absent"}, follow=True)
    assert "Nothing was changed" in said.content.decode()
    assert numbers(inquiry) == before


def test_the_desk_shows_no_person_and_no_vote(security: Client, inquiry: Inquiry) -> None:
    officers("R1", "R2")
    security.post(DESK + "assign/")
    page = text(security)
    for part in (*PERSON, "聘用", "函1号", "permit"):
        assert part not in page


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SECURITY_ADMINISTRATOR])
def test_only_security_administrators_get_in(
    signed_in: Callable[..., Client], inquiry: Inquiry, role: Role
) -> None:
    officers("R1", "R2")
    client = signed_in(role)
    assert client.get(DESK).status_code == 403
    assert client.post(DESK + "assign/").status_code == 403
    path = f"{DESK}{inquiry.receipt}/reassign/"
    assert client.post(path, {"officer": "R1", "cause": "absent"}).status_code == 403
    assert numbers(inquiry) == []


HOLIDAYS: dict[str, Any] = {
    "year": "2027",
    "announced": "on",
    "days_off": "2027-01-01,2027-02-08",
    "days_worked": "2027-02-20",
}


def test_a_year_is_announced_and_the_change_is_kept(security: Client) -> None:
    assert security.post("/admin/access/holidayyear/add/", HOLIDAYS).status_code == 302
    made = HolidayYear.objects.get(year=2027)
    assert made.days_off == [date(2027, 1, 1), date(2027, 2, 8)]
    assert made.days_worked == [date(2027, 2, 20)]
    kept = LogEntry.objects.get(object_repr="2027")
    assert kept.actor.number == "A-security_administrator"
    assert security.get("/admin/access/holidayyear/2027/change/").status_code == 200
    assert security.post("/admin/access/holidayyear/2027/delete/").status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"days_off": "2026-01-01"},
        {"days_off": "2027-01-02"},
        {"days_worked": "2027-01-04"},
        {"days_off": "no day"},
        {"announced": ""},
        {"year": "1927"},
    ],
)
def test_days_that_cannot_be_are_refused(security: Client, wrong: dict[str, str]) -> None:
    assert security.post("/admin/access/holidayyear/add/", HOLIDAYS | wrong).status_code == 200
    assert not HolidayYear.objects.filter(year__in=(2027, 1927)).exists()
