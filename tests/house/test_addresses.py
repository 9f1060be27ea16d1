"""Every address is closed to whoever is not signed in, and none has room for a name or a number."""

import re

import pytest
from django.test import Client

from tests.house.addresses import Address, every_address, leads_somewhere

# What anybody may open: signing in and out, what that leads to, the language, whether the site is up, and whether a
# paper somebody holds was made here (a signature is checked, nothing is looked up).
OPEN_TO_ANYBODY = {
    "/accounts/login/",
    "/accounts/logout/",
    "/accounts/inactive/",
    "/language/",
    "/health/",
    "/check/x/",
}
# The interface for agencies' programs asks for a token and sends nobody to a sign-in. Each address was looked at: these
# five are there for anybody (fetching a token is the sign-in; the rest is the same for everybody), and no others.
API = "/api/v1/"
OPEN_OF_THE_API = {
    "/api/v1/token/",
    "/api/v1/receipt-keys/",
    "/api/v1/log/checkpoint/",
    "/api/v1/schema/",
    "/api/v1/docs/",
}
# Where the others send. `/admin/login/` is no page, but a way to the first; it is visited here too.
SIGN_IN = {"/accounts/login/", "/admin/login/"}
REFUSED = {400, 403, 404, 405}
METHODS = ("get", "post", "put", "delete", "options")
PERSONAL = re.compile(
    r"name|person|id_number|idnumber|document|subject|birth|address|citizen|passport|case_number"
)

ADDRESSES = every_address()


def test_the_walk_finds_the_site() -> None:
    found = {address.name for address in ADDRESSES}
    assert {"home", "inquiries", "inquiry", "answer", "account_login", "admin:index"} <= found
    assert len(ADDRESSES) > 25
    assert all(leads_somewhere(address) for address in ADDRESSES)


def test_only_who_is_signed_in_gets_further(db: None) -> None:
    client = Client(raise_request_exception=False)
    let_in = []
    for address in ADDRESSES:
        for method in METHODS:
            answer = getattr(client, method)(path := address.path())
            sent_to = answer.headers.get("Location", "").split("?")[0]
            if path in OPEN_TO_ANYBODY | OPEN_OF_THE_API:
                assert answer.status_code < 500
            elif path.startswith(API) and answer.status_code == 401:
                assert answer.json()["code"] == "token_missing"
            elif answer.status_code not in REFUSED and sent_to not in SIGN_IN:
                let_in.append((method, path, answer.status_code, sent_to))
    assert let_in == []


def test_what_is_open_to_anybody_is_there() -> None:
    assert {address.path() for address in ADDRESSES} >= OPEN_TO_ANYBODY | OPEN_OF_THE_API


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.shown)
def test_no_address_has_room_for_a_person(address: Address) -> None:
    assert [name for name, _ in address.parameters if PERSONAL.search(name)] == []
