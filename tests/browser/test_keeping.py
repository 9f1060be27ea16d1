"""What a clerk types is kept by itself; the page says so, and says so too when it is not."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.test_decision_form import CLERK, clean, fill

SAVED = re.compile(r"\d\d:\d\d")
UNFINISHED = re.compile(r"/records/unfinished/[0-9a-f-]{36}/$")


@pytest.fixture
def typing(
    page: Page,
    live_server: Any,
    sign_in: Callable[[str], None],
    make_account: Callable[..., Any],
) -> Page:
    """Return a page on which a clerk has typed half a decision, and which says that it is saved."""
    make_account(CLERK, "clerk")
    sign_in(CLERK)
    page.goto(f"{live_server.url}/records/new/")
    fill(page, "name", "样例人半")
    fill(page, "birth_date_0", "19")
    fill(page, "birth_date_2", "31")
    fill(page, "fine", "five")
    expect(status(page)).to_have_text(SAVED, timeout=4000)
    return page


def status(page: Page) -> Any:
    """Return the line that says whether what is typed is saved."""
    return page.locator("[data-keep-status]")


def typed(page: Page) -> dict[str, str]:
    """Return what stands in the fields that were typed into."""
    names = ("name", "birth_date_0", "birth_date_1", "birth_date_2", "fine")
    return {name: page.locator(f"#id_{name}").input_value() for name in names}


HALF = {
    "name": "样例人半",
    "birth_date_0": "19",
    "birth_date_1": "",
    "birth_date_2": "31",
    "fine": "five",
}


def test_what_is_typed_is_there_after_a_reload_and_nowhere_in_the_browser(typing: Page) -> None:
    assert UNFINISHED.search(typing.url)
    clean(typing, "kept")
    assert typing.evaluate("localStorage.length + sessionStorage.length") == 0
    typing.reload()
    assert typed(typing) == HALF
    fill(typing, "name", "样例人全")
    expect(status(typing)).not_to_have_text(SAVED)
    expect(status(typing)).to_have_text(SAVED, timeout=4000)
    typing.goto(f"{typing.url.split('/records/')[0]}/records/drafts/")
    clean(typing, "unfinished")
    typing.locator("tbody a").first.press("Enter")
    assert typed(typing)["name"] == "样例人全"


def test_an_older_window_says_that_it_saves_no_more(typing: Page, context: BrowserContext) -> None:
    newer = context.new_page()
    newer.goto(typing.url)
    fill(newer, "name", "样例人新")
    expect(status(newer)).not_to_have_text(SAVED)
    expect(status(newer)).to_have_text(SAVED, timeout=4000)
    fill(typing, "name", "样例人旧")
    expect(status(typing).locator("a")).to_have_attribute("href", UNFINISHED, timeout=4000)
    assert typed(typing)["name"] == "样例人旧"
    newer.reload()
    assert typed(newer)["name"] == "样例人新"
    # Pressing the button asks once more, with what the older window holds still there.
    typing.locator("form[data-records-form] button[name=keep]").click()
    expect(typing.locator(".govuk-error-summary")).to_be_focused()
    assert typed(typing)["name"] == "样例人旧"
    clean(typing, "overtaken")
    newer.close()


def test_signed_out_in_the_middle_nothing_is_lost(typing: Page, live_server: Any) -> None:
    typing.context.clear_cookies()
    fill(typing, "name", "样例人久")
    expect(status(typing).locator("a")).to_have_attribute("href", "/accounts/login/", timeout=4000)
    # Sending the form would lose it: it is held back.
    typing.locator("form[data-records-form] button.govuk-button:not([name])").click()
    assert UNFINISHED.search(typing.url)
    with typing.expect_popup() as opened:
        status(typing).locator("a").click()
    window = opened.value
    window.locator("#id_login").fill(CLERK)
    window.locator("#id_password").fill(PASSWORD)
    window.locator("#id_password").press("Enter")
    window.wait_for_url(f"{live_server.url}/")
    expect(status(typing)).to_have_text(SAVED, timeout=8000)
    window.goto(typing.url)
    assert typed(window)["name"] == "样例人久"
    # The form of the first window has a token that serves again.
    typing.locator("form[data-records-form] button.govuk-button:not([name])").click()
    expect(typing.locator(".govuk-error-summary")).to_be_focused()
    assert typed(typing)["name"] == "样例人久"
    window.close()


def test_while_the_registry_cannot_be_reached_the_page_says_so_and_goes_on_trying(
    typing: Page,
) -> None:
    typing.route("**/keep/", lambda route: route.abort())
    fill(typing, "name", "样例人断")
    expect(status(typing)).not_to_have_text(SAVED)
    expect(status(typing)).to_contain_text("未保存", timeout=4000)
    typing.unroute("**/keep/")
    expect(status(typing)).to_have_text(SAVED, timeout=8000)
    typing.reload()
    assert typed(typing)["name"] == "样例人断"
