"""Power loss while a clerk types: server, database and browser are killed, and what the page called saved is there."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from config import postgres
from config.environment import BASE_DIR
from config.postgres import Server
from sealing import keyring
from tests import browsers

CLERK, PASSWORD = "P100", "a made-up password 7"
SAVED = re.compile(r"\d\d:\d\d")
TYPED = {
    "name": "样例人断电",
    "birth_date_0": "19",
    "birth_date_2": "3",
    "facts": "经查，样例人正在",
}
ACCOUNT = f"""
import django; django.setup()
from access.models import Unit, User
from access.roles import Role, grant
unit = Unit.objects.create(code="990000000001", name="示例市公安局（虚构）", kind="police", level="county")
grant(user=User.objects.create_user("{CLERK}", "{PASSWORD}", unit=unit), role=Role.CLERK, by="tests")
"""
SERVER = """
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server
from config.wsgi import application
from django.contrib.staticfiles.handlers import StaticFilesHandler
class Quiet(WSGIRequestHandler):
    def log_message(self, *words): pass
make_server("127.0.0.1", int(sys.argv[1]), StaticFilesHandler(application), handler_class=Quiet).serve_forever()
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def python(var: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    keyring.make(var / "keyring.json")
    variables = {
        "REGISTRY_VAR": str(var),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "1",
    }
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=BASE_DIR, env={**os.environ, **variables}
    )


@contextmanager
def serving(var: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Serve the site of an installation; yield its address and the process."""
    port = free_port()
    server = python(var, "-c", SERVER, str(port))
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/health/", timeout=5).read()  # noqa: S310
            break
        except OSError:
            time.sleep(0.1)
    try:
        yield address, server
    finally:
        server.kill()
        server.wait()


def signed_in(browser: Browser, address: str) -> Page:
    page = browser.new_page(locale="zh-CN")
    page.goto(f"{address}/accounts/login/?next=/records/new/")
    page.locator("#id_login").fill(CLERK)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_url(f"{address}/records/new/")
    return page


def browser_of(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=browsers.find(), args=["--no-sandbox"])


def kill_browser(browser: Browser) -> None:
    """Kill the browser's main process, found through its own debugging session."""
    session = browser.new_browser_cdp_session()
    for process in session.send("SystemInfo.getProcessInfo")["processInfo"]:
        if process["type"] == "browser":
            os.kill(process["id"], signal.SIGKILL)


@pytest.fixture
def installation() -> Iterator[tuple[Path, Server]]:
    """Return the folder and the database server of an installation of its own, with one clerk."""
    with tempfile.TemporaryDirectory(prefix="registry-keeping-") as folder:
        var = Path(folder)
        var.chmod(0o711)
        made = postgres.ensure(var)
        try:
            for arguments in (("manage.py", "migrate", "-v0", "--skip-checks"), ("-c", ACCOUNT)):
                assert python(var, *arguments).wait() == 0
            yield var, made
        finally:
            made.stop()


def test_what_the_page_called_saved_is_there_after_everything_was_killed(
    playwright: Playwright, installation: tuple[Path, Server]
) -> None:
    var, database = installation
    browser = browser_of(playwright)
    with serving(var) as (address, server):
        page = signed_in(browser, address)
        for name, text in TYPED.items():
            page.locator(f"#id_{name}").fill(text)
        expect(page.locator("[data-keep-status]")).to_have_text(SAVED, timeout=10_000)
        kept = page.url.removeprefix(address)
        kill_browser(browser)
        server.kill()
        os.kill(database.cluster.postmaster() or 0, signal.SIGKILL)
    database.bring_up()
    browser = browser_of(playwright)
    with serving(var) as (address, _server):
        page = signed_in(browser, address)
        page.goto(address + kept)
        there = {name: page.locator(f"#id_{name}").input_value() for name in TYPED}
        browser.close()
    assert there == TYPED
