"""Bulk filing in a browser: two officers, keyboard only, progress shown by itself; clean under the policy and for axe."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from registry.import_run_models import ImportRun
from registry.import_runner import work
from tests.integration.registry.conftest import cells
from tests.integration.registry.uploading import content

SHOTS = os.environ.get("REGISTRY_SHOTS", "")
ORGAN = "990000000001"


def picture(page: Page, name: str) -> None:
    """Assert that the page fits, wide and narrow; keep a picture when asked to."""
    page.wait_for_load_state("load")
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)


def clean(page: Page, name: str) -> None:
    """Assert that the page fits and that axe finds nothing on it."""
    picture(page, name)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a records file of a made-up organ: sound rows, wrong ones, unusual ones."""
    changes: list[dict[str, str]] = [{}, {}, {"fine": "9999"}, {"fine": "9999"}, {"sex": "female"}]
    changes += [{"fine": "", "detention_days": "12"}, {"name": ""}, {"fine": "100"}]
    rows = [
        cells(organ_code=ORGAN, decision_number=f"示公东行罚决字〔2026〕{number}号", **change)
        for number, change in enumerate(changes, start=1)
    ]
    path = tmp_path / "decisions.csv"
    path.write_bytes(content(rows))
    return path


def test_two_officers_file_a_file_by_keyboard(
    page: Page,
    live_server: Any,
    make_account: Callable[..., Any],
    sign_in: Callable[[str], None],
    settings: Any,
    tmp_path: Path,
    file: Path,
) -> None:
    settings.REGISTRY_UPLOADS = tmp_path / "uploads"
    for number in ("P201", "P202"):
        make_account(number, "verifying_officer")
    sign_in("P201")
    page.goto(f"{live_server.url}/records/import/")
    picture(page, "upload")
    page.get_by_role("button").last.press("Enter")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    clean(page, "upload-error")

    page.locator("#id_file").set_input_files(file)
    page.locator("#id_file").press("Tab")
    page.locator("main form button").press("Enter")
    expect(page.locator("h1")).to_have_text("正在检查文件")
    picture(page, "checking")
    run = ImportRun.objects.get()
    page.goto(f"{live_server.url}/records/import/{run.pk}/")
    work(run.pk)
    expect(page.locator("h1")).to_have_text("检查完毕，等待确认")
    expect(page.locator("main")).to_contain_text("上传人不得自行确认归档")
    picture(page, "checked-by-uploader")

    page.goto(f"{live_server.url}/accounts/logout/")
    page.locator("main form button").click()
    sign_in("P202")
    page.goto(f"{live_server.url}/records/import/")
    page.locator("main table a").press("Enter")
    expect(page.locator("main")).to_contain_text("fine_over_limit")
    clean(page, "checked")
    page.get_by_role("button", name="归档封存").press("Enter")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    page.locator("#id_checked").press("Space")
    picture(page, "confirming")
    page.get_by_role("button", name="归档封存").press("Enter")
    expect(page.locator("h1")).to_have_text("正在归档")
    ImportRun.objects.update(rows_done=4)
    expect(page.locator("progress")).to_have_js_property("value", 4)
    expect(page.locator("[data-said]")).to_have_text("已处理 4 行，共 8 行。")
    clean(page, "filing")
    ImportRun.objects.update(rows_done=0)
    work(run.pk)
    expect(page.locator("h1")).to_have_text("已归档封存")
    clean(page, "done")
    with page.expect_download() as download:
        page.get_by_role("link", name="退回清单").press("Enter")
    assert download.value.suggested_filename == "rejects.csv"
    assert (
        Path(download.value.path()).read_text("utf-8-sig").startswith("row,decision_number,codes\n")
    )
    page.goto(f"{live_server.url}/records/import/")
    picture(page, "list")


def test_without_a_script_the_page_shows_the_next_state_by_itself(
    browser: Any,
    live_server: Any,
    make_account: Callable[..., Any],
    settings: Any,
    tmp_path: Path,
) -> None:
    from django.test import Client

    settings.REGISTRY_UPLOADS = tmp_path / "uploads"
    officer = make_account("P201", "verifying_officer")
    client = Client()
    client.force_login(officer, "allauth.account.auth_backends.AuthenticationBackend")
    run = ImportRun.objects.create(
        organ_code=ORGAN, law="2025", language="zh-hans", uploaded_by="P201"
    )
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    cookies = [
        {"name": name, "value": morsel.value, "url": live_server.url}
        for name, morsel in client.cookies.items()
    ]
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{live_server.url}/records/import/{run.pk}/")
    expect(page.locator("h1")).to_have_text("正在检查文件")
    ImportRun.objects.update(state="checked", rows_total=0)
    expect(page.locator("h1")).to_have_text("检查完毕，没有可归档的行", timeout=15_000)
    context.close()
