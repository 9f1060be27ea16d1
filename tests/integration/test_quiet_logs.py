"""No log of a run holds a person: not the site's, not its access log, not the database server's, not a traceback.

The site is started as `make run` starts it, and used by hand: signing in, filing, asking, being denied, failing.
All persons are made up.
"""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client
from django.utils import timezone

from access import authorisations
from access.account_standing import follow_roles
from access.models import Unit, User
from access.roles import Role, grant
from config import run
from config.environment import BASE_DIR, var_dir
from tests.database import TestDatabase
from tests.integration.registry.conftest import cells, id_number
from tests.integration.registry.test_pages import posted
from tests.integration.thief import found

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PASSWORD = "a made-up password 7"
FILED = {
    "name": "端木静默",
    "id_number": id_number("11010519880808101"),
    "birth_date": "1988-08-08",
    "address": "静默路七十七号",
    "decision_number": "京公朝行罚决字〔2026〕77077号",
    "facts": "经查，端木静默扰乱单位秩序，静默事实一则。",
}
UNKNOWN = {"name": "公孙无痕", "id_number": id_number("11010519770707102")}
OTHER_NUMBER = "京公朝行罚决字〔2026〕77078号"
TYPED_AS_LOGIN = id_number("11010519660606103")
CANARIES = {*FILED.values(), *UNKNOWN.values(), OTHER_NUMBER, TYPED_AS_LOGIN} - {
    FILED["birth_date"]
}
REFUSE_DRAFTS = "ALTER TABLE registry_violationrecord ADD CONSTRAINT broken CHECK (false) NOT VALID"
TAKE_DRAFTS = "ALTER TABLE registry_violationrecord DROP CONSTRAINT IF EXISTS broken"


@pytest.fixture
def staff(db: None) -> dict[str, User]:
    """Return a clerk, a verifying officer and two officials of a school, who can sign in."""
    today = timezone.localdate()
    police = Unit.objects.create(
        code="110105000000", name="样例公安分局", kind="police", level="county"
    )
    school = Unit.objects.create(code="S1", name="样例学校", kind="school")
    made = {}
    for number, role, unit in (
        ("P100", Role.CLERK, police),
        ("P200", Role.VERIFYING_OFFICER, police),
        ("E1", Role.INQUIRER, school),
        ("E2", Role.INQUIRER, school),
    ):
        account = made[number] = User.objects.create_user(number, unit=unit)
        account.password = make_password(PASSWORD, hasher=Argon2PasswordHasher())
        account.save()
        grant(user=account, role=role, by="test")
        follow_roles(account)
    authorisations.load(
        unit=school,
        ground="MINORS-62",
        valid_from=today,
        valid_to=today + timedelta(days=9),
        officials=[made["E1"], made["E2"]],
        by="test",
    )
    return made


@pytest.fixture
def drafts_fail(superuser_connection: Any) -> Iterator[Callable[[], Any]]:
    """Return a function that makes every further draft an error of the database."""
    yield lambda: superuser_connection.execute(REFUSE_DRAFTS)
    superuser_connection.execute(TAKE_DRAFTS)


class Site:
    """The running site, and what it has printed."""

    def __init__(self, database: TestDatabase, output: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.output = output
        keyring = var_dir() / "keyring.json"
        env = {
            "PATH": os.environ["PATH"],
            "REGISTRY_VAR": str(var_dir()),
            "REGISTRY_KEYRING": str(keyring),
            "DATABASE_URL": database.server.url("app", database.name),
            "AUDIT_DATABASE_URL": database.server.url("auditor", database.name),
        }
        serve = (
            f"import sys; from config import run; sys.exit(run.serve('127.0.0.1', {self.port}, ''))"
        )
        with output.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", serve],
                cwd=BASE_DIR,
                env=env,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> None:
        """Wait until the sign-in page answers."""
        until = time.monotonic() + run.READY_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if Browser(self.port).get("/health/")[0] == 200:
                    return
            time.sleep(0.2)
        pytest.fail(f"the site does not answer: {self.output.read_text()}")

    def stop(self) -> str:
        """Stop the site and return everything it printed."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        return self.output.read_text()


class Browser:
    """As much of a browser as forms need: cookies, and the token of the last page."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {"django_language": "en"}
        self.addresses: list[str] = []
        self.titles: list[str] = []

    def get(self, path: str) -> tuple[int, str, str]:
        """Return status, page and where it sends on to."""
        return self._send("GET", path, None)

    def post(
        self, path: str, fields: dict[str, str], form: str | None = None
    ) -> tuple[int, str, str]:
        """Open the page with the form, fill it in and send it."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(form or path)[1])
        assert token, f"no form at {form or path}"
        return self._send("POST", path, urlencode({**fields, "csrfmiddlewaretoken": token[1]}))

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, str, str]:
        self.addresses.append(path)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            headers = {
                "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            }
            if body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
            for header in answer.headers.get_all("Set-Cookie") or []:
                self.cookies.update(
                    {name: morsel.value for name, morsel in SimpleCookie(header).items()}
                )
        self.titles += re.findall(r"<title>(.*?)</title>", page, re.DOTALL)
        location = answer.headers.get("Location", "")
        self.addresses.append(location)
        return answer.status, page, location

    def sign_in(self, number: str, password: str = PASSWORD) -> int:
        """Sign in by the form; return the status."""
        return self.post("/accounts/login/", {"login": number, "password": password})[0]


@pytest.fixture
def site(database: TestDatabase, staff: dict[str, User], tmp_path: Path) -> Iterator[Site]:
    """Return the site, running on this test's database."""
    running = Site(database, tmp_path / "site.log")
    running.wait()
    yield running
    if running.process.poll() is None:
        running.stop()


def inquiry(person: dict[str, str], **changes: str) -> dict[str, str]:
    """Return the fields of a sound inquiry of the school about somebody."""
    year, month, day = timezone.localdate().isoformat().split("-")
    sound = {
        "exception": "state_regulation",
        "provision": "MINORS-62",
        "purpose": "核实拟聘人员情况",
        "post": "教师",
        "official_1": "E1",
        "official_2": "E2",
        "letter_number": "函〔2026〕1号",
        "letter_issued_on_0": year,
        "letter_issued_on_1": month,
        "letter_issued_on_2": day,
        "undertaking": "1",
        "confirm": "1",
        "id_type": "resident_id",
        "id_number": person["id_number"],
        "name": person["name"],
    }
    return {**sound, **changes}


ASK = "/inquiries/new/?exception=state_regulation&provision=MINORS-62"


def use(site: Site, drafts_fail: Callable[[], Any]) -> list[Browser]:
    """Go through one day's work; return the browsers that were used."""
    clerk, officer, asker, stranger = (Browser(site.port) for _ in range(4))
    assert stranger.sign_in(TYPED_AS_LOGIN) == 200, "a wrong number signs nobody in"
    assert [clerk.sign_in("P100"), officer.sign_in("P200"), asker.sign_in("E1")] == [302] * 3

    status, page, _ = clerk.post("/records/new/", posted(cells(**{**FILED, "fine": "9999"})))
    assert (status, FILED["name"] in page) == (200, True), "a typed error shows the form again"
    status, _, draft = clerk.post("/records/new/", posted(cells(**FILED)))
    assert status == 302
    assert clerk.post(draft, {"checked": "on"})[0] == 302
    key = draft.strip("/").split("/")[-1]
    assert (
        officer.post(f"/records/verify/{key}/file/", {"checked": "on"}, f"/records/verify/{key}/")[
            0
        ]
        == 302
    )

    for person in (FILED, UNKNOWN):
        status, page, granted = asker.post("/inquiries/new/", inquiry(person), ASK)
        assert status == 302, page
        assert asker.post(f"{granted}answer/", {"undertaking": "1"}, granted)[0] == 200
        status, _, denied = asker.post("/inquiries/new/", inquiry(person, undertaking=""), ASK)
        assert "undertaking" in asker.get(denied)[1].lower()
    assert asker.get(f"/inquiries/?q={'x' * 20}")[0] == 200
    assert (
        asker.post("/inquiries/new/", inquiry(FILED, id_number=FILED["id_number"][:-1] + "?"), ASK)[
            0
        ]
        == 200
    )

    drafts_fail()
    assert (
        clerk.post("/records/new/", posted(cells(**{**FILED, "decision_number": OTHER_NUMBER})))[0]
        == 500
    )
    return [clerk, officer, asker, stranger]


def test_no_log_of_a_run_holds_a_person(
    site: Site, drafts_fail: Callable[[], Any], database: TestDatabase
) -> None:
    browsers = use(site, drafts_fail)
    printed = site.stop()
    kept = "\n".join(
        path.read_text(errors="replace")
        for path in sorted(database.server.folder.glob("**/*log*"))
        if path.is_file()
    )
    assert "POST /records/new/ 500" in printed
    assert re.search(r"POST /inquiries/\w{20}/answer/ 200", printed)
    assert "ready to accept connections" in kept, (
        "the database server's log is not the one that was read"
    )
    assert found(printed, CANARIES) == set()
    assert found(kept, CANARIES) == set()
    assert "x" * 20 not in printed, "the access log holds query strings"
    for browser in browsers:
        assert found("\n".join(browser.addresses + browser.titles), CANARIES) == set()


def test_a_person_in_an_address_would_be_seen(site: Site) -> None:
    """The control: what the access log is given, it prints, and here it is found."""
    Browser(site.port).get(f"/records/{FILED['id_number']}/")
    assert found(site.stop(), CANARIES) == {FILED["id_number"]}


def test_no_traceback_holds_a_person(
    staff: dict[str, User],
    drafts_fail: Callable[[], Any],
    superuser_connection: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Errors whose frames hold a person, with what the database said, written out as a handler would."""
    clerk, asker = Client(raise_request_exception=False), Client(raise_request_exception=False)
    clerk.force_login(staff["P100"], backend=BACKEND)
    asker.force_login(staff["E1"], backend=BACKEND)
    granted = asker.post("/inquiries/new/", inquiry(FILED))
    superuser_connection.execute("""UPDATE access_inquiry SET scope = '{"shape": "broken"}'""")
    assert asker.post(f"{granted.url}answer/", {"undertaking": "1"}).status_code == 500
    drafts_fail()
    failed = clerk.post("/records/new/", posted(cells(**FILED)))
    assert (failed.status_code, found(failed.content.decode(), CANARIES)) == (500, set())
    assert caplog.text.count("Internal Server Error") == 2
    assert "IntegrityError" in caplog.text, "a failure leaves its class and its places"
    assert "violates check constraint" not in caplog.text, "a message may quote a row"
    assert found(caplog.text, CANARIES) == set()


def test_no_error_is_mailed(settings: Any) -> None:
    """A report by mail would hold what was posted."""
    assert (settings.ADMINS, settings.MANAGERS) == ([], [])
