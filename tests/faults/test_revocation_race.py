"""Taking an authorisation away binds every lookup at once: none is granted after the suspension has committed."""

import pytest

from access.models import User
from access.roles import Role, grant
from bench import revocations
from tests.integration.lookups.conftest import (  # noqa: F401 - fixtures
    authorisation,
    inquiry,
    officials,
    record,
    unit,
)


@pytest.fixture
def guards(db):
    made = User.objects.create_user("F9009"), User.objects.create_user("F9010")
    for guard in made:
        grant(user=guard, role=Role.SECURITY_ADMINISTRATOR, by="test")
    return made


@pytest.mark.alone
def test_no_lookup_is_granted_after_its_authorisation_was_taken_away(
    inquiry,  # noqa: F811
    officials,  # noqa: F811
    record,  # noqa: F811
    guards,
    superuser_connection,
):
    race = revocations.run(
        superuser_connection, inquiry=inquiry, by=officials[0], guards=guards, revocations=40
    )
    assert race.granted > 40
    assert race.late == 0


@pytest.mark.alone
def test_without_the_lock_some_are(
    inquiry,  # noqa: F811
    officials,  # noqa: F811
    record,  # noqa: F811
    guards,
    superuser_connection,
):
    """The control: the same race finds late grants when nobody takes the lock."""
    race = revocations.run(
        superuser_connection,
        inquiry=inquiry,
        by=officials[0],
        guards=guards,
        revocations=40,
        locked=False,
    )
    assert race.late > 0
