"""Who may open which page: every address of the site, visited as every role, with things to see in place.

``python -m tests.house.role_matrix > docs/roles.md`` writes the page; a test keeps it fresh, and another reads what the
visitors were shown. Nothing here knows the rules: the table is what the site did. All persons are made up.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.house.sources import ROOT

if TYPE_CHECKING:
    from tests.house.addresses import Address
    from tests.house.things import Things

DOCUMENT = ROOT / "docs" / "roles.md"
CLOSED = {403, 404}
HEAD = """# Who may open what

What the site did when every address was visited as every role. Do not edit by hand:
`python -m tests.house.role_matrix > docs/roles.md`.

Each visitor holds one role. The clerk holds the draft, the verifying officer is of the same unit, the inquirer made the
inquiry and it is granted; on the pages of reviews it is under review and assigned to the reviewing officer. A page that
only takes POST is visited by POST. Empty: refused, as for a page or a thing that does not exist. *No role* is an account
that is signed in and holds none; a superuser holds none by being one.
"""


@dataclass(frozen=True)
class Visit:
    """One address as one visitor: whether it opened, and what was shown."""

    visitor: str
    shown: str
    method: str
    opened: bool
    body: str


def visitors() -> list[str]:
    """Return the columns of the table: no role, each role, and the superuser."""
    from access.roles import Role

    return ["", *(role.value for role in Role), "superuser"]


@cache
def visits() -> tuple[Visit, ...]:
    """Return every visit, made once a process in whatever database is open."""
    return tuple(_visits())


def matrix() -> str:
    """Return the page as Markdown."""
    from django.utils.translation import override

    from access.roles import NAMES

    with override("en"):
        titles = ["no role", *(str(name) for name in NAMES.values()), "superuser"]
    opened: dict[tuple[str, str], set[str]] = {}
    for visit in visits():
        held = opened.setdefault((visit.shown, visit.method), set())
        if visit.opened:
            held.add(visit.visitor)
    rows = [
        [f"`{method} {shown}`", *("yes" if visitor in held else "" for visitor in visitors())]
        for (shown, method), held in opened.items()
        if held
    ]
    table = [["Page", *titles], ["---"] * (len(titles) + 1), *rows]
    closed = [f"`{method} {shown}`" for (shown, method), held in opened.items() if not held]
    lines = "".join(f"| {' | '.join(cells)} |\n" for cells in table)
    return f"{HEAD}\n{lines}\nOpened by nobody, though the address exists: {', '.join(closed)}.\n"


def _visits() -> Iterator[Visit]:
    from tests.house.addresses import every_address
    from tests.house.things import Things

    things = Things(visitors())
    for address in every_address():
        if address.shown.startswith(("/accounts/", "/api/")):
            continue  # The interface knows clients of agencies, and no role of an account.
        method, answers = "GET", _ask(things, address, "get")
        if any(answer.status_code == 405 for answer in answers.values()):
            method, answers = "POST", _ask(things, address, "post")
        statuses = {answer.status_code for answer in answers.values()}
        if method == "GET" and 302 in statuses <= {302, *CLOSED}:
            continue  # A way to another page, which has a row of its own.
        for visitor, answer in answers.items():
            assert answer.status_code < 500, (
                f"{visitor or 'no role'}: {method} {address.shown} {answer.status_code}"
            )
            body = answer.content.decode(errors="replace")
            yield Visit(visitor, address.shown, method, answer.status_code not in CLOSED, body)


def _ask(things: "Things", address: "Address", method: str) -> dict[str, Any]:
    """Return what each visitor is answered at an address, each about things of its own."""
    answers = {}
    for visitor, client in things.browsers.items():
        known = things.known(address.form, [parameter for parameter, _ in address.parameters])
        answers[visitor] = getattr(client, method)(address.path(**known))
    return answers


def main() -> None:
    """Visit in a database of our own, and print the page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment()
    from django.db import connections

    from tests import database

    own = database.copy("_roles")
    try:
        for alias, role in {"default": "app", "audit": "auditor"}.items():
            connections.settings[alias].update(own.settings(role))
        sys.stdout.write(matrix())
    finally:
        connections.close_all()
        own.drop()


if __name__ == "__main__":
    main()
