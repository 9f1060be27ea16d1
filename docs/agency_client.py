"""A program of an agency, to copy: it asks about one person, reads the decision and fetches the answer.

    python agency_client.py ADDRESS CREDENTIALS.json INQUIRY.json

ADDRESS is that of the registry (https://registry.example); the two files are in the guide. Needs `requests`,
`cryptography` and `http-message-signatures`.
"""

import json
import secrets
import sys
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms

COVERED = ("@method", "@target-uri", "content-digest")


class Key(HTTPSignatureKeyResolver):
    def __init__(self, pem: str) -> None:
        self.private = load_pem_private_key(pem.encode(), password=None)

    def resolve_private_key(self, key_id: str) -> Any:
        return self.private


class Registry:
    """One unit's way to the registry. Keep it: a token is good for five minutes, and fetching one is slow."""

    def __init__(self, address: str, credentials: dict[str, str]) -> None:
        self.api = f"{address.rstrip('/')}/api/v1/"
        self.credentials = credentials
        self.signer = HTTPMessageSigner(
            signature_algorithm=algorithms.ED25519, key_resolver=Key(credentials["private_key"])
        )
        self.session = requests.Session()
        self.fetch_token()

    def fetch_token(self) -> None:
        named = {name: self.credentials[name] for name in ("client_id", "client_secret")}
        form = {"grant_type": "client_credentials", "scope": "inquiry"} | named
        told = self.session.post(self.api + "token/", data=form, timeout=30)
        told.raise_for_status()
        self.session.headers["Authorization"] = f"Bearer {told.json()['access_token']}"

    def call(self, method: str, path: str, body: bytes | None = None, key: str = "") -> Any:
        """Send one call, signed if it is a POST; once more if the token has expired meanwhile."""
        told = self.send(method, path, body, key).json()
        if isinstance(told, dict) and told.get("code") == "token_expired":
            self.fetch_token()
            told = self.send(method, path, body, key).json()
        return told

    def send(self, method: str, path: str, body: bytes | None, key: str) -> requests.Response:
        call = self.session.prepare_request(requests.Request(method, self.api + path, data=body))
        if body is not None:
            call.headers["Content-Type"] = "application/json"
            if key:
                call.headers["Idempotency-Key"] = key
            key_id, nonce = self.credentials["key_id"], secrets.token_urlsafe(16)
            named: dict[str, Any] = {"key_id": key_id, "label": "sig1", "tag": "registry"}
            self.signer.sign(call, body=body, nonce=nonce, covered_component_ids=COVERED, **named)
        return self.session.send(call, timeout=30)

    def ask(self, inquiry: dict[str, Any], key: str) -> dict[str, Any]:
        """Ask; with the same key a second time, after a lost answer, it is still one inquiry."""
        told: dict[str, Any] = self.call("POST", "inquiries/", json.dumps(inquiry).encode(), key)
        return told

    def ask_and_answer(self, inquiry: dict[str, Any]) -> dict[str, Any]:
        """Return the answer, or what was decided when there is none (yet), or the problem."""
        asked = self.ask(inquiry, key=secrets.token_hex(16))
        if "receipt" not in asked:
            return asked
        decided: dict[str, Any] = self.call("GET", f"inquiries/{asked['receipt']}/")
        if decided["status"] != "granted":
            return decided
        answer: dict[str, Any] = self.call("POST", f"inquiries/{asked['receipt']}/answer/", b"")
        return answer


if __name__ == "__main__":
    address, *files = sys.argv[1:]
    credentials, inquiry = (json.loads(Path(file).read_text("utf-8")) for file in files)
    answer = Registry(address, credentials).ask_and_answer(inquiry)
    print(json.dumps(answer, ensure_ascii=False, indent=2))
