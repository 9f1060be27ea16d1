"""Accounts and roles: what the database refuses whoever asks, and the first account of an installation."""

import io
import json

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from access.models import Unit, User
from access.roles import EXCLUSIVE, Role, grant, roles_of, withdraw
from sealing.models import AuditEntry

pytestmark = pytest.mark.usefixtures("db")


def role_entries() -> list[dict]:
    found = AuditEntry.objects.using("audit").filter(kind="role").order_by("id")
    return [json.loads(bytes(entry.body))["details"] for entry in found]


def test_a_grant_and_a_withdrawal_are_in_the_log():
    user = User.objects.create_user("P1")
    grant(user=user, role=Role.CLERK, by="S1")
    assert roles_of(user) == {Role.CLERK}
    withdraw(user=user, role=Role.CLERK, by="S1")
    assert roles_of(user) == frozenset()
    assert [(entry["account"], entry["role"], entry["act"]) for entry in role_entries()] == [
        ("P1", "clerk", "granted"),
        ("P1", "clerk", "withdrawn"),
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [(first, second) for first in sorted(EXCLUSIVE) for second in Role if first != second],
)
def test_the_three_administrators_exclude_every_other_role(first, second):
    user = User.objects.create_user("P1")
    grant(user=user, role=first, by="S1")
    with pytest.raises(ValidationError):
        grant(user=user, role=second, by="S1")
    with pytest.raises(IntegrityError):
        user.groups.add(group(second))
    assert [entry["role"] for entry in role_entries()] == [first]


def group(role: Role) -> Group:
    return Group.objects.get(name=role.value)


def test_a_superuser_holds_no_role_and_no_unit():
    unit = Unit.objects.create(code="U1", name="样本单位", kind="school")
    superuser = User.objects.create_superuser("root1", "a-long-made-up-password")
    with pytest.raises(IntegrityError):
        superuser.groups.add(group(Role.INQUIRER))
    with pytest.raises(IntegrityError):
        User.objects.filter(pk=superuser.pk).update(unit=unit)


def test_an_account_that_files_or_asks_does_not_become_superuser():
    unit = Unit.objects.create(code="U1", name="样本单位", kind="school")
    clerk, inquirer = User.objects.create_user("P1"), User.objects.create_user("F1", unit=unit)
    grant(user=clerk, role=Role.CLERK, by="S1")
    for user in (clerk, inquirer):
        with pytest.raises(IntegrityError):
            User.objects.filter(pk=user.pk).update(is_superuser=True)


PASSWORD = "a-long-made-up-password"


class TestMakeAccount:
    def make(self, monkeypatch, *arguments: str, password: str = PASSWORD) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        said = io.StringIO()
        call_command("make_account", *arguments, stdout=said)
        return said.getvalue()

    def test_it_can_sign_in_has_its_role_and_is_in_the_log(self, monkeypatch):
        assert PASSWORD not in self.make(monkeypatch, "S1", "security_administrator")
        made = User.objects.get(number="S1")
        assert made.check_password(PASSWORD)
        assert (roles_of(made), made.is_superuser) == ({Role.SECURITY_ADMINISTRATOR}, False)
        assert [entry["account"] for entry in role_entries()] == ["S1"]

    @pytest.mark.parametrize("password", ["", "short", "123456789012345", "S1S1S1"])
    def test_a_weak_password_makes_nothing(self, monkeypatch, password):
        with pytest.raises(CommandError):
            self.make(monkeypatch, "S1", "auditor", password=password)
        assert not User.objects.exists()

    def test_at_a_terminal_it_is_typed_twice_alike(self, monkeypatch):
        typed = iter([PASSWORD, "another password 7", PASSWORD, PASSWORD])
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("getpass.getpass", lambda _asked: next(typed))
        with pytest.raises(CommandError, match="differ"):
            call_command("make_account", "S1", "auditor")
        assert not User.objects.exists()
        call_command("make_account", "S1", "auditor", stdout=io.StringIO())
        assert User.objects.get(number="S1").check_password(PASSWORD)

    def test_an_unknown_unit_makes_nothing(self, monkeypatch):
        with pytest.raises(CommandError, match="no unit"):
            self.make(monkeypatch, "P1", "clerk", "--unit", "U9")
        assert not User.objects.exists()
