"""Accounts of every role and entries of the audit log, for tests of the administration. All are made up."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from access.models import Unit, User
from access.roles import Role, grant
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome
from sealing.uuid7 import at

ENGLISH = {"accept-language": "en"}


@pytest.fixture
def unit(db: None) -> Unit:
    """Return a school."""
    return Unit.objects.create(code="U001", name="Sample School", kind="school")


@pytest.fixture
def account(db: None) -> Callable[..., User]:
    """Return a function that makes an account with roles."""

    def made(number: str, *roles: Role, **fields: Any) -> User:
        user = User.objects.create_user(number, "a long sample password", **fields)
        for role in roles:
            grant(user=user, role=role, by="tests")
        return user

    return made


@pytest.fixture
def signed_in(account: Callable[..., User]) -> Callable[..., Client]:
    """Return a function that signs in a new account of a role and returns its browser."""

    def browser(role: Role, **fields: Any) -> Client:
        user = account(f"A-{role.value}", role, **fields)
        client = Client(headers=ENGLISH)
        client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return client

    return browser


@pytest.fixture
def auditor(signed_in: Callable[..., Client]) -> Client:
    """Return the browser of an auditor."""
    return signed_in(Role.AUDITOR)


@pytest.fixture
def security(signed_in: Callable[..., Client]) -> Client:
    """Return the browser of a security administrator."""
    return signed_in(Role.SECURITY_ADMINISTRATOR)


def enter(**facts: Any) -> str:
    """Enter a denied inquiry, changed as given, and return its key."""
    plain = {
        "kind": Kind.INQUIRY,
        "outcome": Outcome.DENIED,
        "unit": "U001",
        "official": "F1012",
        "exception": "state_regulation",
        "provision": "MINORS-62",
        "reasons": ("post_missing",),
        "inquiry": "sample2receipt3sample",
    }
    return str(audit_log.enter_alone(Entry(**plain | facts)).id)


def enter_at(superuser: Any, moment: datetime, **facts: Any) -> str:
    """Enter a filing of another day of a prepared month, as only the database's superuser can, with the triggers off."""
    made = {"id": at(int(moment.timestamp() * 1000)), "stated_at": moment}
    entry = Entry(**{"kind": Kind.FILING, "outcome": Outcome.FILED} | made | facts)
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(audit_log.INSERT, audit_log.row(entry))
    superuser.execute("UPDATE sealing_auditentry SET at = %s WHERE id = %s", [moment, entry.id])
    return str(entry.id)
