"""An auditor proposes to drop a month of the log and a security administrator approves; axe and the policy find nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from access.models import User
from sealing import month_archive, signer
from sealing.sequencing import ALIAS, Sequencer
from tests.browser.test_base import assert_no_barriers
from tests.browser.test_decision_form import SHOTS
from tests.integration.sealing import old_months
from tests.integration.sealing.conftest import sequence
from tests.integration.sealing.old_months import OLD

PAGE = "/admin/sealing/dropproposal/"


@pytest.fixture
def archive(
    db: None, settings: Any, tmp_path: Path, owner_connection: Any, superuser_connection: Any
) -> Any:
    """Return the SHA-256 of the archive of a month of 1990, for which the term is over."""
    settings.REGISTRY_SIGNER_STATE = tmp_path / "signer.note"
    old_months.prepare(owner_connection, OLD)
    old_months.enter_old(superuser_connection, OLD, 5)
    old_months.set_term(owner_connection)
    worker = Sequencer(signer.signer())
    assert worker.lead()
    sequence(worker)
    connections[ALIAS].close()
    yield month_archive.write(tmp_path / "out", month=OLD, on_progress=lambda *_: None)[2]
    old_months.removed_afterwards(superuser_connection)()


def looked_at(page: Page, name: str, troubles: list[str]) -> None:
    """See that the policy and axe find nothing on the page that is open."""
    page.wait_for_load_state("load")
    assert troubles == []
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"retention-{name}.png", full_page=True)
    assert_no_barriers(page)
    troubles.clear()  # axe adds a style of its own to these pages, which the policy refuses


@pytest.mark.parametrize("language", ["简体中文", "English"])
def test_one_proposes_and_another_approves(
    page: Page,
    live_server: Any,
    sign_in: Callable[[str], None],
    make_account: Callable[..., Any],
    archive: str,
    troubles: list[str],
    language: str,
) -> None:
    for number, role in (("S9001", "security_administrator"), ("D9001", "auditor")):
        User.objects.filter(pk=make_account(number, role).pk).update(unit=None)

    def as_account(number: str) -> None:
        page.context.clear_cookies()
        sign_in(number)
        page.goto(f"{live_server.url}/language/?next=/")
        page.get_by_role("button", name=language).click()

    as_account("D9001")
    page.goto(live_server.url + PAGE)
    looked_at(page, f"{language}-propose", troubles)
    page.locator("#id_archive").fill("0")
    page.locator("#id_reason").fill("样本：期限届满")
    page.locator("#id_legal_basis").fill("样本规定第一条")
    page.locator("button.button").click()
    expect(page.locator("#id_archive_error")).to_contain_text("64")
    page.locator("#id_archive").fill(archive)
    page.locator("button.button").click()
    expect(page.locator(".log-facts")).to_contain_text(archive)
    expect(page.locator("button.button")).to_have_count(0)
    looked_at(page, f"{language}-proposed", troubles)
    address = page.url
    as_account("S9001")
    page.goto(address)
    looked_at(page, f"{language}-decide", troubles)
    page.locator("button[value=approve]").click()
    expect(page.locator("pre.log-body")).to_contain_text('"approved_by":"S9001"')
    looked_at(page, f"{language}-ordered", troubles)
    page.goto(live_server.url + PAGE)
    expect(page.locator("form.log-filters")).to_have_count(0)
    looked_at(page, f"{language}-list", troubles)
