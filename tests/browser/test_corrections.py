"""A clerk says in a browser what happened to a record; axe and the site's policy find nothing on the way."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.test_decision_form import CLERK, NUMBER, VERIFIER, clean, fill, key_in

ACT = "PSL2025-026-1-1"


@pytest.fixture
def officers(make_account: Callable[..., Any]) -> None:
    """Make a clerk and a verifying officer of one made-up unit."""
    make_account(CLERK, "clerk")
    make_account(VERIFIER, "verifying_officer")


def say_what_happened(page: Page) -> None:
    """Fill in the document, the reason, and what names the record on file."""
    for name, text in {
        "outcome_document": "京政复决〔2026〕7号",
        "outcome_on_0": timezone.localdate().isoformat(),
        "outcome_reason": "样例理由",
        "replaced_number": "京公朝行罚决字〔2026〕90001号",
    }.items():
        fill(page, name, text)
    page.locator("#id_replaced_act").select_option(ACT)


def test_a_revocation_is_entered_and_verified(
    page: Page, live_server: Any, sign_in: Callable[[str], None], officers: None
) -> None:
    sign_in(CLERK)
    page.goto(f"{live_server.url}/records/corrections/new/")
    clean(page, "correction-choice")
    page.get_by_role("link", name="撤销", exact=True).press("Enter")
    page.wait_for_url("**/?outcome=revoked")
    page.locator("form[data-records-form] button").first.press("Enter")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    clean(page, "correction-refused")
    say_what_happened(page)
    fill(page, "id_number", NUMBER)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/records/drafts/[0-9a-f-]{36}/$"))
    clean(page, "correction-check")
    page.locator("#id_checked").press("Space")
    page.locator("#id_checked").press("Enter")
    page.wait_for_url("**/records/drafts/submitted/")

    page.context.clear_cookies()
    sign_in(VERIFIER)
    page.goto(f"{live_server.url}/records/verify/")
    expect(page.locator("tbody")).to_contain_text("撤销")
    page.locator("tbody a").press("Enter")
    page.wait_for_url(re.compile(r"/records/verify/[0-9a-f-]{36}/$"))
    clean(page, "correction-verify")
    page.locator("#id_checked").press("Space")
    page.locator("#id_checked").press("Enter")
    expect(page.locator(".govuk-error-summary")).to_contain_text("no_record_in_force")
    clean(page, "correction-none")


def test_a_correction_has_the_conveniences_of_the_decision_form(
    page: Page, live_server: Any, sign_in: Callable[[str], None], officers: None
) -> None:
    sign_in(CLERK)
    page.goto(f"{live_server.url}/records/corrections/new/?outcome=correction")
    clean(page, "correction-new")
    say_what_happened(page)
    key_in(page)
    expect(page.locator("#id_birth_date_0")).to_have_value("1990")
    page.locator("#id_offence_code").select_option(ACT)
    page.locator("form[data-records-form] button").first.press("Enter")
    page.wait_for_url(re.compile(r"/records/drafts/[0-9a-f-]{36}/$"))
    expect(page.locator("main")).to_contain_text("样例理由")
