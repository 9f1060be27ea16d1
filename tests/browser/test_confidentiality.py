"""Confidentiality in a browser: the watermark on screen and on paper, the register of copies, the leak drill."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from access import authorisations
from access.models import Inquiry, Reminder, Unit
from access.watermark_code import code_of
from sealing import receipt
from sealing.models import AuditEntry
from sealing.receipts import public_keys
from sealing.subject import lock_index
from tests.browser.test_decision_form import NUMBER, clean, fill

INQUIRER, COLLEAGUE, AUDITOR = "F100", "F200", "A100"
NAME = "样例人甲"
SHOTS = os.environ.get("REGISTRY_SHOTS", "")


@pytest.fixture
def asked(make_account: Callable[..., Any]) -> Inquiry:
    """Return a granted case inquiry about a person with three sealed decisions."""
    from access.account_standing import follow_roles
    from access.exceptions import CaseKind
    from access.scopes import case_scope
    from access.standing import let_see
    from tests.integration.sealing.rows import sealed_record

    officials = [make_account(number, "inquirer") for number in (INQUIRER, COLLEAGUE)]
    for official in officials:
        follow_roles(official)
    make_account(AUDITOR, "auditor")
    today, unit = timezone.localdate(), Unit.objects.get()
    authorisations.load(
        unit=unit,
        ground="case_handling",
        valid_from=today,
        valid_to=today + timedelta(days=9),
        officials=officials,
        by="test",
    )
    for at in range(3):
        sealed_record(
            lock_index("resident_id", NUMBER),
            name=NAME,
            id_number=NUMBER,
            sex="male",
            birth_date="1990-03-07",
            licence_revoked="",
            offence_code="PSL2025-051-1-0a",
            decision_number=f"样公行罚决字〔2026〕0000{at}号",
            facts="经查，样例人甲殴打他人。" * 12,
            address="样例市样例路1号",
            detention_days=5,
        )
    inquiry = Inquiry.objects.create(
        unit=unit,
        made_by=officials[0],
        made_on=today,
        exception="case_handling",
        case_kind="criminal",
        officials=[INQUIRER, COLLEAGUE],
        undertaking=True,
        purpose="样例",
        post="",
        case_number="样例1号",
        letter_number="函1号",
        id_type="resident_id",
        id_number=NUMBER,
        name=NAME,
        status="granted",
        scope=case_scope(case_kind=CaseKind.CRIMINAL).as_dict(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    let_see(inquiry)
    return inquiry


def test_from_the_answer_to_the_leak_drill(
    page: Page, live_server: Any, sign_in: Callable[[str], None], asked: Inquiry
) -> None:
    sign_in(INQUIRER)
    page.goto(f"{live_server.url}/inquiries/{asked.receipt}/")
    page.locator("#id_undertaking").check()
    page.locator("form[action$='/answer/'] button").first.click()
    page.wait_for_url("**/answer/")
    view = AuditEntry.objects.using("audit").get(kind="lookup", outcome="granted")
    code = code_of(view.pk)
    clean(page, "answer-marked")
    lies_over_all_of_the_answer(page)
    is_heard_once(page, code)
    is_on_every_printed_page(page)
    saved_receipt_is_signed(page, str(view.pk))

    state_what_became_of_it(page)
    overdue_is_said(page, live_server.url)
    page.goto(f"{live_server.url}/accounts/logout/")
    page.locator("main form button").click()
    sign_in(AUDITOR)
    trace(page, live_server.url, code, asked.receipt)


def saved_receipt_is_signed(page: Page, entry: str) -> None:
    """Save the signed receipt from the answer's page, and check the file as its holder would."""
    page.get_by_text("签名回执", exact=True).click()
    with page.expect_download() as saving:
        page.get_by_role("button", name="保存签名回执").press("Enter")
    assert saving.value.suggested_filename == f"receipt-{entry}.json"
    document = json.loads(saving.value.path().read_text())
    [key] = public_keys()
    receipt.check(document, public_key=receipt.read_key(key["public_key"]))
    assert document["entry"] == entry


def state_what_became_of_it(page: Page) -> None:
    """Open the register from the answer, forget everything once, then state that the answer was passed on."""
    page.get_by_role("link", name="说明本次查询结果的去向").press("Enter")
    page.wait_for_url("**/copies/")
    clean(page, "copies-form")
    page.locator("main form button").press("Enter")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    clean(page, "copies-refused")
    page.locator("#id_act_1").press("Space")
    fill(page, "recipient", "样例区检察院第一检察部")
    fill(page, "file", "样例卷〔2026〕7号")
    fill(page, "until_0", f"{timezone.localdate():%Y-%m-%d}")
    fill(page, "reason", "样例保管期限规定第三条")
    page.locator("main form button").press("Enter")
    expect(page.locator("tbody")).to_contain_text("样例区检察院第一检察部")
    clean(page, "copies-register")


def overdue_is_said(page: Page, site: str) -> None:
    """Let the term be long over: the first page, the list and the door of a new inquiry say so."""
    Reminder.objects.update(due_on=timezone.localdate() - timedelta(days=91))
    page.goto(f"{site}/")
    clean(page, "home-overdue")
    page.get_by_role("link", name="待确认的查询结果").last.click()
    page.wait_for_url("**/inquiries/copies/")
    clean(page, "copies-due")
    page.goto(f"{site}/inquiries/new/")
    expect(page.get_by_role("heading", level=1)).to_have_text("请先说明此前查询结果的去向")
    clean(page, "confirm-first")


def trace(page: Page, site: str, code: str, receipt: str) -> None:
    """Type the code as an auditor, and find the inquiry with its register."""
    page.goto(f"{site}/admin/access/reminder/")
    clean_admin(page, "overdue")
    page.goto(f"{site}/admin/")
    page.get_by_role("link", name="由照片上的水印追查到查询").click()
    clean_admin(page, "leak-form")
    page.locator("#id_code").fill(code.lower().replace("-", ""))
    page.locator("#id_reason").select_option("drill")
    page.get_by_role("button", name="登记并追查").click()
    expect(page.locator("#content")).to_contain_text(receipt)
    expect(page.locator("#content")).to_contain_text("样例卷〔2026〕7号")
    expect(page.locator("#content")).not_to_contain_text(NAME)
    clean_admin(page, "leak-found")


def lies_over_all_of_the_answer(page: Page) -> None:
    """Assert that the drawing covers the answer, and that what is under it can still be pressed and marked."""
    over, under = (page.locator(name).bounding_box() for name in (".marked__over", ".marked"))
    assert over == under
    at = page.locator(".marked h1").bounding_box()
    assert at
    hit = "([x, y]) => document.elementFromPoint(x, y).closest('h1') !== null"
    assert page.evaluate(hit, [at["x"] + 20, at["y"] + at["height"] / 2])


def is_heard_once(page: Page, code: str) -> None:
    """Assert that whoever listens to the page hears the code in its place in the text and nowhere else."""
    assert page.locator("main").aria_snapshot().count(code) == 1


def is_on_every_printed_page(page: Page) -> None:
    """Assert that each sheet is drawn over; a picture of the print is kept when asked to."""
    page.emulate_media(media="print")
    expect(page.locator(".marked__over")).to_have_css("position", "fixed")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "answer-print.png", full_page=True)
        page.pdf(path=Path(SHOTS) / "answer.pdf", format="A4")
    page.emulate_media(media="screen")


def clean_admin(page: Page, name: str) -> None:
    """Assert that axe finds nothing on a page of the administration."""
    from axe_playwright_python.sync_playwright import Axe

    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
