"""In production the site stands behind a proxy that ends TLS: it serves what came by HTTPS, and tells visitors apart.

Each question is asked of the real production settings, in a process of its own.
"""

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.environment import BASE_DIR
from sealing import keyring

HOST = "registry.example"
ASK = """
import django; django.setup()
from allauth.core.internal.httpkit import get_client_ip
from django.test import Client, RequestFactory
sent = dict(pair.split("=", 1) for pair in {sent!r})
page = Client(headers={{"host": "registry.example"}}).get("/accounts/login/", **sent)
print(page.status_code, page.get("Location", "-"), page.get("Strict-Transport-Security", "-").split(";")[0],
      get_client_ip(RequestFactory().get("/", **sent)))
"""
HTTPS = "HTTP_X_FORWARDED_PROTO=https"
PLAIN = "HTTP_X_FORWARDED_PROTO=http"


@pytest.fixture
def asked(database: Any, tmp_path: Path) -> Any:
    """Return a function that asks the sign-in page with the headers of a proxy: status, target, HSTS, the visitor."""
    secret = tmp_path / "secret_key"
    secret.touch(mode=0o600)
    secret.write_text(secrets.token_urlsafe(60))
    keyring.make(tmp_path / "keyring.json")
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "REGISTRY_PRODUCTION": "1",
        "REGISTRY_HASHED_STATIC": "0",
        "REGISTRY_VAR": str(tmp_path),
        "REGISTRY_KEYRING": str(tmp_path / "keyring.json"),
        "SECRET_KEY_FILE": str(secret),
        "ALLOWED_HOSTS": HOST,
        "DATABASE_URL": database.server.url("app", database.name),
        "AUDIT_DATABASE_URL": database.server.url("auditor", database.name),
    }

    def answer(*sent: str) -> list[str]:
        program = [sys.executable, "-c", ASK.format(sent=sent)]
        done = subprocess.run(
            program, cwd=BASE_DIR, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout.split()

    return answer


def test_what_came_by_https_is_served(asked: Any) -> None:
    assert asked(HTTPS)[:3] == ["200", "-", "max-age=31536000"]


@pytest.mark.parametrize("sent", [(), (PLAIN,)], ids=["nothing said", "plain"])
def test_what_did_not_is_sent_there(asked: Any, sent: tuple[str, ...]) -> None:
    assert asked(*sent)[:2] == ["301", f"https://{HOST}/accounts/login/"]


def test_a_visitor_is_the_address_that_the_proxy_saw(asked: Any) -> None:
    """Failed attempts are counted by it: what a visitor says of himself before it counts for nothing."""
    assert asked(HTTPS, "HTTP_X_FORWARDED_FOR=192.0.2.1, 198.51.100.7")[3] == "198.51.100.7"
