"""A programmer of an agency reads the interface's description, on a machine without a way out."""

from typing import Any

from playwright.sync_api import Page, expect


def test_the_description_is_read_offline_under_the_strict_policy(
    page: Page, live_server: Any
) -> None:
    page.goto(f"{live_server.url}/api/v1/docs/")
    expect(page.locator(".opblock")).to_have_count(10)
    page.locator("#operations-inquiries-ask button.opblock-summary-control").click()
    expect(page.locator("#operations-inquiries-ask")).to_contain_text("Idempotency-Key")
