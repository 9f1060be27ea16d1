"""A clerk keys in a decision with the keyboard alone; a second officer files it; nobody sees it again."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect
from stdnum.iso7064 import mod_11_2

FIRST_17 = "11010519900307101"
NUMBER = FIRST_17 + mod_11_2.calc_check_digit(FIRST_17)
CLERK, VERIFIER = "P100", "P200"
SHOTS = os.environ.get("REGISTRY_SHOTS", "")


@pytest.fixture
def officers(make_account: Callable[..., Any]) -> None:
    """Make a clerk and a verifying officer of one made-up unit."""
    make_account(CLERK, "clerk")
    make_account(VERIFIER, "verifying_officer")


def clean(page: Page, name: str) -> None:
    """Assert that axe finds nothing on the page, wide and narrow; keep a picture when asked to."""
    page.wait_for_load_state("load")
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 1280, "height": 900})


def fill(page: Page, name: str, text: str) -> None:
    """Type into a field, reached by keyboard focus."""
    page.locator(f"#id_{name}").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def key_in(page: Page) -> None:
    """Fill in what the ID number and the clerk's unit do not."""
    yesterday = timezone.localdate() - timedelta(days=1)
    for name, text in {
        "id_number": NUMBER,
        "name": "样例人甲",
        "address": "样例市样例路1号",
        "facts": "经查，样例人甲扰乱单位秩序。",
        "fine": "500",
        "decision_number": "京公朝行罚决字〔2026〕90001号",
    }.items():
        fill(page, name, text)
    for name in ("acted_on", "decided_on"):
        fill(page, f"{name}_0", yesterday.isoformat())
    fill(page, "organ_name", "示例市公安局（虚构）")


def tab_to(page: Page, target: str, *, most: int = 120, key: str = "Tab") -> None:
    """Press a key until the focus is on the target, as somebody without a mouse does."""
    for _ in range(most):
        if page.evaluate("target => document.activeElement?.matches(target)", target):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{target} is not reached by the keyboard")


def submitted(page: Page) -> None:
    """Tick and submit the check page by the keyboard alone."""
    tab_to(page, "#id_checked")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/records/drafts/submitted/")


def keyed_in(page: Page, site: str) -> None:
    """Enter a decision from the first stop of the page to the check page, with one slip on the way."""
    # The first stop leads past the frame to the form.
    page.goto(f"{site}/records/new/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#id_id_type")).to_be_focused()
    key_in(page)
    # What the number says is filled in, and a wrong check character is named while it is typed.
    expect(page.locator("#id_birth_date_0")).to_have_value("1990")
    expect(page.locator("input[name=sex][value=male]")).to_be_checked()
    fill(page, "id_number", FIRST_17 + ("0" if NUMBER[-1] != "0" else "1"))
    expect(page.locator("#id-number-note")).to_contain_text(NUMBER[-1])
    fill(page, "id_number", NUMBER)
    expect(page.locator("#id-number-note")).to_have_text("")
    # An act is found by a word and chosen with the keyboard; its limits stand beside the amounts.
    page.locator("#act-search").focus()
    page.keyboard.type("扰乱单位秩序")
    expect(page.locator("#act-search ~ ul button").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#id_offence_code")).to_have_value("PSL2025-026-1-1")
    expect(page.locator("#id_fine_helptext")).to_contain_text("1,000")
    fill(page, "fine", "5000")
    page.keyboard.press("Enter")
    expect(page.locator("#id_fine_error")).to_contain_text("fine_over_limit")
    # The summary of errors has the focus, and its link leads to the field.
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#id_fine")).to_be_focused()
    clean(page, "refused")
    fill(page, "fine", "500")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/records/drafts/[0-9a-f-]{36}/$"))
    clean(page, "check")


def test_keyed_in_returned_corrected_verified_sealed_by_keyboard(
    page: Page, live_server: Any, sign_in: Callable[[str], None], officers: None
) -> None:
    sign_in(CLERK)
    page.goto(f"{live_server.url}/records/new/")
    clean(page, "new")
    keyed_in(page, live_server.url)
    submitted(page)
    clean(page, "submitted")
    page.goto(f"{live_server.url}/records/drafts/")
    clean(page, "drafts")

    page.context.clear_cookies()
    sign_in(VERIFIER)
    verify_next(page, live_server.url)
    clean(page, "verify")
    tab_to(page, "a[href$='/return/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/return/")
    clean(page, "return")
    tab_to(page, "#id_on_fine")
    page.keyboard.type("决定书为三百元")
    page.keyboard.press("Enter")
    page.wait_for_url("**/records/verify/")

    page.context.clear_cookies()
    sign_in(CLERK)
    page.goto(f"{live_server.url}/records/drafts/")
    tab_to(page, "tbody a")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/records/drafts/[0-9a-f-]{36}/$"))
    tab_to(page, "[data-remarks] a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/#id_fine")
    clean(page, "returned")
    tab_to(page, "#id_fine")
    page.keyboard.press("Control+A")
    page.keyboard.type("300")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/records/drafts/[0-9a-f-]{36}/$"))
    submitted(page)

    page.context.clear_cookies()
    sign_in(VERIFIER)
    verify_next(page, live_server.url)
    address = page.url
    tab_to(page, "#id_checked")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/records/verify/receipt/")
    clean(page, "receipt")
    page.goto(address)
    expect(page.locator("main")).not_to_contain_text("样例人甲")


def verify_next(page: Page, site: str) -> None:
    """Open the oldest draft of the queue by the keyboard."""
    page.goto(f"{site}/records/verify/")
    clean(page, "queue")
    tab_to(page, "tbody a")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/records/verify/[0-9a-f-]{36}/$"))


def test_the_form_works_without_script(
    browser: Any, live_server: Any, officers: None, browser_context_args: dict[str, Any]
) -> None:
    from tests.browser.conftest import PASSWORD

    context = browser.new_context(**{**browser_context_args, "java_script_enabled": False})
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/login/?next=/records/new/")
    page.locator("#id_login").fill(CLERK)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    key_in(page)
    page.locator("#id_offence_code").select_option("PSL2025-026-1-1")
    page.locator("form[data-records-form] button.govuk-button:not([name])").click()
    assert re.search(r"/records/drafts/[0-9a-f-]{36}/$", page.url)
    context.close()
