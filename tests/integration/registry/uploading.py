"""Files that officers upload, for the tests of filing in bulk on the pages."""

import csv
import io
import re
from collections.abc import Callable, Iterable
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from registry.import_run_models import ImportRun
from registry.import_runner import work

PAGE, ORGAN, OTHER = "/records/import/", "110105000000", "310115000000"
NAME_OF_FILE = "端木静默-110105198808081019.csv"
SignIn = Callable[..., Client]


@pytest.fixture(name="uploads", autouse=True)
def fixture_uploads(settings: Any, tmp_path: Path) -> Path:
    """Keep uploaded files in a folder of the test's own."""
    settings.REGISTRY_UPLOADS = tmp_path / "uploads"
    return tmp_path / "uploads"


@pytest.fixture(name="sign_in")
def fixture_sign_in(account: Callable[..., Any]) -> SignIn:
    """Return a function that signs a new account in, in English."""

    def signed_in(number: str, *roles: str, **more: Any) -> Client:
        client = Client(headers={"accept-language": "en"})
        made = account(number, *roles, **more)
        client.force_login(made, "allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture(name="first")
def fixture_first(sign_in: SignIn) -> Client:
    """Return the browser of a verifying officer."""
    return sign_in("P201", "verifying_officer")


@pytest.fixture(name="second")
def fixture_second(sign_in: SignIn) -> Client:
    """Return the browser of another verifying officer of the same unit."""
    return sign_in("P202", "verifying_officer")


def content(rows: Iterable[dict[str, str]]) -> bytes:
    rows = list(rows)
    out = io.StringIO()
    table = csv.DictWriter(out, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return out.getvalue().encode()


def sent(client: Client, data: bytes, law: str = "2025", name: str = NAME_OF_FILE) -> Any:
    return client.post(PAGE, {"law": law, "file": SimpleUploadedFile(name, data)})


def key_of(answer: Any) -> UUID:
    assert answer.status_code == 302, text(answer)
    return UUID(answer.url.rstrip("/").split("/")[-1])


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", unescape(answer.content.decode()))


def confirm(client: Client, key: UUID) -> Any:
    return client.post(f"{PAGE}{key}/confirm/", {"checked": "on"})


def checked(client: Client, data: bytes) -> UUID:
    """Upload and check a file; return its run."""
    key = key_of(sent(client, data))
    work(key)
    return key


def state(key: UUID) -> str:
    return ImportRun.objects.get(pk=key).state


def rejects(client: Client, key: UUID) -> dict[int, str]:
    answer = client.get(f"{PAGE}{key}/rejects.csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "row,decision_number,codes"
    return {int(row["row"]): row["codes"] for row in csv.DictReader(lines)}
