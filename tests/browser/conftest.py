"""A Chromium that watches: every page of every browser test must run clean under the site's own policy."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request

from tests import browsers

PASSWORD = "a made-up password 7"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Says on the console what the browser refused, so that one listener hears of it.
TELL = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));"""

# Playwright's synchronous interface runs an event loop in this thread; the tests' own queries are safe there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def base_url() -> None:
    """Leave addresses whole; stands in for a plugin's fixture that newer pytest warns about."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the machine's own Chromium, without its background traffic."""
    return {**browser_type_launch_args, "executable_path": browsers.find(), "args": list(QUIET)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Speak Chinese, as the officials' browsers do."""
    return {**browser_context_args, "locale": "zh-CN", "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def troubles() -> list[str]:
    """Return what went wrong in the browser so far."""
    return []


@pytest.fixture
def page(page: Page, troubles: list[str], live_server: Any) -> Iterator[Page]:
    """Return a page; the test fails when it broke the policy, raised an error or called another host."""

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            troubles.append(message.text)
        if "ElementError" in message.text:
            troubles.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((live_server.url, "data:")):
            troubles.append(f"request to another host: {request.url}")
        if "/assets/" in request.url:
            troubles.append(f"gov.uk's own font or image: {request.url}")

    page.add_init_script(TELL)
    page.on("console", heard)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", asked)
    yield page
    assert troubles == []


@pytest.fixture
def make_account(db: None) -> Callable[..., Any]:
    """Return a function that makes an account of a made-up unit with the roles named."""
    from access.models import Unit, User
    from access.roles import Role, grant

    def made(number: str, *roles: str) -> User:
        unit, _new = Unit.objects.get_or_create(
            code="990000000001", defaults={"name": "示例市公安局（虚构）", "kind": "police"}
        )
        user = User.objects.create_user(number, PASSWORD, unit=unit)
        for role in roles:
            grant(user=user, role=Role(role), by="tests")
        return user

    return made


@pytest.fixture
def sign_in(page: Page, live_server: Any) -> Callable[[str], None]:
    """Return a function that signs an account in through the form."""

    def signed_in(number: str) -> None:
        page.goto(f"{live_server.url}/accounts/login/")
        page.locator("#id_login").fill(number)
        page.locator("#id_password").fill(PASSWORD)
        page.locator("#id_password").press("Enter")
        page.wait_for_url(f"{live_server.url}/")

    return signed_in
