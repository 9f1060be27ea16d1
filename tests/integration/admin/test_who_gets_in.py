"""Who gets into the administration, and how far: three roles, each its own part, and no superuser."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.sites import all_sites
from django.test import Client
from django.urls import reverse

from access.models import Unit, User
from access.roles import EXCLUSIVE, Role
from sealing.fields import SealedField
from tests.integration.admin.conftest import ENGLISH, enter

LOG = "/admin/sealing/auditentry/"
STAFF = "/admin/auditlog/logentry/"
OPERATIONS = "/admin/operations/"
OFFICE = ["/admin/access/unit/", "/admin/access/user/"]
AUTHORISATIONS = "/admin/access/authorisation/"
EVERYTHING = ["/admin/", LOG, STAFF, OPERATIONS, *OFFICE, AUTHORISATIONS]
OPEN = {
    Role.AUDITOR: {"/admin/", LOG, STAFF},
    Role.SECURITY_ADMINISTRATOR: {"/admin/", *OFFICE, AUTHORISATIONS},
    Role.SYSTEM_ADMINISTRATOR: {"/admin/", OPERATIONS, *OFFICE},
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_its_own_part_and_no_other(
    signed_in: Callable[..., Client], role: Role
) -> None:
    browser = signed_in(role)
    entry = enter()
    answers = {path: browser.get(path).status_code for path in EVERYTHING}
    assert answers == {path: 200 if path in OPEN.get(role, ()) else 403 for path in EVERYTHING}
    assert browser.get(f"{LOG}{entry}/").status_code == (200 if role is Role.AUDITOR else 403)


def test_superuser_without_a_role_opens_nothing(db: None) -> None:
    browser = Client(headers=ENGLISH)
    browser.force_login(
        User.objects.create_superuser("ROOT1", "a long sample password"),
        "allauth.account.auth_backends.AuthenticationBackend",
    )
    assert {browser.get(path).status_code for path in EVERYTHING} == {403}


@pytest.mark.parametrize("role", sorted(EXCLUSIVE))
def test_superuser_opens_nothing_even_with_a_role(
    account: Callable[..., User], set_above_the_rule: Callable[[User], User], role: Role
) -> None:
    root = set_above_the_rule(account("ROOT2", role))
    browser = Client(headers=ENGLISH)
    browser.force_login(root, "allauth.account.auth_backends.AuthenticationBackend")
    assert {browser.get(path).status_code for path in EVERYTHING} == {403}


def test_closed_account_opens_nothing(auditor: Client) -> None:
    User.objects.filter(number="A-auditor").update(is_active=False)
    assert auditor.get(LOG).status_code == 302


def test_sign_in_is_the_sites_own(db: None, client: Client) -> None:
    for path in EVERYTHING:
        last, status = client.get(path, follow=True).redirect_chain[-1]
        assert (last, status) == (f"{reverse('account_login')}?next={path}", 302)
    answer = client.post("/admin/login/", {"username": "A-auditor", "password": "x"})
    assert answer["Location"].startswith(reverse("account_login"))
    away = client.get("/admin/login/?next=https://elsewhere.example/")
    assert "elsewhere" not in away["Location"]


def test_nobody_signs_in_as_another_through_the_administration(
    account: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    account("A-other", Role.AUDITOR)
    browser = signed_in(Role.SECURITY_ADMINISTRATOR)
    browser.post("/admin/login/", {"username": "A-other", "password": "a long sample password"})
    assert browser.get(LOG).status_code == 403


def test_no_model_with_sealed_fields_is_in_any_administration() -> None:
    registered = [model for site in all_sites for model in site._registry]
    sealed = [
        model
        for model in registered
        if any(isinstance(field, SealedField) for field in model._meta.get_fields())
    ]
    assert registered
    assert sealed == []
    assert {model._meta.label for model in registered} == {
        "access.Unit",
        "access.User",
        "access.AgencyClient",
        "access.Alert",
        "access.Authorisation",
        "access.Reminder",
        "access.HolidayYear",
        "sealing.AuditEntry",
        "sealing.DropProposal",
        "sealing.Verification",
        "auditlog.LogEntry",
        "registry.IssuedRange",
    }


def test_no_form_offers_the_powers_of_a_superuser(security: Client, unit: Unit) -> None:
    other = User.objects.create_user("F1", unit=unit)
    for path in ("/admin/access/user/add/", f"/admin/access/user/{other.pk}/change/"):
        page = security.get(path).content.decode()
        assert "roles" in page
        assert not re.search("is_superuser|is_staff|user_permissions", page)


def test_system_administrator_looks_and_does_not_touch(
    signed_in: Callable[..., Client], unit: Unit
) -> None:
    browser = signed_in(Role.SYSTEM_ADMINISTRATOR)
    other = User.objects.create_user("F1", unit=unit)
    page = browser.get(f"/admin/access/user/{other.pk}/change/")
    assert page.status_code == 200
    assert b"_save" not in page.content
    assert b"password" not in page.content.lower()
    for path in (f"/admin/access/user/{other.pk}/change/", "/admin/access/user/add/"):
        assert browser.post(path, {"number": "X", "roles": ["auditor"]}).status_code == 403


def test_nothing_is_deleted_and_no_second_history_is_kept(security: Client, unit: Unit) -> None:
    assert (
        security.post(f"/admin/access/unit/{unit.pk}/delete/", {"post": "yes"}).status_code == 403
    )
    assert security.get(f"/admin/access/unit/{unit.pk}/history/").status_code == 404


@pytest.mark.parametrize("role", sorted(EXCLUSIVE))
def test_pages_have_nothing_inline(
    signed_in: Callable[..., Client], role: Role, unit: Unit
) -> None:
    browser = signed_in(role)
    entry = enter()
    paths = [*OPEN[role], f"{LOG}{entry}/", f"/admin/access/unit/{unit.pk}/change/"]
    for path in paths:
        answer = browser.get(path)
        if answer.status_code == 200:
            html = answer.content.decode()
            assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*(src=|json))", html), (
                path
            )
            assert "'unsafe" not in answer["Content-Security-Policy"]
            assert answer["Cache-Control"] == "no-store"


def test_templates_name_no_person() -> None:
    """The pages of the log show tokens: no template of theirs asks for a name of a person."""
    for path in (Path(settings.BASE_DIR) / "templates" / "admin").rglob("*.html"):
        assert "official_name" not in path.read_text(), path
