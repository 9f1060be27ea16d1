"""The completeness pages: the supervisor's own organ, every organ for the auditor, and nobody else's."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from registry import drafting
from registry.completeness import board, note_numbers
from registry.filing import file_record
from registry.officers import Officer
from registry.statement import is_ours, statement
from sealing import signature
from tests.integration.registry.conftest import cells, decision

PAGE, AUDITORS_PAGE = "/records/completeness/", "/admin/registry/issuedrange/"
ORGAN, SERIES, YEAR = "110105000000", "京公朝行罚决字", 2026
STATED = {"series": SERIES, "year": str(YEAR), "first": "1", "last": "3"}
Browser = Callable[..., Client]


@pytest.fixture
def browser(account: Callable[..., Any]) -> Browser:
    """Return a function that signs a new account in, in English."""

    def signed_in(number: str, *roles: str, **more: Any) -> Client:
        client = Client(headers={"accept-language": "en"})
        made = account(number, *roles, **more)
        client.force_login(made, "allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def filed(clerk: Officer, verifier: Officer) -> None:
    """File numbers 1 and 3 of the clerk's organ, and number 7 of another one."""
    for sequence in (1, 3):
        row = decision(decision_number=f"{SERIES}〔{YEAR}〕{sequence:05}号")
        draft = drafting.save_draft(row=row, by=clerk)
        drafting.submit(draft=draft, by=clerk)
        file_record(draft=draft, by=verifier)
    other = decision(organ_code="310115000000", decision_number=f"浦公行罚决字〔{YEAR}〕7号")
    note_numbers([other])


def text(response: Any) -> str:
    return unescape(response.content.decode())


def test_a_supervisor_states_what_was_issued_and_sees_what_is_missing(
    filed: None, browser: Browser
) -> None:
    page = browser("P201", "verifying_officer")
    before = text(page.get(PAGE))
    assert "not stated" in before
    assert "0 issued, 0 filed, 0 missing" in before
    assert re.search(r"[1-9]\d* numbers? (is|are) on file that nobody stated as issued", before)
    assert page.post(PAGE, STATED).status_code == 302
    after = text(page.get(PAGE))
    assert "3 issued, 2 filed, 1 missing" in after
    assert '<span class="number">2</span>' in after


def test_no_page_shows_a_person_or_another_organ(filed: None, browser: Browser) -> None:
    page = text(browser("P201", "verifying_officer").get(PAGE))
    assert SERIES in page
    assert "浦公行罚决字" not in page
    for name in ("name", "id_number", "address", "facts"):
        assert cells()[name] not in page


@pytest.mark.parametrize(
    "changes",
    [
        {"series": "Zhang San"},
        {"series": "京公朝行罚决"},
        {"year": "2999"},
        {"year": ""},
        {"first": "0"},
        {"last": "0"},
        {"first": "4"},
        {"last": "1000001"},
        {"last": "99999999999"},
    ],
)
def test_what_cannot_be_is_not_stated(browser: Browser, changes: dict[str, str]) -> None:
    answer = browser("P201", "verifying_officer").post(PAGE, {**STATED, **changes})
    assert answer.status_code == 200
    assert "error-summary" in text(answer)
    assert board().series == []


def test_when_the_log_takes_no_entry_the_page_says_so(browser: Browser, log_refuses: None) -> None:
    answer = browser("P201", "verifying_officer").post(PAGE, STATED)
    assert answer.status_code == 503
    assert "nothing was stated" in text(answer)


@pytest.mark.parametrize("role", ["clerk", "inquirer", "reviewing_officer", ""])
def test_the_page_is_the_verifying_officers(browser: Browser, role: str) -> None:
    roles = [role] if role else []
    assert browser("P300", *roles).get(PAGE).status_code == 403
    assert browser("P301", *roles).post(PAGE, STATED).status_code == 403
    assert browser("P302", *roles).get(AUDITORS_PAGE).status_code == 403
    assert board().series == []


def test_a_verifying_officer_is_not_let_into_the_auditors_page(browser: Browser) -> None:
    assert browser("P201", "verifying_officer").get(AUDITORS_PAGE).status_code == 403


def test_the_auditor_sees_every_organ_and_changes_nothing(filed: None, browser: Browser) -> None:
    browser("P201", "verifying_officer").post(PAGE, STATED)
    auditor = browser("A1", "auditor", unit=None)
    page = text(auditor.get(AUDITORS_PAGE))
    for shown in (SERIES, "浦公行罚决字", ORGAN, "310115000000", "3 issued, 2 filed, 1 missing"):
        assert shown in page
    assert auditor.post(AUDITORS_PAGE, STATED).status_code == 405
    for other in ("add/", f"{'0' * 8}-0000-7000-8000-{'0' * 12}/change/"):
        assert auditor.get(AUDITORS_PAGE + other).status_code == 404
    assert auditor.get(PAGE).status_code == 403


def test_the_series_that_lacks_most_stands_first(filed: None, browser: Browser) -> None:
    before = "110101000000"
    note_numbers([decision(organ_code=before, decision_number=f"京公东行罚决字〔{YEAR}〕1号")])
    assert browser("P201", "verifying_officer").post(PAGE, STATED).status_code == 302
    shown = text(browser("A1", "auditor", unit=None).get(AUDITORS_PAGE))
    assert 0 < shown.index(ORGAN) < shown.index(before)


@pytest.mark.parametrize(("role", "unit"), [("verifying_officer", ORGAN), ("auditor", None)])
def test_the_statement_on_the_page_is_the_signed_one(
    browser: Browser, role: str, unit: str | None
) -> None:
    address = PAGE if unit else AUDITORS_PAGE
    client = browser("P201", role, unit=unit)
    answer = client.get(address)
    yesterday = timezone.localdate() - timedelta(days=1)
    assert answer.context["stated"] == statement(day=yesterday, organ=unit or "")
    assert answer.context["signed"] in text(answer)
    assert is_ours(answer.context["signed"], public_key=signature.public_key(1))
    before = client.get(address, {"day": (yesterday - timedelta(days=1)).isoformat()})
    assert before.context["stated"]["day"] == (yesterday - timedelta(days=1)).isoformat()


def test_numbers_that_nobody_stated_are_not_called_complete(
    filed: None, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr("registry.completeness_pages.timezone.localdate", lambda: tomorrow)
    page = browser("P201", "verifying_officer")
    assert "complete as far as stated" in text(page.get(PAGE))
    assert "complete as far as stated" in text(browser("A201", "auditor").get(AUDITORS_PAGE))
    page.post(PAGE, STATED | {"first": "3"})
    assert "complete as far as stated" in text(page.get(PAGE))
    nothing_filed = browser("P301", "verifying_officer", unit="330102000000")
    assert "complete as far as stated" not in text(nothing_filed.get(PAGE))


@pytest.mark.parametrize("ahead", [0, 1])
def test_the_day_that_is_not_over_has_no_statement_on_a_page(browser: Browser, ahead: int) -> None:
    page = browser("P201", "verifying_officer")
    day = timezone.localdate() + timedelta(days=ahead)
    for said in (day.isoformat(), "x", "0001-01-01"):
        assert page.get(PAGE, {"day": said}).status_code == 404
