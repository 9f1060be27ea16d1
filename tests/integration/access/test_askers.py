"""Who may ask for a unit, and from when on he may not."""

import json
import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from guardian.shortcuts import assign_perm

from access import authorisation_lock, authorisations, proposals, standing
from access.models import Authorisation, Inquiry, Unit, User
from access.roles import Role, grant
from tests.integration.access.asking import (
    entries,
    send,
)
from tests.integration.access.conftest import (
    ask,
    signed_in,
)


def test_suspension_takes_effect_at_once(asker, stated, record):
    granted = ask(asker, stated())
    guard = User.objects.create_user("G1")
    grant(user=guard, role=Role.SECURITY_ADMINISTRATOR, by="test")
    authorisations.suspend(authorisation=Authorisation.objects.get(), by=guard)
    assert ask(asker, stated()).reasons == ["authorisation_expired"]
    answer = asker.post(f"/inquiries/{granted.receipt}/answer/", {"undertaking": "1"})
    assert answer.status_code == 409
    entry = entries(kind="authorisation")[-1]
    assert json.loads(bytes(entry.body))["details"]["act"] == "suspended"
    second = User.objects.create_user("G2")
    grant(user=second, role=Role.SECURITY_ADMINISTRATOR, by="test")
    wanted = proposals.propose_return(authorisation=Authorisation.objects.get(), by=guard)
    assert ask(asker, stated()).status == "denied"
    proposals.approve(proposal=wanted, by=second)
    assert ask(asker, stated()).status == "granted"


def test_only_a_security_administrator_suspends(official, school):
    with pytest.raises(PermissionDenied):
        authorisations.suspend(authorisation=Authorisation.objects.get(), by=official)
    assert Authorisation.objects.get().suspended_at is None


def test_suspension_waits_for_inquiries_under_way_and_binds_those_that_wait(
    official, app_connection
):
    """The suspension is held open by hand: the inquiry must wait for it, and then see it."""
    held = Authorisation.objects.get()
    lock = authorisation_lock.key("authorisation", held.unit_id, held.ground)
    outcomes = []

    def one():
        outcomes.append(send(User.objects.get(pk=official.pk)).reasons)
        connection.close()

    with app_connection.transaction():
        app_connection.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        app_connection.execute("UPDATE access_authorisation SET suspended_at = now()")
        waiting = threading.Thread(target=one)
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive()
        assert outcomes == []
    waiting.join()
    assert outcomes == [["authorisation_expired"]]


def superuser(school):
    """A superuser, who can hold no role and no unit."""
    return User.objects.create_superuser("Z1")


def without_standing(school):
    """An inquirer of the unit who may not act for it."""
    user = User.objects.create_user("Z1", unit=school)
    grant(user=user, role=Role.INQUIRER, by="test")
    return user


def without_role(school, role=Role.CLERK):
    """An account that may act for the unit but has another role."""
    user = User.objects.create_user("Z1", unit=school)
    assign_perm(standing.INQUIRE_FOR, user, school)
    grant(user=user, role=role, by="test")
    return user


def auditor(school):
    """An auditor who was given standing by mistake."""
    return without_role(school, Role.AUDITOR)


def of_a_closed_unit(school):
    """A named official of a unit that is no longer active."""
    Unit.objects.update(active=False)
    return User.objects.get(number="E1")


@pytest.mark.parametrize(
    "somebody", [superuser, without_standing, without_role, auditor, of_a_closed_unit]
)
def test_nobody_else_asks_for_a_unit(school, stated, somebody):
    user = somebody(school)
    client = signed_in(user)
    for path in ("/inquiries/", "/inquiries/new/", f"/inquiries/{'2' * 20}/"):
        assert client.get(path).status_code == 403
    assert client.post("/inquiries/new/", stated()).status_code == 403
    assert client.post(f"/inquiries/{'2' * 20}/answer/").status_code == 403
    with pytest.raises(PermissionDenied):
        send(user)
    assert not Inquiry.objects.exists()


def test_superuser_is_refused_even_with_role_unit_and_standing(official):
    """The database refuses such an account; the code refuses it first."""
    official.is_superuser = True
    with pytest.raises(PermissionDenied):
        standing.inquiring_unit(official)


def test_anonymous_visitors_are_sent_to_sign_in(client, db):
    for path in ("/inquiries/", "/inquiries/new/", f"/inquiries/{'2' * 20}/"):
        assert client.get(path)["Location"].startswith("/accounts/login/")
