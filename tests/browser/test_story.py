"""The whole story in a browser: a decision is entered, sealed, asked about, disclosed, refused, and audited.

Every page on the way is free of barriers, and no address and no title names anybody. Persons and units are made up.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.test_base import assert_no_barriers

NUMBER, NAME, ADDRESS = "999999199003070012", "张样例", "示例市样例路1号"
DECISION, FACTS = "示公东行罚决字〔2026〕00001号", "因停车纠纷殴打他人"
UNKNOWN = ("999999199501200035", "王样例")
SECRETS = (NUMBER, NAME, ADDRESS, DECISION, FACTS, *UNKNOWN)
BUREAU = "990101000000"

# A machine that runs other tests at the same time is slow.
expect.set_options(timeout=15_000)


def unit(code: str, kind: str, *numbers: str, named: int = 0, level: str = "") -> dict[str, Any]:
    """Return a unit of a units file; the first `named` of its officials may ask under MINORS-62."""
    officials = [{"number": number, "name": f"虚构官员{number}"} for number in numbers]
    held = {"for": "MINORS-62", "from_days": -9, "to_days": 9, "officials": numbers[:named]}
    return {
        "code": code,
        "name": f"示例单位{code}",
        "kind": kind,
        "level": level,
        "officials": officials,
        "authorisations": [held] if named else [],
    }


@pytest.fixture(name="people", autouse=True)
def fixture_people(db: None, tmp_path: Path) -> None:
    """A county bureau, a school, a training centre whose third official is not named, and an auditor."""
    from access.models import Unit, User
    from access.roles import Role, grant

    file = tmp_path / "units.json"
    file.write_text(
        json.dumps(
            [
                unit(BUREAU, "public_security", level="county"),
                unit("U2001", "school", "F2001", "F2002", named=2),
                unit("U2301", "after_school_training", "F2301", "F2302", "F2303", named=2),
            ]
        )
    )
    call_command("load_units", file, verbosity=0)
    bureau = Unit.objects.get(code=BUREAU)
    for number, role, of in (
        ("P1001", Role.CLERK, bureau),
        ("P1002", Role.VERIFYING_OFFICER, bureau),
        ("A9001", Role.AUDITOR, None),
    ):
        grant(user=User.objects.create_user(number, unit=of), role=role, by="tests")
    for user in User.objects.all():
        user.set_password(PASSWORD)
        user.save()


class Walk:
    """One browser that several people use in turn, and what was seen of addresses and titles."""

    def __init__(self, page: Page, site: str, sign_in: Callable[[str], None]) -> None:
        self.page, self.site, self._sign_in = page, site, sign_in
        self.addresses: list[str] = []
        page.on("request", lambda request: self.addresses.append(request.url))

    def begin(self, number: str) -> None:
        """Let somebody sign in and see the first page."""
        self._sign_in(number)
        self.see()

    def end(self) -> None:
        """Let whoever is signed in sign out through the page for it."""
        self.page.goto(f"{self.site}/accounts/logout/")
        self.page.locator("main form button").click()
        self.page.wait_for_url(f"{self.site}/accounts/login/**")

    def see(self) -> None:
        """Look at a page as it now stands."""
        assert_no_barriers(self.page)
        assert_names_nobody(self.page.title())

    def go(self, href: str) -> None:
        """Follow a link of the page, by where it leads."""
        self.page.locator(f"a[href='{href}']").first.click()
        self.see()

    def tab_to(self, selector: str) -> None:
        """Press Tab until an element has the focus; fails when the keyboard does not lead there."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("it => document.activeElement.matches(it)", selector):
                return
        pytest.fail(f"the keyboard does not lead to {selector}")

    def key_in(self, selector: str, text: str) -> None:
        """Go to a field by the keyboard and type."""
        self.tab_to(selector)
        self.page.keyboard.type(text)

    def key_in_date(self, name: str, *parts: str) -> None:
        """Type year, month and day, each in its field."""
        for at, part in enumerate(parts):
            self.key_in(f"#id_{name}_{at}", part)

    def opens(self, address: str) -> bool:
        """Say whether an address shows its page, or the page for what does not exist."""
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status in {200, 404}
        return answer.status == 200


def assert_names_nobody(text: str) -> None:
    """Fail when a text holds anything of the persons of the story."""
    assert [secret for secret in SECRETS if secret in unquote(text)] == []


@pytest.fixture(name="walk")
def fixture_walk(page: Page, live_server: Any, sign_in: Callable[[str], None]) -> Any:
    walk = Walk(page, live_server.url, sign_in)
    yield walk
    for address in walk.addresses:
        assert_names_nobody(address)


def enter_decision(walk: Walk) -> str:
    """Enter a decision by the keyboard alone, submit it, and return the address its draft had."""
    page = walk.page
    walk.go("/records/new/")
    walk.key_in("#id_id_number", NUMBER)
    walk.key_in("#id_name", NAME)
    expect(page.locator("input[name=sex][value=male]")).to_be_checked()
    born = [page.locator(f"#id_birth_date_{part}").input_value() for part in range(3)]
    assert born == ["1990", "3", "7"]
    walk.key_in("#id_address", ADDRESS)
    choose_act(walk)
    walk.key_in_date("acted_on", "2026", "3", "2")
    walk.key_in("#id_facts", FACTS)
    walk.key_in("#id_fine", "500")
    walk.key_in("#id_detention_days", "7")
    walk.key_in("#id_decision_number", DECISION)
    expect(page.locator("#id_organ_code")).to_have_value(BUREAU)
    walk.key_in_date("decided_on", "2026", "3", "5")
    walk.see()
    walk.tab_to("main form button.govuk-button[data-prevent-double-click]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/records/drafts/*-*/")
    draft = page.url
    expect(page.locator("main")).to_contain_text(FACTS)
    walk.see()
    walk.tab_to("#id_checked")
    page.keyboard.press("Space")
    walk.tab_to("main form button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/records/drafts/submitted/")
    walk.see()
    return draft


def choose_act(walk: Walk) -> None:
    """Find an act by a word of its name, and see what it may cost before an amount is typed."""
    page = walk.page
    walk.key_in("#act-search", "殴打他人")
    found = page.locator("#act-search ~ ul button")
    expect(found.first).to_contain_text("殴打他人")
    walk.tab_to("#act-search ~ ul button")
    page.keyboard.press("Enter")
    expect(page.locator("#id_offence_code")).to_have_value("PSL2025-051-1-0a")
    expect(page.locator("#id_offence_code")).to_be_focused()
    expect(page.locator("#id_fine_helptext")).to_contain_text("2,000")
    expect(page.locator("#id_detention_days_helptext")).to_contain_text("15")


def file_decision(walk: Walk) -> str:
    """Compare the only waiting decision with the paper, file it, and return the address it had."""
    page = walk.page
    walk.go("/records/verify/")
    expect(page.locator("main")).not_to_contain_text(NAME)
    page.locator("tbody a").click()
    for said in (NAME, NUMBER, ADDRESS, DECISION, FACTS):
        expect(page.locator("main")).to_contain_text(said)
    walk.see()
    address = page.url
    page.locator("form[action$='/file/'] #id_checked").check()
    page.locator("form[action$='/file/'] button").click()
    page.wait_for_url("**/records/verify/receipt/")
    expect(page.locator("main")).not_to_contain_text(NAME)
    walk.see()
    return address


def ask(walk: Walk, number: str, name: str, *, second: str) -> str:
    """Ask about a person under MINORS-62, step by step, and return the address of the inquiry."""
    page, today = walk.page, timezone.localdate()
    walk.go("/inquiries/new/")
    walk.go("?exception=state_regulation")
    page.locator("main a[href*='MINORS-62']").click()
    walk.see()
    page.locator("#id_purpose").fill("核实拟聘人员情况")
    page.locator("#id_post").fill("教师")
    page.locator("#id_official_2").fill(second)
    page.locator("#id_letter_number").fill("函〔2026〕1号")
    for at, part in enumerate((today.year, today.month, today.day)):
        page.locator(f"#id_letter_issued_on_{at}").fill(str(part))
    page.locator("#id_id_number").fill(number)
    page.locator("#id_name").fill(name)
    page.locator("#id_undertaking").check()
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: url.rstrip("/").rpartition("/")[2] not in {"new", ""})
    for said in (number, name):
        expect(page.locator("main")).not_to_contain_text(said)
    walk.see()
    return page.url


def view_answer(walk: Walk) -> None:
    """Confirm the duty of confidentiality and look up."""
    walk.page.locator("#id_undertaking").check()
    walk.page.locator("form[action$='/answer/'] button").first.click()
    walk.page.wait_for_url("**/answer/")
    walk.see()


def rows_of(walk: Walk, official: str) -> list[tuple[str, str]]:
    """Return kind and outcome of the entries on the page that name an official, newest first."""
    rows = walk.page.locator(f"tbody tr:has(td:text-is('{official}'))")
    found = []
    for row in rows.all():
        tag = row.locator(".log-tag").get_attribute("class") or ""
        found.append((row.locator("td").nth(5).inner_text(), tag.rpartition("--")[2]))
    return found


def test_from_the_paper_to_the_audit_log(walk: Walk) -> None:
    page = walk.page
    walk.begin("P1001")
    draft = enter_decision(walk)
    assert not walk.opens(draft)
    walk.end()

    walk.begin("P1002")
    to_verify = file_decision(walk)
    assert not walk.opens(to_verify)
    walk.end()

    walk.begin("P1001")
    assert not walk.opens(draft)
    walk.page.goto(f"{walk.site}/records/drafts/")
    expect(page.locator("main")).not_to_contain_text(DECISION)
    walk.see()
    walk.end()

    walk.begin("F2001")
    granted = ask(walk, NUMBER, NAME, second="F2002")
    expect(page.locator(".govuk-tag--green")).to_be_visible()
    view_answer(walk)
    expect(page.locator(".findings")).to_have_count(1)
    expect(page.locator(".findings dt")).to_have_text(["暴力伤害"])
    for said in (NAME, NUMBER, ADDRESS, DECISION, FACTS):
        expect(page.locator("main")).not_to_contain_text(said)
    walk.end()

    walk.begin("F2303")
    assert not walk.opens(granted)
    page.goto(f"{walk.site}/")
    denied = ask(walk, NUMBER, NAME, second="F2301")
    expect(page.locator(".govuk-tag--red")).to_be_visible()
    expect(page.locator(".reasons code")).to_have_text(["official_not_named"])
    assert page.locator("main ul:not(.reasons) li").count() >= 2
    expect(page.locator("form[action$='/answer/']")).to_have_count(0)
    walk.end()

    walk.begin("A9001")
    read_log(walk, receipt=denied.rstrip("/").rpartition("/")[2])
    walk.end()


def read_log(walk: Walk, *, receipt: str) -> None:
    """Read what became of both inquiries, and the denied one in words."""
    page = walk.page
    walk.go("/admin/")
    walk.go("/admin/sealing/auditentry/")
    of_the_school = rows_of(walk, "F2001")
    assert [outcome for _, outcome in of_the_school] == ["disclosed", "granted", "granted"]
    assert rows_of(walk, "F2303") == [("MINORS-62", "denied")]
    assert [outcome for _, outcome in rows_of(walk, "P1002")] == ["filed"]
    assert_names_nobody(page.content())
    page.locator(f"tbody tr:has-text('{receipt}') a").click()
    expect(page.locator(".log-told")).to_contain_text("F2303")
    expect(page.locator(".log-told")).to_contain_text("U2301")
    expect(page.locator(".log-told")).to_contain_text("未成年人保护法")
    expect(page.locator(".log-body")).to_contain_text("official_not_named")
    assert_names_nobody(page.content())
    walk.see()


def test_the_same_in_english(walk: Walk) -> None:
    page = walk.page
    page.goto(f"{walk.site}/language/?next=/accounts/login/")
    page.get_by_role("button", name="English").click()
    walk.begin("F2001")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today's work")
    ask(walk, *UNKNOWN, second="F2002")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".govuk-tag--green")).to_have_text("Granted")
    view_answer(walk)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Nothing disclosable under Law on the Protection of Minors, Art. 62, 98, 126, 130"
    )
    expect(page.locator(".findings")).to_have_count(0)
    walk.end()
    walk.begin("A9001")
    walk.go("/admin/")
    walk.go("/admin/sealing/auditentry/")
    page.locator("tbody tr:has(.log-tag--disclosed) a").click()
    expect(page.locator(".log-told")).to_contain_text("disclosed to official F2001 of unit U2001")
    walk.see()
