"""Takes the pictures of the README anew, from a demo site of its own: `python -m docs.screenshots`.

The site is made in a temporary folder and is gone afterwards. Needs a Chromium, as the browser tests do. Receipts,
times and keys differ from one run to the next; everything else in the pictures is the same.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from config.environment import BASE_DIR
from tests import browsers

FOLDER = Path(__file__).parent / "screenshots"
WIDTH, HEIGHT, TALLEST = 1280, 560, 1200
READY_SECONDS = 180
RECEIPT_PAGE = re.compile(r"/inquiries/[a-z2-9]{20}/$")
LANGUAGES = {"en": "en", "zh": "zh-hans"}
#: What is shown in Chinese too; everything is shown in English.
IN_CHINESE = {"sign-in", "home-clerk", "new-decision", "answer", "denied", "log"}
HOMES = {
    "clerk": "P1001",
    "verifying-officer": "P1002",
    "inquirer": "F2001",
    "reviewing-officer": "R5001",
}
ADMINISTRATORS = {
    "auditor": "A9001",
    "security-administrator": "S9001",
    "system-administrator": "Y9001",
}
HIT = ("999999199003070012", "张样例")
NOT_NAMED = ("99999919880615002X", "李样例")


class Visitor:
    """One account's browser in one language, and the pictures it takes."""

    def __init__(self, browser: Browser, site: str, password: str, language: str) -> None:
        """Open a browser of its own, without anybody signed in."""
        self.site, self.password, self.language = site, password, language
        self.context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        self.context.add_cookies(
            [{"name": "django_language", "value": LANGUAGES[language], "url": site}]
        )
        self.page: Page = self.context.new_page()

    def visit(self, path: str) -> None:
        """Open a page of the site."""
        self.page.goto(self.site + path)

    def sign_in(self, number: str) -> None:
        """Sign an account in, and out whoever was in before."""
        session = self.site + "/"
        self.context.clear_cookies(name="sessionid")
        self.visit("/accounts/login/")
        self.page.locator("#id_login").fill(number)
        self.page.locator("#id_password").fill(self.password)
        self.press()
        self.page.wait_for_url(session)

    def press(self, form: str = "main form") -> None:
        """Send a form of the page."""
        self.page.locator(f"{form} button").last.click()

    def fill(self, values: dict[str, str]) -> None:
        """Fill fields of a form by name; a date is given as year, month and day."""
        for name, value in values.items():
            self.page.locator(f"#id_{name}").fill(value)

    def shoot(self, name: str, *, begin: str = "body", tallest: int = TALLEST) -> None:
        """Keep the page as a picture, from one element on, down to a height that a reader still looks at."""
        if self.language == "zh" and name not in IN_CHINESE:
            return
        self.page.evaluate("document.activeElement.blur()")
        whole = int(self.page.evaluate("document.documentElement.scrollHeight"))
        # A window as high as the page: what sticks to its lower edge covers nothing.
        self.page.set_viewport_size({"width": WIDTH, "height": whole})
        top = int(
            self.page.locator(begin).first.evaluate(
                "it => it.getBoundingClientRect().top + scrollY"
            )
        )
        self.page.screenshot(
            path=FOLDER / f"{name}-{self.language}.png",
            clip={"x": 0, "y": top, "width": WIDTH, "height": min(whole - top, tallest)},
            full_page=True,
        )
        self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


def main() -> int:
    """Take every picture in both languages; 1 when there is no browser or no site."""
    chromium = browsers.find()
    if chromium is None:
        print("No Chromium was found: install one, or set REGISTRY_CHROMIUM to it.")
        return 1
    FOLDER.mkdir(exist_ok=True)
    with demo_site() as (site, password), sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for language in LANGUAGES:
            take(Visitor(browser, site, password, language))
        browser.close()
    taken = sorted(FOLDER.glob("*.png"))
    print(f"{len(taken)} pictures, {sum(path.stat().st_size for path in taken) // 1024} KiB")
    return 0


def take(visitor: Visitor) -> None:
    """Walk the whole story once."""
    homes(visitor)
    clerk(visitor)
    verifying_officer(visitor)
    granted(visitor)
    denied(visitor)
    auditor(visitor)


def homes(visitor: Visitor) -> None:
    """What everybody meets first, and what each role sees next."""
    visitor.visit("/accounts/login/")
    visitor.shoot("sign-in")
    for role, number in HOMES.items():
        visitor.sign_in(number)
        visitor.shoot(f"home-{role}")
    for role, number in ADMINISTRATORS.items():
        visitor.sign_in(number)
        visitor.visit("/admin/")
        visitor.shoot(f"home-{role}")


def clerk(visitor: Visitor) -> None:
    """The form of a decision, half filled in: what the act may cost stands beside the amounts."""
    visitor.sign_in("P1001")
    visitor.visit("/records/new/")
    page = visitor.page
    page.locator("#id_id_number").press_sequentially("999999200109260063")
    visitor.fill({"name": "孙样例", "address": "示例市东湖区样例路8号"})
    page.locator("#act-search").fill("扰乱公共场所")
    page.locator("#act-search").press("Enter")
    page.get_by_role("button", name="26").first.click()
    page.locator("#id_fine_helptext").wait_for()
    visitor.shoot("new-decision-person")
    visitor.shoot("new-decision", begin="fieldset.panel:nth-of-type(2)", tallest=2000)


def verifying_officer(visitor: Visitor) -> None:
    """The draft that waits, laid out as the paper."""
    visitor.sign_in("P1002")
    visitor.visit("/records/verify/")
    visitor.page.locator("td a").first.click()
    visitor.shoot("verify")


def granted(visitor: Visitor) -> None:
    """A school asks about two people: one answer has something in it."""
    visitor.sign_in("F2001")
    visitor.visit("/inquiries/new/")
    visitor.shoot("inquiry-choose")
    ask(visitor, *HIT)
    visitor.shoot("granted")
    view_answer(visitor)
    visitor.shoot("answer")
    ask(visitor, *NOT_NAMED)
    view_answer(visitor)
    visitor.shoot("nothing-disclosable")


def ask(visitor: Visitor, number: str, name: str) -> None:
    """Fill in and send an inquiry; the first one is kept as a picture."""
    visitor.visit("/inquiries/new/?exception=state_regulation&provision=MINORS-62")
    today = time.localtime()
    visitor.fill(
        {
            "purpose": "核实拟聘人员情况",
            "post": "教师",
            "official_2": "F2002",
            "letter_number": "示例函〔2026〕21号",
            "letter_issued_on_0": str(today.tm_year),
            "letter_issued_on_1": str(today.tm_mon),
            "letter_issued_on_2": str(today.tm_mday),
            "id_number": number,
            "name": name,
        }
    )
    visitor.page.locator("#id_undertaking").check()
    if number == HIT[0]:
        visitor.shoot("inquiry-new")
    visitor.press()
    visitor.page.wait_for_url(RECEIPT_PAGE)


def view_answer(visitor: Visitor) -> None:
    """Confirm the undertaking and look up, on the page and not as a paper."""
    visitor.page.locator("#id_undertaking").check()
    visitor.page.locator("main form button").first.click()
    visitor.page.wait_for_url("**/answer/")


def denied(visitor: Visitor) -> None:
    """A unit whose authorisation has ended, and what it can do about that."""
    visitor.sign_in("F2301")
    visitor.visit("/inquiries/")
    visitor.page.locator("th a").first.click()
    visitor.shoot("denied")


def auditor(visitor: Visitor) -> None:
    """What the desk counts, and the log as the auditor reads it: the list, and an entry in words."""
    visitor.sign_in("A9001")
    visitor.visit("/admin/desk/")
    visitor.shoot("desk")
    visitor.visit("/admin/sealing/auditentry/")
    visitor.shoot("log")
    visitor.page.locator("tr:has(.log-tag--denied) a").first.click()
    visitor.shoot("log-entry")


@contextlib.contextmanager
def demo_site() -> Iterator[tuple[str, str]]:
    """Run a demo site in a temporary folder; give its address and the password of its accounts."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        site = f"http://127.0.0.1:{port}"
        running = subprocess.Popen(
            [sys.executable, "-m", "config.run"],
            cwd=BASE_DIR,
            env={**os.environ, "REGISTRY_VAR": folder, "HOST": "127.0.0.1", "PORT": str(port)},
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_for(site, running)
            yield site, (Path(folder) / "demo_password").read_text().strip()
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(timeout=60)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def wait_for(site: str, running: "subprocess.Popen[bytes]") -> None:
    """Wait until the site answers; TimeoutError when it does not."""
    until = time.monotonic() + READY_SECONDS
    while running.poll() is None and time.monotonic() < until:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"{site}/accounts/login/", timeout=10).close()  # noqa: S310 - our own site
            return
        time.sleep(0.3)
    raise TimeoutError("The demo site did not come up.")


if __name__ == "__main__":
    sys.exit(main())
