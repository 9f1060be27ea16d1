"""The supervisor's and the auditor's pages of numbers, in a browser: readable, narrow too, charts drawn under the policy."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from registry import statistics_pages
from registry.completeness import note_numbers, state_issued
from registry.officers import officer_of
from registry.statistics import MonthCounts, last_month_over
from tests.integration.registry.conftest import decision

SHOTS = os.environ.get("REGISTRY_SHOTS", "")
ORGAN, SERIES = "990000000001", "示公东行罚决字"


def clean(page: Page, name: str) -> None:
    """Assert that axe finds nothing on the page, wide and narrow; keep a picture when asked to."""
    page.wait_for_load_state("load")
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture
def numbers(make_account: Callable[..., Any]) -> None:
    """Note and state numbers of a made-up organ, with gaps."""
    supervisor = officer_of(make_account("P200", "verifying_officer"))
    rows = [
        decision(organ_code=ORGAN, decision_number=f"{SERIES}〔2026〕{sequence}号")
        for sequence in (1, 2, 5, 9, 14)
    ]
    note_numbers([*rows, decision(organ_code=ORGAN, decision_number="样例1号")])
    state_issued(series=SERIES, year=2026, first=1, last=12, by=supervisor)


def test_gaps_are_listed_by_number_and_more_are_stated(
    page: Page, live_server: Any, numbers: None, sign_in: Callable[[str], None]
) -> None:
    sign_in("P200")
    page.goto(f"{live_server.url}/records/completeness/")
    expect(page.locator("main")).to_contain_text("已发 12 个，在档 4 个，缺号 8 个")
    expect(page.locator("table")).to_contain_text("3–4, 6–8, 10–12")
    clean(page, "completeness")
    page.locator("summary").click()
    clean(page, "completeness-signed")
    page.locator("#id_last").fill("14")
    page.locator("main form button").click()
    expect(page.locator("table")).to_contain_text("10–13")


def test_charts_are_drawn_beside_their_tables(
    page: Page,
    live_server: Any,
    make_account: Callable[..., Any],
    sign_in: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {
        "article": [("49", 1230), ("51", 640), ("83", 90)],
        "organ": [("110105000000", 1840), ("310115000000", 120)],
        "penalty": [],
    }
    found = MonthCounts(last_month_over(), 1960, told)
    monkeypatch.setattr(statistics_pages, "counts", lambda month: found)
    make_account("P200", "verifying_officer")
    sign_in("P200")
    page.goto(f"{live_server.url}/records/statistics/")
    expect(page.locator("img.chart")).to_have_count(2)
    drawn = "image => image.complete && image.naturalWidth"
    assert [image.evaluate(drawn) for image in page.locator("img.chart").all()] == [720, 720]
    expect(page.locator("table").first).to_contain_text("第49条")
    clean(page, "statistics")
    page.goto(f"{live_server.url}/records/statistics/article.svg")
    expect(page.locator("svg")).to_contain_text("第49条")


def test_the_auditor_sees_gaps_of_every_organ(
    page: Page,
    live_server: Any,
    numbers: None,
    make_account: Callable[..., Any],
    sign_in: Callable[[str], None],
) -> None:
    make_account("A100", "auditor")
    sign_in("A100")
    page.goto(f"{live_server.url}/admin/registry/issuedrange/")
    expect(page.locator("table.log")).to_contain_text("3–4, 6–8, 10–12")
    page.locator("summary").click()
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "auditor.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
