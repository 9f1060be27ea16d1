"""What every page shares: sign-in, language, navigation, the second factor, and no barrier for anybody."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD

PLAIN = ("/accounts/login/", "/language/", "/no-such-page/")
SIGNED_IN = (
    "/",
    "/language/",
    "/accounts/logout/",
    "/accounts/2fa/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/no-such-page/",
)


def assert_no_barriers(page: Page) -> None:
    """Fail with what axe found and where; a page that a click led to is let come whole first."""
    page.wait_for_load_state()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def assert_fits(page: Page) -> None:
    """Fail when the page must be scrolled sideways."""
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1], page.url


def test_an_official_signs_in_with_the_keyboard_alone(
    page: Page, live_server: Any, make_account: Callable[..., Any]
) -> None:
    make_account("F1012", "clerk")
    page.goto(f"{live_server.url}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#id_login")).to_be_focused()
    page.keyboard.type("F1012")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("今日工作")
    expect(page.get_by_role("banner")).to_contain_text("F1012")


def test_a_wrong_password_names_neither_half(
    page: Page, live_server: Any, make_account: Callable[..., Any]
) -> None:
    make_account("F1012", "clerk")
    answers = []
    for number in ("F1012", "F9999"):
        page.goto(f"{live_server.url}/accounts/login/")
        page.locator("#id_login").fill(number)
        page.locator("#id_password").fill("not the password")
        page.get_by_role("main").get_by_role("button").click()
        summary = page.get_by_role("alert")
        expect(summary).to_contain_text("填写有误")
        answers.append(summary.inner_text())
        page.get_by_role("alert").get_by_role("link").click()
        expect(page.locator("#id_login")).to_be_focused()
    assert answers[0] == answers[1]


def test_empty_fields_are_named_beside_the_field_and_in_the_summary(
    page: Page, live_server: Any
) -> None:
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_role("main").get_by_role("button").click()
    expect(page).to_have_title("错误： 登录 – 违反治安管理记录封存登记系统")
    expect(page.get_by_role("alert").get_by_role("link", name="请输入密码。")).to_be_visible()
    expect(page.locator("#id_password")).to_have_accessible_description("错误： 请输入密码。")


def test_pages_have_no_barriers_in_either_language_and_fit_a_narrow_screen(
    page: Page, live_server: Any, make_account: Callable[..., Any], sign_in: Callable[[str], None]
) -> None:
    make_account("F1012", "clerk", "verifying_officer")
    for path in PLAIN:
        page.goto(live_server.url + path)
        assert_no_barriers(page)
    sign_in("F1012")
    for language in ("简体中文", "English"):
        page.goto(f"{live_server.url}/language/?next=/")
        page.get_by_role("button", name=language).click()
        page.wait_for_url(f"{live_server.url}/")
        for path in SIGNED_IN:
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(live_server.url + path)
            assert_no_barriers(page)
            page.set_viewport_size({"width": 320, "height": 640})
            assert_fits(page)


def test_the_language_stays_as_chosen(page: Page, live_server: Any) -> None:
    page.goto(f"{live_server.url}/accounts/login/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.get_by_role("banner").get_by_role("link", name="English").click()
    page.get_by_role("button", name="English").click()
    page.wait_for_url(f"{live_server.url}/accounts/login/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_choice_of_language_leads_to_no_other_site(page: Page, live_server: Any) -> None:
    page.goto(f"{live_server.url}/language/?next=https://example.com/")
    page.get_by_role("button", name="English").click()
    assert page.url.startswith(live_server.url)


def test_an_auditor_must_have_a_second_factor_and_then_uses_it(
    page: Page,
    live_server: Any,
    make_account: Callable[..., Any],
    settings: Any,
    connect: Callable[[str], Any],
) -> None:
    from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time

    def code() -> str:
        counter = next(iter(yield_hotp_counters_from_time()))
        return f"{hotp_value(secret, counter):06d}"

    settings.REGISTRY_REQUIRE_SECOND_FACTOR = True
    make_account("A9001", "auditor")
    page.goto(f"{live_server.url}/admin/")
    page.locator("#id_login").fill("A9001")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_url("**/accounts/reauthenticate/**")
    assert_no_barriers(page)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_url("**/2fa/totp/activate/")
    secret = page.locator("#authenticator_secret").input_value()
    assert_no_barriers(page)
    page.locator("#id_code").fill(code())
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url("**/2fa/recovery-codes/")
    recovery_code = page.locator("#recovery_codes").input_value().split()[0]
    assert_no_barriers(page)
    kept = connect("bootstrap").execute("SELECT data::text FROM mfa_authenticator").fetchall()
    assert len(kept) == 2
    assert not any(secret in data for (data,) in kept)

    page.goto(f"{live_server.url}/admin/")
    assert page.url == f"{live_server.url}/admin/"
    page.goto(f"{live_server.url}/accounts/logout/")
    page.get_by_role("main").get_by_role("button").click()
    page.goto(f"{live_server.url}/admin/login/")
    page.locator("#id_login").fill("A9001")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_url("**/2fa/authenticate/**")
    assert_no_barriers(page)
    page.goto(f"{live_server.url}/admin/")
    assert page.url == f"{live_server.url}/accounts/2fa/authenticate/"
    page.locator("#id_code").fill(recovery_code)
    page.get_by_role("main").get_by_role("button", name="登录").click()
    page.wait_for_url(f"{live_server.url}/admin/")


@pytest.mark.parametrize("role", ["security_administrator", "auditor"])
def test_the_administration_runs_under_the_same_policy(
    page: Page,
    live_server: Any,
    make_account: Callable[..., Any],
    sign_in: Callable[[str], None],
    role: str,
) -> None:
    make_account("N0001", role)
    sign_in("N0001")
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator("#site-name")).to_contain_text("违反治安管理记录封存登记系统")
    links = page.locator("#content-main a[href^='/admin/']")
    for path in sorted({link.get_attribute("href") or "" for link in links.all()}):
        answer = page.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == 200, path
