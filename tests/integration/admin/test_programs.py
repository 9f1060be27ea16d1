"""The page of agencies' programs: what it shows, who may open it, and that a stop is at once and in the log."""

import json

import pytest

from access import agency_clients, credentials
from access.models import AgencyClient
from access.roles import Role
from sealing.models import AuditEntry
from tests.integration.api.conftest import Program

PAGE = "/admin/access/agencyclient/"


@pytest.fixture(name="program")
def fixture_program(unit, tmp_path):
    credentials.issue([unit], folder=tmp_path, by="test")
    return Program.of(tmp_path / f"{unit.code}.json")


def revoke(browser, client):
    return browser.post(f"{PAGE}{client.pk}/revoke/", follow=True)


def test_it_shows_unit_key_and_last_use_and_no_secret(security, unit, program):
    text = security.get(PAGE).content.decode()
    assert "U001 Sample School" in text
    assert "never" in text
    assert program.get("/api/v1/provisions/").status_code == 200
    text = security.get(PAGE).content.decode()
    assert program.key_id in text
    assert "never" not in text
    assert program.client_id not in text
    assert program.client_secret not in text


def test_a_revoked_program_is_refused_at_once_and_it_is_in_the_log(security, unit, program):
    assert program.get("/api/v1/provisions/").status_code == 200
    client = AgencyClient.objects.get()
    assert "Its calls are refused" in revoke(security, client).content.decode()
    assert program.get("/api/v1/provisions/").status_code == 401
    found = AuditEntry.objects.using("audit").filter(kind="authorisation", outcome="done")
    entry = found.latest("id")
    assert (entry.official, entry.unit) == (f"A-{Role.SECURITY_ADMINISTRATOR.value}", "U001")
    details = json.loads(bytes(entry.body))["details"]
    assert details == {"act": "client_revoked", "client": program.key_id}
    assert "was revoked before" in revoke(security, client).content.decode()


def test_a_click_on_an_old_page_leaves_the_new_program_alone(security, unit, program, tmp_path):
    old = AgencyClient.objects.get()
    agency_clients.revoke(unit=unit, by="test")
    credentials.issue([unit], folder=tmp_path, by="test")
    assert "was revoked before" in revoke(security, old).content.decode()
    assert agency_clients.current(unit) is not None


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SECURITY_ADMINISTRATOR])
def test_nobody_else_sees_or_revokes(role, signed_in, program):
    browser = signed_in(role)
    client = AgencyClient.objects.get()
    assert browser.get(PAGE).status_code == 403
    assert browser.post(f"{PAGE}{client.pk}/revoke/").status_code == 403
    assert not AgencyClient.objects.filter(revoked_at__isnull=False).exists()


def test_a_program_is_stopped_by_post_only_and_nothing_else_is_offered(security, program):
    client = AgencyClient.objects.get()
    assert security.get(f"{PAGE}{client.pk}/revoke/").status_code == 405
    for path in ("add/", f"{client.pk}/change/", f"{client.pk}/delete/"):
        assert security.get(PAGE + path).status_code == 404
    assert AgencyClient.objects.filter(revoked_at=None).exists()
