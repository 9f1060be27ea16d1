"""The auditor's desk in a browser: no barrier, nothing the policy refuses, and it fits a narrow screen."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome
from tests.browser.test_base import assert_fits, assert_no_barriers

PAGES = ("", "person/", "samples/", "table/", "pack/", "auditors/")


def test_the_desk_has_no_barriers_in_either_language_and_fits(
    page: Page, live_server: Any, make_account: Callable[..., Any], sign_in: Callable[[str], None]
) -> None:
    from access.models import User

    make_account("A9", "auditor")
    User.objects.filter(number="A9").update(unit=None)
    facts = {"unit": "U001", "reasons": ("post_missing",), "inquiry": "sample2receipt3"}
    audit_log.enter_alone(Entry(kind=Kind.INQUIRY, outcome=Outcome.DENIED, **facts))
    sign_in("A9")
    for language in ("简体中文", "English"):
        page.goto(f"{live_server.url}/language/?next=/")
        page.get_by_role("button", name=language).click()
        page.wait_for_url(f"{live_server.url}/")
        for path in PAGES:
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(f"{live_server.url}/admin/desk/{path}")
            assert_no_barriers(page)
            page.set_viewport_size({"width": 320, "height": 640})
            assert_fits(page)
    page.goto(f"{live_server.url}/admin/desk/")
    expect(page.get_by_role("img", name="Bar chart of the table below").first).to_be_visible()
