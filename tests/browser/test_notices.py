"""Both notices in a browser: printed to the person, made under Article 134, made again after a revocation."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from registry.correction import Correction, NamedRecord
from registry.in_force import Happened
from tests.browser.test_decision_form import CLERK, NUMBER, VERIFIER, clean, fill

UNIT = "990000000001"
DECISION, ACT, NAME = "京公朝行罚决字〔2026〕90001号", "PSL2025-026-1-1", "样例人甲"
DOCUMENTS = ("样公通〔2026〕1号", "样公通〔2026〕2号")


@pytest.fixture
def files(make_account: Callable[..., Any]) -> Callable[[Any], None]:
    """Return a function that files a row by two officers of one made-up unit."""
    from registry import drafting
    from registry.filing import file_record
    from registry.officers import officer_of

    clerk = officer_of(make_account(CLERK, "clerk"))
    verifier = officer_of(make_account(VERIFIER, "verifying_officer"))

    def done(row: Any) -> None:
        draft = drafting.save_draft(row=row, by=clerk)
        drafting.submit(draft=draft, by=clerk)
        file_record(draft=draft, by=verifier)

    return done


def record() -> Any:
    from tests.integration.registry.conftest import decision

    return decision(organ_code=UNIT, organ_name="示例市公安局（虚构）", id_number=NUMBER)


def revocation() -> Correction:
    return Correction(
        happened=Happened.REVOKED,
        named=NamedRecord(UNIT, DECISION, "resident_id", NUMBER, ACT),
        reason="样例理由",
        document="样政复决〔2026〕7号",
        document_on=date(2026, 1, 5),
    )


def state(page: Page, document: str) -> None:
    """Fill in the person, the number of the notice and the second officer."""
    for field, text in {
        "id_number": NUMBER,
        "name": NAME,
        "document": document,
        "second_officer": CLERK,
    }.items():
        fill(page, field, text)


def fits_on(page: Page, sheets: int, name: str) -> None:
    """Assert that the browser prints the page on so many sheets of A4, without the site's frame."""
    page.emulate_media(media="print")
    for part in (".masthead", ".footer", ".govuk-back-link", ".beside-document"):
        expect(page.locator(part).first).to_be_hidden()
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == sheets, name
    page.emulate_media(media="screen")


def test_the_notice_to_the_person_is_one_sheet_in_each_language(
    page: Page,
    live_server: Any,
    sign_in: Callable[[str], None],
    files: Callable[[Any], None],
) -> None:
    sign_in(CLERK)
    page.goto(f"{live_server.url}/records/notice/")
    clean(page, "notice")
    page.evaluate("window.print = () => { document.body.dataset.printed = 'yes'; }")
    page.get_by_role("button", name="打印").press("Enter")
    expect(page.locator("body")).to_have_attribute("data-printed", "yes")
    expect(page.locator("article")).to_have_count(2)
    fits_on(page, 2, "notice")


def test_a_notice_is_made_and_made_again_after_a_revocation(
    page: Page,
    live_server: Any,
    sign_in: Callable[[str], None],
    files: Callable[[Any], None],
) -> None:
    files(record())
    sign_in(VERIFIER)
    page.get_by_role("link", name="第一百三十四条通报").first.press("Enter")
    page.wait_for_url("**/notifications/")
    clean(page, "notifications-none")
    page.get_by_role("button", name="新建通报").press("Enter")
    page.wait_for_url("**/notifications/new/")
    page.locator("form button").last.press("Enter")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    clean(page, "notification-refused")
    state(page, DOCUMENTS[0])
    fill(page, "decision_number", DECISION)
    page.locator("#id_offence_code").select_option(ACT)
    page.locator("#id_recipient_kind_0").press("Space")
    fill(page, "recipient", "样例监察委员会")
    page.locator("#id_condition").press("Space")
    page.locator("form button").last.press("Enter")
    expect(page.locator(".document")).to_contain_text(NAME)
    clean(page, "notification")
    fits_on(page, 1, "notification")

    files(revocation())
    page.goto(f"{live_server.url}/")
    expect(page.locator("main")).to_contain_text("有 1 项撤销或更正待通报")
    clean(page, "notification-home")
    page.get_by_role("link", name="前往通报").press("Enter")
    page.wait_for_url("**/notifications/")
    clean(page, "notifications-due")
    page.get_by_role("link", name="再次通报").press("Enter")
    page.wait_for_url("**/again/")
    clean(page, "notification-again-form")
    state(page, DOCUMENTS[1])
    page.locator("form button").last.press("Enter")
    expect(page.locator(".document")).to_contain_text("样政复决〔2026〕7号")
    expect(page.locator(".document")).to_contain_text("该决定已全部失效")
    expect(page.locator(".document")).not_to_contain_text("我机关将再次通报")
    clean(page, "notification-again")
    fits_on(page, 1, "notification again")
    page.goto(f"{live_server.url}/")
    expect(page.locator("main")).not_to_contain_text("待通报")
