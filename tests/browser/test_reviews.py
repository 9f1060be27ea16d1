"""Two officers review with the keyboard alone, in Chinese and in English; axe and the site's policy find nothing."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm
from playwright.sync_api import Page, expect

from access import authorisations, reviewers, standing
from access.facts import InquiryFacts, LetterFacts
from access.inquiries import Person, submit
from access.models import Inquiry, Unit, User
from tests.browser.test_base import assert_fits, assert_no_barriers
from tests.browser.test_decision_form import SHOTS, clean

NAME, NUMBER = "样本人物甲", "11010519491231002X"


@pytest.fixture
def inquiry(make_account: Callable[..., Any]) -> Inquiry:
    """Return an inquiry of a made-up carrier, under review since a long weekend ago."""
    for number in ("R5001", "R5002"):
        make_account(number, "reviewing_officer")
    carrier = Unit.objects.create(
        code="U2501", name="样例公交（虚构）", kind="public_transport_operator"
    )
    today = timezone.localdate()
    for number in ("F2501", "F2502"):
        official = make_account(number, "inquirer")
        User.objects.filter(pk=official.pk).update(unit=carrier)
        assign_perm(standing.INQUIRE_FOR, official, carrier)
    authorisations.load(
        unit=carrier,
        ground="TRANSIT-31",
        valid_from=today,
        valid_to=today + timedelta(days=9),
        officials=User.objects.filter(unit=carrier),
        by="test",
    )
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
    Inquiry.objects.filter(pk=made.pk).update(made_on=today - timedelta(days=20))
    return made


def cast(page: Page, live_server: Any, inquiry: Inquiry, vote: str, reason: str) -> None:
    """Choose a vote, a reason and a sentence by keyboard, and send it."""
    page.goto(f"{live_server.url}/reviews/{inquiry.receipt}/")
    page.get_by_role("link", name=vote, exact=True).press("Enter")
    page.get_by_label(reason).press("Space")
    page.locator("#id_text").fill("样例说明")
    page.get_by_role("main").get_by_role("button").press("Enter")
    page.wait_for_url("**/reviews/voted/")


def test_two_officers_ask_and_then_permit_less(
    page: Page, live_server: Any, sign_in: Callable[[str], None], inquiry: Inquiry
) -> None:
    first, second = (user.number for user in reviewers.assigned_to([inquiry])[inquiry.pk])
    sign_in(first)
    page.goto(f"{live_server.url}/reviews/")
    expect(page.locator("tbody")).to_contain_text("已逾期")
    clean(page, "reviews")
    page.locator("tbody a").press("Enter")
    page.wait_for_url(f"**/reviews/{inquiry.receipt}/")
    expect(page.locator("main")).to_contain_text("样＊＊")
    expect(page.locator("main")).not_to_contain_text(NAME)
    clean(page, "review")
    page.get_by_label("与单位公函核对姓名").press("Space")
    page.get_by_role("main").get_by_role("button").press("Enter")
    expect(page.locator("main")).to_contain_text(NAME)
    clean(page, "review-name")
    page.goto(f"{live_server.url}/reviews/{inquiry.receipt}/?vote=permit_narrower")
    clean(page, "review-narrower")
    page.get_by_role("main").get_by_role("button").press("Enter")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    clean(page, "review-refused")
    cast(page, live_server, inquiry, "要求补充", "请说明为何需要查询。")
    clean(page, "review-voted")
    page.goto(f"{live_server.url}/reviews/")
    expect(page.locator("main")).to_contain_text("没有等待您提出意见的查询申请")
    clean(page, "reviews-empty")

    page.context.clear_cookies()
    sign_in(second)
    cast(page, live_server, inquiry, "准予", "单位已说明为该目的确有必要查询。")
    page.context.clear_cookies()
    sign_in("F2501")
    page.goto(f"{live_server.url}/inquiries/{inquiry.receipt}/")
    clean(page, "inquiry-asked")
    page.locator("#id_text").fill("样例答复")
    page.get_by_role("main").get_by_role("button").press("Enter")
    expect(page.locator("main")).to_contain_text("样例答复")

    for officer in (first, second):
        page.context.clear_cookies()
        sign_in(officer)
        page.goto(f"{live_server.url}/reviews/{inquiry.receipt}/?vote=permit_narrower")
        page.locator("#id_look_back_years").fill("3")
        page.get_by_label("较短的期限即足以达到目的。").press("Space")
        page.locator("#id_text").fill("样例说明")
        page.get_by_role("main").get_by_role("button").press("Enter")
        page.wait_for_url("**/reviews/voted/")
    page.goto(f"{live_server.url}/reviews/{inquiry.receipt}/")
    clean(page, "review-decided")
    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.scope["look_back_years"]) == ("granted", 3)


def test_the_pages_fit_and_have_no_barriers_in_english(
    page: Page, live_server: Any, sign_in: Callable[[str], None], inquiry: Inquiry
) -> None:
    sign_in("R5001")
    page.goto(f"{live_server.url}/language/?next=/")
    page.get_by_role("button", name="English").click()
    for path in ("", f"{inquiry.receipt}/", f"{inquiry.receipt}/?vote=permit_narrower", "voted/"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{live_server.url}/reviews/{path}")
        clean(
            page,
            f"review-english-{'-'.join(path.split('/')[1:]).strip('?-') or path.strip('/')[:5]}",
        )
        page.set_viewport_size({"width": 320, "height": 640})
        assert_fits(page)


def test_the_security_administrator_sees_who_reviews(
    page: Page,
    live_server: Any,
    sign_in: Callable[[str], None],
    make_account: Callable[..., Any],
    inquiry: Inquiry,
    troubles: list[str],
) -> None:
    User.objects.filter(pk=make_account("S9001", "security_administrator").pk).update(unit=None)
    sign_in("S9001")
    page.goto(f"{live_server.url}/admin/reviewers/")
    expect(page.locator("table")).to_contain_text("R5001")
    for path in ("reviewers/", "access/holidayyear/2026/change/"):
        page.goto(f"{live_server.url}/admin/{path}")
        page.wait_for_load_state("load")
        assert troubles == []
        assert_no_barriers(page)
        troubles.clear()  # axe adds a style of its own to these pages, which the policy refuses
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"admin-{path.split('/')[-2]}.png", full_page=True)
