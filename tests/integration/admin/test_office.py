"""The security administrator's work: every grant is in the audit log, exclusive roles stay apart, suspension is at once."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.test import Client

from access import authorisations, roles
from access.models import Authorisation, Unit, User
from access.roles import Role, roles_of
from sealing.audit_log import NotEntered
from sealing.models import AuditEntry

ACCOUNTS = "/admin/access/user/"
AUTHORISATIONS = "/admin/access/authorisation/"
PASSWORD = "correct horse sample battery"


def entries(kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Return official and details of the entries of a kind, oldest first; those of the set-up left out."""
    found = (
        AuditEntry.objects.using("audit").filter(kind=kind).exclude(official="tests").order_by("pk")
    )
    return [(entry.official, json.loads(bytes(entry.body))["details"]) for entry in found]


def official(number: str, unit: Unit) -> User:
    return User.objects.create_user(number, unit=unit)


def test_new_account_gets_its_roles_and_each_is_entered(security: Client, unit: Unit) -> None:
    answer = security.post(
        ACCOUNTS + "add/",
        {
            "number": "F1",
            "unit": unit.pk,
            "is_active": "on",
            "roles": ["clerk", "inquirer"],
            "new_password": PASSWORD,
        },
    )
    assert answer.status_code == 302
    user = User.objects.get(number="F1")
    assert roles_of(user) == {Role.CLERK, Role.INQUIRER}
    assert user.check_password(PASSWORD)
    assert not user.is_superuser
    assert user.has_perm("access.inquire_for", unit)
    assert user.has_perm("access.file_for", unit)
    assert entries("role") == [
        ("A-security_administrator", {"account": "F1", "act": "granted", "role": name})
        for name in ("clerk", "inquirer")
    ]


def test_role_taken_away_is_entered_and_takes_the_standing_along(
    security: Client, unit: Unit
) -> None:
    user = official("F1", unit)
    address = f"{ACCOUNTS}{user.pk}/change/"
    security.post(address, {"unit": unit.pk, "is_active": "on", "roles": ["inquirer"]})
    assert User.objects.get(pk=user.pk).has_perm("access.inquire_for", unit)
    security.post(address, {"unit": unit.pk, "is_active": "on", "roles": []})
    assert roles_of(User.objects.get(pk=user.pk)) == frozenset()
    assert not User.objects.get(pk=user.pk).has_perm("access.inquire_for", unit)
    assert [details["act"] for _, details in entries("role")] == ["granted", "withdrawn"]


@pytest.mark.parametrize("other", ["clerk", "inquirer", "security_administrator"])
def test_exclusive_roles_are_refused_in_words(security: Client, unit: Unit, other: str) -> None:
    user = official("F1", unit)
    answer = security.post(
        f"{ACCOUNTS}{user.pk}/change/",
        {"unit": unit.pk, "is_active": "on", "roles": ["auditor", other]},
    )
    assert answer.status_code == 200
    assert "excludes every other role" in answer.content.decode()
    assert roles_of(User.objects.get(pk=user.pk)) == frozenset()
    assert entries("role") == []


def test_exclusive_roles_are_refused_by_the_database(account: Callable[..., User]) -> None:
    user = account("F1", Role.CLERK)
    with pytest.raises(IntegrityError, match="excludes every other role"), transaction.atomic():
        user.groups.add(Group.objects.get(name="auditor"))
    assert [group.name for group in user.groups.all()] == ["clerk"]


def test_superuser_with_a_unit_is_refused_by_the_database(unit: Unit) -> None:
    with (
        pytest.raises(IntegrityError, match="superuser_neither_files_nor_asks"),
        transaction.atomic(),
    ):
        User.objects.create_superuser("ROOT1", PASSWORD, unit=unit)
    user = official("F1", unit)
    with (
        pytest.raises(IntegrityError, match="superuser_neither_files_nor_asks"),
        transaction.atomic(),
    ):
        User.objects.filter(pk=user.pk).update(is_superuser=True)


def test_posted_superuser_flag_is_ignored(security: Client, unit: Unit) -> None:
    security.post(
        ACCOUNTS + "add/",
        {"number": "F1", "is_active": "on", "is_superuser": "on", "is_staff": "on"},
    )
    user = User.objects.get(number="F1")
    assert not user.is_superuser
    assert not user.is_staff


def test_nobody_changes_his_own_account_or_a_superusers(security: Client) -> None:
    own = User.objects.get(number="A-security_administrator")
    root = User.objects.create_superuser("ROOT1", PASSWORD)
    for user in (own, root):
        answer = security.post(
            f"{ACCOUNTS}{user.pk}/change/", {"is_active": "on", "roles": ["auditor"]}
        )
        assert answer.status_code == 403
    assert entries("role") == []


def test_weak_password_is_refused(security: Client) -> None:
    answer = security.post(
        ACCOUNTS + "add/", {"number": "F1", "is_active": "on", "new_password": "12345"}
    )
    assert answer.status_code == 200
    assert not User.objects.filter(number="F1").exists()


def test_grant_that_cannot_be_entered_does_not_happen(
    security: Client, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(entry: object) -> None:
        raise NotEntered

    monkeypatch.setattr(roles.audit_log, "enter", broken)
    answer = security.post(
        ACCOUNTS + "add/", {"number": "F1", "is_active": "on", "roles": ["clerk"]}
    )
    assert answer.status_code == 503
    assert not User.objects.filter(number="F1").exists()


def test_official_named_in_an_authorisation_stays_in_the_unit(security: Client, unit: Unit) -> None:
    user = official("F1", unit)
    other = Unit.objects.create(code="U002", name="Sample Court", kind="court")
    held = loaded(unit, user)
    assert held.officials.count() == 1
    answer = security.post(f"{ACCOUNTS}{user.pk}/change/", {"unit": other.pk, "is_active": "on"})
    assert "Take the official out there first" in answer.content.decode()
    assert User.objects.get(pk=user.pk).unit == unit


@pytest.fixture
def authorised(unit: Unit) -> dict[str, Any]:
    """Return what the form for an authorisation is sent."""
    people = " ".join(official(number, unit).number for number in ("F1", "F2"))
    return {
        "unit": unit.pk,
        "ground": "MINORS-62",
        "valid_from": "2026-01-01",
        "valid_to": "2026-12-31",
        "officials": people,
        "letter_number": "函〔2026〕1号",
        "letter_issued_on": "2026-01-01",
    }


def loaded(unit: Unit, *officials: User) -> Authorisation:
    """Return an authorisation of 2026 in force."""
    return authorisations.load(
        unit=unit,
        ground="MINORS-62",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
        officials=officials,
        by="test",
    )


def test_official_of_another_unit_is_refused(security: Client, authorised: dict[str, Any]) -> None:
    other = Unit.objects.create(code="U002", name="Sample Court", kind="court")
    authorised["officials"] += f" {official('F9', other).number}"
    answer = security.post(AUTHORISATIONS + "add/", authorised)
    assert "belong to another unit: F9" in answer.content.decode()
    assert not Authorisation.objects.exists()


def test_suspension_is_a_post_and_is_entered(security: Client, unit: Unit) -> None:
    held = loaded(unit)
    address = f"{AUTHORISATIONS}{held.pk}"
    assert security.get(f"{address}/suspend/").status_code == 405
    assert "Suspend at once" in security.get(f"{address}/change/").content.decode()
    page = security.post(f"{address}/suspend/", follow=True).content.decode()
    assert "The authorisation is suspended." in page
    held.refresh_from_db()
    assert held.suspended_at is not None
    assert [details["act"] for _, details in entries("authorisation")] == ["made", "suspended"]


def test_suspension_that_cannot_be_entered_does_not_happen(
    security: Client, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = loaded(unit)

    def broken(entry: object) -> None:
        raise NotEntered

    monkeypatch.setattr(authorisations.audit_log, "enter", broken)
    assert security.post(f"{AUTHORISATIONS}{held.pk}/suspend/").status_code == 503
    held.refresh_from_db()
    assert held.suspended_at is None


def test_auditor_cannot_suspend(auditor: Client, unit: Unit) -> None:
    held = loaded(unit)
    assert auditor.post(f"{AUTHORISATIONS}{held.pk}/suspend/").status_code == 403
    held.refresh_from_db()
    assert held.suspended_at is None


def test_unit_keeps_its_code(security: Client, unit: Unit) -> None:
    changed = {
        "code": "OTHER",
        "name": "New name",
        "kind": "school",
        "level": "",
        "daily_budget": "5",
        "official_budget": "2",
        "roster_limit": "40",
        "active": "on",
    }
    address = f"/admin/access/unit/{unit.pk}/change/"
    assert security.post(address, changed).status_code == 302
    assert security.post(address, changed | {"roster_limit": "1001"}).status_code == 200
    unit.refresh_from_db()
    assert (unit.code, unit.name, unit.daily_budget) == ("U001", "New name", 5)
    assert unit.roster_limit == 40


def test_officials_are_found_by_the_beginning_of_their_number(
    security: Client, authorised: dict[str, Any]
) -> None:
    answer = security.get(
        "/admin/autocomplete/",
        {
            "app_label": "access",
            "model_name": "authorisation",
            "field_name": "officials",
            "term": "F",
        },
    )
    assert [found["text"] for found in answer.json()["results"]] == ["F1", "F2"]
