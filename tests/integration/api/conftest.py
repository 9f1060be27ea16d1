"""A school and a court whose programs ask through the interface. Units, officials and persons are made up."""

import base64
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.test import Client
from django.utils import timezone

from access import credentials
from access.models import AgencyClient, Unit
from access.request_signatures import content_digest
from tests.integration.access.conftest import (  # noqa: F401 - fixtures used here
    RECORDED,
    fixture_asker,
    fixture_court,
    fixture_official,
    fixture_record,
    fixture_school,
    fixture_stated,
)

ORIGIN = "http://testserver"
COMPONENTS = ("@method", "@target-uri", "content-digest")


def signature_headers(
    private: Ed25519PrivateKey,
    key_id: str,
    *,
    method: str,
    url: str,
    body: bytes,
    components: tuple[str, ...] = COMPONENTS,
    label: str = "sig1",
    **changes: Any,
) -> dict[str, str]:
    """Sign by hand, by the text of RFC 9421 §2.5 alone; keywords change a parameter, None leaves it out."""
    parameters = {
        "created": int(time.time()),
        "keyid": key_id,
        "nonce": secrets.token_hex(16),
        "alg": "ed25519",
        "tag": "registry",
    } | changes
    stated = "(" + " ".join(f'"{name}"' for name in components) + ")"
    for name, value in parameters.items():
        if value is not None:
            stated += f";{name}={value}" if isinstance(value, int) else f';{name}="{value}"'
    digest = content_digest(body)
    values = {
        "@method": method,
        "@target-uri": url,
        "content-digest": digest,
        "content-type": "application/json",
    }
    lines = [f'"{name}": {values[name]}' for name in components]
    base = "\n".join([*lines, f'"@signature-params": {stated}'])
    signed = private.sign(base.encode())
    return {
        "Content-Digest": digest,
        "Signature-Input": f"{label}={stated}",
        "Signature": f"{label}=:{base64.b64encode(signed).decode()}:",
    }


@dataclass
class Program:
    """An agency's program: it has a credentials file and knows nothing else of the registry."""

    client_id: str
    client_secret: str
    key_id: str
    private_key: str
    browser: Client = field(default_factory=lambda: Client(headers={"accept-language": "en"}))
    kept: str = ""

    @classmethod
    def of(cls, path: Path) -> "Program":
        return cls(**json.loads(path.read_text()))

    @property
    def key(self) -> Ed25519PrivateKey:
        return load_pem_private_key(self.private_key.encode(), None)  # type: ignore[return-value]

    def fetch_token(self, **changes: str) -> Any:
        return self.browser.post(
            "/api/v1/token/",
            {
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
            }
            | changes,
        )

    @property
    def token(self) -> str:
        if not self.kept:
            self.kept = self.fetch_token().json()["access_token"]
        return self.kept

    def get(self, path: str, **headers: str) -> Any:
        return self.browser.get(path, headers={"Authorization": f"Bearer {self.token}"} | headers)

    def post(
        self,
        path: str,
        document: Any = None,
        *,
        body: bytes | None = None,
        sent: bytes | None = None,
        more: dict[str, str] | None = None,
        token: str = "",
        url: str = "",
        **signature: Any,
    ) -> Any:
        """Send a signed call; `sent` is a body other than the signed one, `url` another address to sign for."""
        signed = json.dumps(document).encode() if body is None else body
        headers = signature_headers(
            signature.pop("private", self.key),
            signature.pop("key_id", self.key_id),
            method=signature.pop("method", "POST"),
            url=url or ORIGIN + path,
            body=signed,
            **signature,
        )
        return self.send(path, signed if sent is None else sent, headers | (more or {}), token)

    def send(self, path: str, body: bytes, headers: dict[str, str], token: str = "") -> Any:
        return self.browser.post(
            path,
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token or self.token}"} | headers,
        )

    def ask(self, document: Any, key: str = "", **options: Any) -> Any:
        more = {"Idempotency-Key": key} if key else {}
        return self.post("/api/v1/inquiries/", document, more=more, **options)

    def answer(self, receipt: str, **options: Any) -> Any:
        return self.post(f"/api/v1/inquiries/{receipt}/answer/", body=b"", **options)


@pytest.fixture(name="program_of")
def fixture_program_of(tmp_path: Path) -> Callable[[Unit], Program]:
    """Return a function that makes a unit's client and returns its program."""

    def made(unit: Unit) -> Program:
        credentials.issue([unit], folder=tmp_path, by="test")
        return Program.of(tmp_path / f"{unit.code}.json")

    return made


@pytest.fixture(name="program")
def fixture_program(school: Unit, program_of: Callable[[Unit], Program]) -> Program:
    return program_of(school)


@pytest.fixture(name="court_program")
def fixture_court_program(court: Unit, program_of: Callable[[Unit], Program]) -> Program:
    return program_of(court)


@pytest.fixture(name="client")
def fixture_client(program: Program) -> AgencyClient:
    return AgencyClient.objects.get(key_id=program.key_id)


def stated(person: tuple[str, str] = RECORDED, **changes: Any) -> dict[str, Any]:
    """A faultless inquiry of the school; keywords change it."""
    return {
        "exception": "state_regulation",
        "provision": "MINORS-62",
        "purpose": "核实拟聘人员情况",
        "post": "教师",
        "case": None,
        "person": {"id_type": "resident_id", "id_number": person[0], "name": person[1]},
        "officials": [{"name": "样例甲", "number": "E1"}, {"name": "样例乙", "number": "E2"}],
        "letter": {"number": "函〔2026〕1号", "issued_on": timezone.localdate().isoformat()},
        "undertaking": True,
    } | changes


def of_a_case(**changes: Any) -> dict[str, Any]:
    """A faultless inquiry of the court."""
    day = timezone.localdate().isoformat()
    return (
        stated(
            exception="case_handling",
            provision=None,
            post=None,
            case={"kind": "criminal", "number": "（2026）样0101刑初1号", "opened_on": day},
            officials=[{"name": "样例丙", "number": "E7"}, {"name": "样例丁", "number": "E8"}],
        )
        | changes
    )
