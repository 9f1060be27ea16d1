"""A kindergarten's official checks the staff with the keyboard alone, in Chinese and in English; axe finds nothing."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm
from playwright.sync_api import Page, expect

from access import authorisations, roster_sending, standing
from access.models import Inquiry, Roster, Unit, User
from tests.browser.test_decision_form import clean, fill

FIRST, SECOND, THIRD = "11010519491231002X", "11010519900307101X", "110105194912310038"


@pytest.fixture(autouse=True)
def fixture_kindergarten(make_account: Callable[..., Any]) -> Unit:
    """Make a made-up kindergarten with two officials and at most five on a roster."""
    unit = Unit.objects.create(
        code="U2101", name="样例幼儿园（虚构）", kind="kindergarten", roster_limit=5
    )
    today = timezone.localdate()
    for number in ("F2101", "F2102"):
        official = make_account(number, "inquirer")
        User.objects.filter(pk=official.pk).update(unit=unit)
        assign_perm(standing.INQUIRE_FOR, official, unit)
    authorisations.load(
        unit=unit,
        ground="MINORS-62",
        valid_from=today,
        valid_to=today + timedelta(days=9),
        officials=list(User.objects.filter(unit=unit)),
        by="test",
    )
    return unit


def begin(page: Page) -> None:
    """State a roster, from the list of inquiries on, by keyboard."""
    today = timezone.localdate()
    page.locator("main").get_by_role("link", name=re.compile("名册|rosters")).press("Enter")
    page.wait_for_url("**/rosters/")
    page.locator("main a.govuk-button").first.press("Enter")
    page.wait_for_url("**/rosters/new/")
    typed = {
        "size": "5",
        "purpose": "年度从业人员核查（样例）",
        "official_2": "F2102",
        "letter_number": "样例函〔2026〕3号",
    }
    for name, text in typed.items():
        fill(page, name, text)
    fill(page, "letter_issued_on_0", today.isoformat())
    page.keyboard.press("Tab")


def send(page: Page, form: str) -> None:
    """Press the button of a form by keyboard."""
    page.locator(f"form[action$='{form}'] button").first.press("Enter")


def test_a_roster_from_statement_to_answer(
    page: Page, live_server: Any, sign_in: Callable[[str], None]
) -> None:
    sign_in("F2101")
    page.goto(f"{live_server.url}/inquiries/")
    clean(page, "roster-inquiries")
    begin(page)
    clean(page, "roster-new")
    send(page, "new/")
    page.wait_for_url(re.compile("/rosters/[a-z2-9]{20}/$"))
    fill(page, "id_number", "110105194912310099")
    fill(page, "name", "样本人物甲")
    fill(page, "post", "教师")
    send(page, "add/")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    clean(page, "roster-refused")
    for number, name in ((FIRST, "样本人物甲"), (SECOND, "样本人物乙")):
        fill(page, "id_number", number)
        fill(page, "name", name)
        fill(page, "post", "教师")
        send(page, "add/")
        page.wait_for_url("**/#enter")
        expect(page.locator("main")).not_to_contain_text(name)
    expect(page.locator("#id_id_number")).to_have_value("")
    page.locator("summary").press("Enter")
    fill(page, "rows", f"居民身份证\t{FIRST}\t样本人物甲\t厨师")
    send(page, "paste/")
    expect(page.locator(".govuk-notification-banner")).to_contain_text("已在名册")
    clean(page, "roster-twice")
    page.locator("#id_rows").fill(f"resident_id,{THIRD},样本人物丙,厨师")
    send(page, "paste/")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.locator("#id_undertaking").press("Space")
    send(page, "send/")
    expect(page.locator("progress")).to_be_visible()
    clean(page, "roster-sending")
    roster = Roster.objects.get()
    assert roster_sending.work(roster.pk) == 3
    # The page hears by itself that it is over.
    expect(page.locator("progress")).to_have_count(0, timeout=10_000)
    expect(page.locator("tbody .govuk-tag--green")).to_have_count(3)
    clean(page, "roster-sent")
    page.locator("tbody td a").first.press("Enter")
    page.wait_for_url(re.compile("/inquiries/[a-z2-9]{20}/$"))
    expect(page.locator("main")).to_contain_text("样＊＊")
    clean(page, "roster-inquiry")
    page.locator("#id_undertaking").press("Space")
    send(page, "answer/")
    expect(page.locator("h1")).to_be_visible()
    assert sorted(Inquiry.objects.values_list("views", flat=True)) == [0, 0, 1]


def test_the_pages_in_english_and_without_a_script(
    page: Page, live_server: Any, sign_in: Callable[[str], None], browser: Any
) -> None:
    sign_in("F2101")
    page.goto(f"{live_server.url}/language/?next=/inquiries/")
    page.get_by_role("button", name="English").click()
    begin(page)
    clean(page, "roster-new-english")
    send(page, "new/")
    page.wait_for_url(re.compile("/rosters/[a-z2-9]{20}/$"))
    fill(page, "id_number", FIRST)
    fill(page, "name", "样本人物甲")
    fill(page, "post", "教师")
    send(page, "add/")
    page.wait_for_url("**/#enter")
    clean(page, "roster-english")
    page.locator("#id_undertaking").press("Space")
    send(page, "send/")
    expect(page.locator("progress")).to_be_visible()
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies(page.context.cookies())
    without = plain.new_page()
    without.goto(page.url)
    expect(without.locator("progress")).to_contain_text("0 of 1 persons.")
    roster_sending.work(Roster.objects.get().pk)
    expect(without.locator("progress")).to_have_count(0, timeout=15_000)
    plain.close()
    page.goto(f"{live_server.url}/inquiries/rosters/")
    clean(page, "rosters-english")
