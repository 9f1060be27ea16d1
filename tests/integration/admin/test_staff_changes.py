"""What staff change is kept: by whom, masked, in a table nobody can change, and for auditors to read."""

from typing import Any

import psycopg
import pytest
from auditlog.models import LogEntry
from django.test import Client

from access.models import Unit, User
from access.roles import Role

STAFF = "/admin/auditlog/logentry/"
CHANGES = [
    "UPDATE auditlog_logentry SET object_repr = 'x'",
    "DELETE FROM auditlog_logentry",
    "TRUNCATE auditlog_logentry",
]


def test_change_is_kept_with_its_maker_and_without_the_password(
    security: Client, auditor: Client, unit: Unit
) -> None:
    security.post(
        "/admin/access/user/add/",
        {
            "number": "F1",
            "unit": unit.pk,
            "is_active": "on",
            "roles": ["clerk"],
            "new_password": "correct horse sample",
        },
    )
    user = User.objects.get(number="F1")
    made = LogEntry.objects.get(object_repr="F1", action=LogEntry.Action.CREATE)
    assert set(made.changes) <= {
        "number",
        "unit",
        "password",
        "is_active",
        "is_staff",
        "is_superuser",
    }
    kept = LogEntry.objects.filter(object_repr="F1")
    assert {entry.actor.number for entry in kept} == {"A-security_administrator"}
    assert [entry.changes["password"] for entry in kept if "password" in entry.changes] == [
        ["***", "***"]
    ]
    assert user.password not in str(list(kept.values()))
    page = auditor.get(STAFF).content.decode()
    for text in ("A-security_administrator", "F1", "+ clerk", "***"):
        assert text in page
    assert user.password not in page


def test_sign_in_leaves_no_staff_change(auditor: Client) -> None:
    assert not LogEntry.objects.filter(changes__has_key="last_login").exists()


def test_nothing_sealed_is_registered() -> None:
    from auditlog.registry import auditlog

    kept = {model._meta.label for model in auditlog.get_models()}
    assert kept == {
        "access.Unit",
        "access.Authorisation",
        "access.HolidayYear",
        "access.User",
    }


@pytest.mark.parametrize("change", CHANGES)
def test_the_site_cannot_change_it(unit: Unit, app_connection: Any, change: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(change)
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize("change", CHANGES)
def test_the_owner_of_the_table_cannot_change_it(
    unit: Unit, owner_connection: Any, change: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="refused"):
        owner_connection.execute(change)
    assert LogEntry.objects.count() == 1


def test_auditors_page_through_staff_changes(auditor: Client) -> None:
    for number in range(60):
        Unit.objects.create(code=f"U{number:03}", name=f"Sample {number}", kind="school")
    first = auditor.get(STAFF).content.decode()
    assert "U059 Sample 59" in first
    assert "U000 Sample 0" not in first
    older = LogEntry.objects.get(object_repr="U010 Sample 10").pk
    rest = auditor.get(STAFF, {"older_than": older}).content.decode()
    assert "U009 Sample 9" in rest
    assert "U010 Sample 10" not in rest
    assert auditor.post(STAFF).status_code == 405
    assert auditor.get(f"{STAFF}1/change/").status_code == 404
    assert auditor.get(STAFF, {"older_than": "9" * 30}).status_code == 404


def test_roles_of_others_see_no_staff_changes(signed_in: Any) -> None:
    assert signed_in(Role.SYSTEM_ADMINISTRATOR).get(STAFF).status_code == 403
