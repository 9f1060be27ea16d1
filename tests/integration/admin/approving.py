"""Two security administrators and a proposal, for the tests of approvals."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from access import authorisations, standing
from access.models import Authorisation, AuthorisationProposal, Unit, User
from access.roles import Role, grant
from sealing.models import AuditEntry
from tests.integration.admin.conftest import ENGLISH

AUTHORISATIONS, APPROVALS = "/admin/access/authorisation/", "/admin/approvals/"
LETTER_NUMBER = "样例函〔2026〕77号"


def browser(user: User) -> Client:
    client = Client(headers=ENGLISH)
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def told() -> list[tuple[str, dict[str, Any]]]:
    """Return who did what to authorisations, as the log has it."""
    found = AuditEntry.objects.using("audit").filter(kind="authorisation").order_by("id")
    return [(entry.official, json.loads(bytes(entry.body))["details"]) for entry in found]


@pytest.fixture(name="guards")
def fixture_guards(account: Callable[..., User]) -> tuple[User, User]:
    """Return two security administrators."""
    role = Role.SECURITY_ADMINISTRATOR
    return account("G1", role), account("G2", role)


@pytest.fixture(name="people")
def fixture_people(unit: Unit) -> list[User]:
    """Return three officials of the school, the first two of whom are named."""
    made = [User.objects.create_user(number, unit=unit) for number in ("F1", "F2", "F3")]
    for user in made:
        grant(user=user, role=Role.INQUIRER, by="tests")
        assign_perm(standing.INQUIRE_FOR, user, unit)
    return made


@pytest.fixture(name="form")
def fixture_form(unit: Unit, people: list[User]) -> dict[str, Any]:
    """Return what the form for an authorisation is sent."""
    today = timezone.localdate()
    return {
        "unit": unit.pk,
        "ground": "MINORS-62",
        "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=90)).isoformat(),
        "officials": "F1 F2",
        "letter_number": LETTER_NUMBER,
        "letter_issued_on": today.isoformat(),
    }


@pytest.fixture(name="held")
def fixture_held(unit: Unit, people: list[User]) -> Authorisation:
    """Return an authorisation in force, loaded from the operators' file."""
    today = timezone.localdate()
    return authorisations.load(
        unit=unit,
        ground="MINORS-62",
        valid_from=today,
        valid_to=today + timedelta(days=90),
        officials=people[:2],
        by="load_units",
    )


def waiting() -> AuthorisationProposal:
    return AuthorisationProposal.objects.get(state="open")
