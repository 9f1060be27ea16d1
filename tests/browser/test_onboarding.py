"""Two administrators approve, a unit stops itself, a denial is contested and looked at again: by keyboard, axe finds nothing."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from guardian.shortcuts import assign_perm
from playwright.sync_api import Page, expect

from access import authorisations, standing
from access.facts import InquiryFacts, LetterFacts
from access.inquiries import Person, submit
from access.models import Authorisation, Contest, Inquiry, Unit, User
from tests.browser.test_decision_form import SHOTS, clean

NAME, NUMBER = "样本人物甲", "11010519491231002X"


@pytest.fixture
def carrier(make_account: Callable[..., Any]) -> Unit:
    """Return a made-up carrier with two officials whose authorisation ends in nine days, and who decides about it."""
    made = Unit.objects.create(
        code="U2501", name="样例公交（虚构）", kind="public_transport_operator"
    )
    for number in ("F2501", "F2502"):
        official = make_account(number, "inquirer")
        User.objects.filter(pk=official.pk).update(unit=made)
        assign_perm(standing.INQUIRE_FOR, official, made)
    for number in ("S9001", "S9002"):
        User.objects.filter(pk=make_account(number, "security_administrator").pk).update(unit=None)
    for number in ("R5001", "R5002"):
        make_account(number, "reviewing_officer")
    today = timezone.localdate()
    authorisations.load(
        unit=made,
        ground="TRANSIT-31",
        valid_from=today,
        valid_to=today + timedelta(days=9),
        officials=User.objects.filter(unit=made),
        by="test",
    )
    return made


@pytest.fixture
def denied(carrier: Unit) -> Inquiry:
    """Return an inquiry that was denied because an official was not named; he is named since."""
    held, today = Authorisation.objects.get(), timezone.localdate()
    days = {"valid_from": held.valid_from, "valid_to": held.valid_to}
    both = list(User.objects.filter(unit=carrier))
    for officials in (both[:1], both):
        authorisations.load(
            unit=carrier, ground=held.ground, **days, officials=officials, by="test", kept=held
        )
        if officials == both:
            break
        made = submit(
            facts=InquiryFacts(
                exception="state_regulation",
                provision="TRANSIT-31",
                purpose="核实拟聘人员情况",
                post="公交驾驶员",
                case=None,
                officials=("F2501", "F2502"),
                letter=LetterFacts("样例函〔2026〕1号", today),
                undertaking=True,
            ),
            person=Person("resident_id", NUMBER, NAME),
            by=User.objects.get(number="F2501"),
            today=today,
        )
    assert made.reasons == ["official_not_named"]
    return made


def looked_at(page: Page, name: str) -> None:
    """Assert that axe finds nothing in the administration; keep a picture when asked to.

    Without its preload: axe would copy imported style sheets inline, which the site's policy refuses.
    """
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"admin-{name}.png", full_page=True)


def test_an_extension_has_force_when_the_second_administrator_approves(
    page: Page, live_server: Any, sign_in: Callable[[str], None], carrier: Unit
) -> None:
    held, admin = Authorisation.objects.get(), f"{live_server.url}/admin"
    later = (timezone.localdate() + timedelta(days=300)).isoformat()
    sign_in("F2501")
    expect(page.locator("main")).to_contain_text("9 日后到期")
    clean(page, "home-ending")
    page.context.clear_cookies()
    sign_in("S9001")
    page.goto(f"{admin}/access/authorisation/{held.pk}/change/")
    looked_at(page, "authorisation")
    page.locator("#id_valid_to").fill(later)
    page.locator("#id_letter_number").fill("样例函〔2026〕2号")
    page.locator("#id_letter_issued_on").fill(timezone.localdate().isoformat())
    page.locator("input[name=_save]").press("Enter")
    page.wait_for_url("**/approvals/")
    expect(page.locator("#content")).to_contain_text("本人提请")
    looked_at(page, "approvals")
    page.locator("table a").first.press("Enter")
    expect(page.locator("#content")).to_contain_text("须由另一名安全管理员核准")
    looked_at(page, "approval-own")
    page.context.clear_cookies()
    sign_in("S9002")
    page.goto(f"{admin}/")
    expect(page.locator("#content")).to_contain_text("1 项提请等待您核准")
    page.goto(f"{admin}/approvals/")
    page.locator("table a").first.press("Enter")
    expect(page.locator("#content")).to_contain_text("样例函〔2026〕2号")
    looked_at(page, "approval")
    page.get_by_role("button", name="核准", exact=True).press("Enter")
    page.wait_for_url("**/approvals/")
    held.refresh_from_db()
    assert held.valid_to.isoformat() == later


def test_a_unit_stops_itself_by_keyboard(
    page: Page, live_server: Any, sign_in: Callable[[str], None], carrier: Unit
) -> None:
    sign_in("F2502")
    page.goto(f"{live_server.url}/inquiries/emergency/")
    clean(page, "emergency")
    page.get_by_role("main").get_by_role("button").press("Enter")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    clean(page, "emergency-unsure")
    page.locator("#id_sure").press("Space")
    page.get_by_role("main").get_by_role("button").press("Enter")
    expect(page.locator("main")).to_contain_text("已暂停")
    clean(page, "emergency-stopped")
    assert Authorisation.objects.get().suspended_by == "F2502"
    page.context.clear_cookies()
    sign_in("S9001")
    page.goto(f"{live_server.url}/admin/approvals/")
    expect(page.locator("#content")).to_contain_text("紧急：单位自行停用")
    looked_at(page, "approvals-stopped")


def test_a_denial_is_contested_and_looked_at_again(
    page: Page, live_server: Any, sign_in: Callable[[str], None], denied: Inquiry
) -> None:
    own = f"{live_server.url}/inquiries/{denied.receipt}/"
    sign_in("F2501")
    page.goto(own)
    clean(page, "contest")
    page.locator("#id_grounds").fill("经办人已列入授权。")
    page.get_by_role("main").get_by_role("button").press("Enter")
    expect(page.locator("main")).to_contain_text("复核中")
    clean(page, "contest-made")
    for officer in ("R5001", "R5002"):
        page.context.clear_cookies()
        sign_in(officer)
        page.goto(f"{live_server.url}/reviews/")
        clean(page, "reviews-contests")
        page.locator("tbody a").press("Enter")
        page.wait_for_url("**/reviews/contests/*/")
        expect(page.locator("main")).not_to_contain_text(NAME)
        clean(page, "second-look")
        page.get_by_role("link", name="撤销", exact=True).press("Enter")
        page.wait_for_url("**?vote=permit")
        clean(page, "second-look-vote")
        page.get_by_label("单位已补充说明").press("Space")
        page.locator("#id_text").fill("样例说明")
        page.get_by_role("main").get_by_role("button").press("Enter")
        page.wait_for_url("**/reviews/voted/")
    assert Contest.objects.get().state == "set_aside"
    page.context.clear_cookies()
    sign_in("F2501")
    page.goto(f"{live_server.url}/language/?next=/")
    page.get_by_role("button", name="English").click()
    page.goto(own)
    expect(page.locator("main")).to_contain_text("The denial was set aside")
    clean(page, "contest-decided-english")


def test_every_field_of_an_account_has_a_name(
    page: Page, live_server: Any, sign_in: Callable[[str], None], carrier: Unit
) -> None:
    sign_in("S9001")
    page.goto(f"{live_server.url}/admin/access/user/add/")
    expect(page.locator(".select2-selection")).to_be_visible()
    looked_at(page, "account")
    page.get_by_role("combobox", name="单位").press("Enter")
    page.locator(".select2-search__field").fill("U2501")
    page.get_by_role("option", name="样例公交").click()
    expect(page.locator("#id_unit")).to_have_value(str(carrier.pk))
