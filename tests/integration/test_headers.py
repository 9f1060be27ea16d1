"""What every answer carries, whoever asks: the browser's orders, no caching, nothing that varies by chance."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from access.models import Unit, User
from access.roles import Role, grant

PASSWORD = "a made-up password 7"
OPEN = {
    "/accounts/login/",
    "/accounts/logout/",
    "/accounts/inactive/",
    "/accounts/2fa/authenticate/",
    "/admin/login/",
    "/admin/jsi18n/",
    "/language/",
    "/health/",
    "/api/v1/receipt-keys/",
    "/api/v1/log/checkpoint/",
    "/api/v1/schema/",
    "/api/v1/docs/",
}
TO_SIGN_IN = "/accounts/login/"


def plain_paths(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """Yield every address of the site that takes no argument."""
    for entry in resolver.url_patterns:
        route = str(entry.pattern)
        if "<" in route or "(" in route:
            continue
        path = prefix + route.removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(entry, URLResolver):
            yield from plain_paths(entry, path)
        elif isinstance(entry, URLPattern):
            yield path


PATHS = sorted(set(plain_paths(get_resolver())))


def assert_guarded(response: Any) -> None:
    """Fail when one of the orders to the browser is missing or lax."""
    policy = response["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert "unsafe" not in policy
    assert "*" not in policy
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert directives["form-action"] == "'self'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


@pytest.fixture
def clerk(db: None) -> User:
    unit = Unit.objects.create(code="990000000001", name="示例市公安局（虚构）", kind="police")
    user = User.objects.create_user("F1012", PASSWORD, unit=unit)
    grant(user=user, role=Role.CLERK, by="tests")
    return user


@pytest.fixture
def auditor(db: None) -> User:
    user = User.objects.create_user("A9001", PASSWORD)
    grant(user=user, role=Role.AUDITOR, by="tests")
    return user


def signed_in(number: str) -> Client:
    client = Client()
    answer = client.post("/accounts/login/", {"login": number, "password": PASSWORD})
    assert answer.status_code == HTTPStatus.FOUND
    return client


def test_the_crawl_finds_the_site() -> None:
    assert {"/", "/accounts/login/", "/admin/", "/health/", "/language/"} <= set(PATHS)


def test_a_stranger_gets_guarded_pages_and_the_sign_in(db: None) -> None:
    for path in PATHS:
        response = Client().get(path)
        assert_guarded(response)
        if path in OPEN or "public" in response.get("Cache-Control", ""):
            continue
        assert response["Cache-Control"] == "no-store", path
        if path.startswith("/api/"):
            assert response.status_code in {401, 403, 405}, path
        else:
            assert response.status_code == HTTPStatus.FOUND, path
            assert response["Location"].startswith((TO_SIGN_IN, "/admin/login/")), path


@pytest.mark.parametrize("number", ["F1012", "A9001"])
def test_a_signed_in_page_is_guarded_and_never_kept(
    clerk: User, auditor: User, number: str
) -> None:
    client = signed_in(number)
    for path in PATHS:
        response = client.get(path)
        assert response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, path
        assert_guarded(response)
        if "public" not in response["Cache-Control"]:
            assert response["Cache-Control"] == "no-store", path


def test_the_same_page_is_the_same_bytes(clerk: User) -> None:
    client = signed_in("F1012")
    for path in ("/", "/no-such-page/", "/accounts/2fa/"):
        first, second = client.get(path), client.get(path)
        assert first.content == second.content, path
        assert dict(first.headers) == dict(second.headers), path


def test_the_policy_is_in_one_order_in_every_worker(db: None) -> None:
    directives = Client().get("/health/")["Content-Security-Policy"].split("; ")
    assert directives == sorted(directives)


def test_the_administration_has_no_sign_in_of_its_own(auditor: User) -> None:
    client = Client()
    answer = client.post("/admin/login/", {"username": "A9001", "password": PASSWORD})
    assert answer["Location"].startswith(TO_SIGN_IN)
    assert client.get("/admin/").status_code == HTTPStatus.FOUND


def test_a_clerk_is_refused_the_administration(clerk: User) -> None:
    response = signed_in("F1012").get("/admin/", follow=True)
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "您不能打开此页面" in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/accounts/signup/", "/accounts/password/reset/", "/accounts/email/"]
)
def test_nobody_makes_an_account_or_resets_a_password_by_himself(db: None, path: str) -> None:
    assert Client().get(path).status_code == HTTPStatus.NOT_FOUND


def test_a_required_second_factor_closes_everything_else(auditor: User, settings: Any) -> None:
    settings.REGISTRY_REQUIRE_SECOND_FACTOR = True
    client = signed_in("A9001")
    for path in ("/", "/admin/", "/no-such-page/"):
        assert client.get(path)["Location"] == "/accounts/2fa/totp/activate/", path


def test_a_clerk_needs_no_second_factor(clerk: User, settings: Any) -> None:
    settings.REGISTRY_REQUIRE_SECOND_FACTOR = True
    assert signed_in("F1012").get("/").status_code == HTTPStatus.OK


def test_wrong_passwords_lock_the_account_however_the_number_is_spelt(clerk: User) -> None:
    client = Client()
    for number in ("F1012", "f1012", " F1012", "F1012", "f1012"):
        answer = client.post("/accounts/login/", {"login": number, "password": "wrong"})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "尝试次数过多" in answer.content.decode()
    assert_guarded(answer)
    other = Client()
    right = other.post("/accounts/login/", {"login": "F1012", "password": PASSWORD})
    assert right.status_code != HTTPStatus.FOUND
    assert "_auth_user_id" not in other.session


def test_what_is_typed_at_the_sign_in_is_kept_nowhere(
    clerk: User, superuser_connection: Any
) -> None:
    typed = "11010119900307001X"
    Client().post("/accounts/login/", {"login": typed, "password": "wrong"})
    attempts = superuser_connection.execute(
        "SELECT axes_accessattempt::text FROM axes_accessattempt"
    )
    kept = " ".join(text for (text,) in attempts.fetchall())
    assert "/accounts/login/" in kept
    assert typed.casefold() not in kept.casefold()


def test_an_expired_form_says_what_to_do(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/accounts/login/", {"login": "F1012", "password": PASSWORD})
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "表单已失效" in response.content.decode()
    assert_guarded(response)


def test_a_failure_shows_no_data(clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_user: User) -> None:
        raise RuntimeError("张三 110101199003070010")

    client = signed_in("F1012")
    client.raise_request_exception = False
    monkeypatch.setattr("access.navigation.cards", fails)
    response = client.get("/")
    assert response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    page = response.content.decode()
    assert "系统出现问题" in page
    assert "张三" not in page
    assert "F1012" not in page
    assert_guarded(response)


def test_health_tells_no_more_than_whether_the_database_answers(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Client().get("/health/").json() == {"status": "ok"}

    def fails() -> None:
        from django.db import OperationalError

        raise OperationalError("no such host db.internal")

    monkeypatch.setattr("config.pages.connection.cursor", fails)
    response = Client().get("/health/")
    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response.json() == {"status": "unavailable"}


@pytest.mark.parametrize("path", ["/", "/api/v1/provisions/", "/no-such-page/"])
def test_a_call_to_an_unknown_host_cannot_be_read_and_is_no_failure(db: None, path: str) -> None:
    response = Client().get(path, headers={"host": "elsewhere.example"})
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response["Cache-Control"] == "no-store"
