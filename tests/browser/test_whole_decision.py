"""The decision as a whole, as clerk and verifying officer see it, in both languages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from stdnum.iso7064 import mod_11_2

from registry import drafting
from registry.decision_row import read_row
from registry.officers import officer_of
from tests.browser.test_decision_form import CLERK, VERIFIER, clean

DAY = (timezone.localdate() - timedelta(days=1)).isoformat()
COMMON = {
    "decision_number": "京公朝行罚决字〔2026〕90001号",
    "organ_code": "990000000001",
    "organ_name": "示例市公安局（虚构）",
    "organ_level": "county",
    "decided_on": DAY,
    "acted_on": DAY,
    "sex": "male",
    "birth_date": "1990-03-07",
    "id_type": "resident_id",
    "nationality": "CHN",
    "address": "样例市样例路1号",
    "facts": "经查，扰乱单位秩序。",
    "execution": "executed",
}
ACTS = (
    ("样例人甲", "11010519900307101", "PSL2025-026-1-1"),
    ("样例人甲", "11010519900307101", "PSL2025-026-1-2"),
    ("样例人乙", "11010519900307103", "PSL2025-026-1-1"),
)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_seen_whole_submitted_and_filed_at_once(
    page: Page,
    live_server: Any,
    sign_in: Callable[[str], None],
    make_account: Callable[..., Any],
    language: str,
) -> None:
    clerk = officer_of(make_account(CLERK, "clerk"))
    make_account(VERIFIER, "verifying_officer")
    for name, first, act in ACTS:
        number = first + mod_11_2.calc_check_digit(first)
        more = {"name": name, "id_number": number, "offence_code": act, "detention_days": "9"}
        row = read_row({**COMMON, **more}).row
        assert row is not None
        draft = drafting.save_draft(row=row, by=clerk)
    cookie = {"name": "django_language", "value": language, "url": live_server.url}
    for who, place in ((CLERK, "drafts"), (VERIFIER, "verify")):
        page.context.clear_cookies()
        page.context.add_cookies([cookie])
        sign_in(who)
        page.goto(f"{live_server.url}/records/{place}/{draft.pk}/")
        clean(page, f"one-{place}-{language}")
        page.locator(f"a[href='/records/{place}/{draft.pk}/decision/']").press("Enter")
        expect(page.locator("tbody tr")).to_have_count(2)
        clean(page, f"whole-{place}-{language}")
        page.locator("#id_checked").press("Space")
        page.locator("#id_checked").press("Enter")
        page.wait_for_url("**/submitted/" if who == CLERK else "**/receipt/")
    clean(page, f"receipts-{language}")
    expect(page.locator(".govuk-panel strong")).to_have_count(3)
