"""What every test may ask for: the database, and connections to it as each of the registry's roles.

`db` gives the real PostgreSQL with real commits, signed in as `registry_app` (`registry_auditor` on the alias `audit`,
`registry_sequencer` on `sequencer`). There is no transaction around a test: the tables are put back afterwards.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import browsers

if TYPE_CHECKING:
    import psycopg
    from pytest_django import DjangoDbBlocker

    from tests.database import TestDatabase

ALIASES = {"default": "app", "audit": "auditor", "sequencer": "sequencer"}
BROWSER_TESTS = Path(__file__).parent / "browser"
LEFT_OUT = "no Chromium was found (install chromium, or set REGISTRY_CHROMIUM to one)"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the browser tests out where there is no browser; where CI is set, that is an error."""
    browser = [item for item in items if BROWSER_TESTS in item.path.parents]
    if not browser or browsers.find():
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(f"{len(browser)} browser tests cannot run: {LEFT_OUT}.")
    config.hook.pytest_deselected(items=browser)
    items[:] = [item for item in items if item not in browser]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests were left out, and why."""
    files = sorted(BROWSER_TESTS.glob("test_*.py"))
    if files and not browsers.find():
        terminalreporter.section("left out")
        terminalreporter.line(f"{', '.join(path.name for path in files)}: {LEFT_OUT}.")


@pytest.fixture(scope="session")
def database() -> "Iterator[TestDatabase]":
    """Return this process's own database; it is gone when the process ends."""
    from tests import database

    made = database.copy()
    database.remove_leftovers(made.server)
    yield made
    made.drop()
    made.server.stop_if_unused()


@pytest.fixture(scope="session")
def django_db_setup(
    database: "TestDatabase", django_test_environment: None, django_db_blocker: "DjangoDbBlocker"
) -> None:
    """Point Django at this process's database, as the least-privileged roles."""
    from django.db import connections

    for alias, role in ALIASES.items():
        connections.settings[alias].update(database.settings(role))
    with django_db_blocker.unblock():
        for alias in ALIASES:
            refuse_unbound_role(alias)


def refuse_unbound_role(alias: str) -> None:
    """End the run when Django would sign in as a role that no policy binds: every test would pass for nothing."""
    from django.db import connections

    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        role, unbound = cursor.fetchone()
    connections[alias].close()
    if unbound:
        pytest.exit(f"The tests would run as {role}, which no policy binds.", returncode=3)


@pytest.fixture(scope="session")
def cleaner(database: "TestDatabase") -> "Iterator[psycopg.Connection[Any]]":
    """Return the connection that puts the tables back between tests."""
    with database.connect("bootstrap") as connection:
        yield connection


@pytest.fixture
def _django_db_helper(
    django_db_setup: None, django_db_blocker: "DjangoDbBlocker", cleaner: "psycopg.Connection[Any]"
) -> Iterator[None]:
    """Allow a test to reach the database; what `db`, `transactional_db` and `live_server` stand on."""
    from django.core.cache import cache
    from django.db import connections

    from tests.database import restore

    with django_db_blocker.unblock():
        yield
        connections.close_all()
    cache.clear()
    restore(cleaner)


@pytest.fixture
def connect(
    db: None, database: "TestDatabase"
) -> "Iterator[Callable[[str], psycopg.Connection[Any]]]":
    """Return a function that opens plain connections as `owner`, `app`, `auditor`, `keeper`, `sequencer` or `bootstrap`."""
    opened: list[psycopg.Connection[Any]] = []

    def connected(role: str) -> "psycopg.Connection[Any]":
        opened.append(database.connect(role))
        return opened[-1]

    yield connected
    for connection in opened:
        connection.close()


@pytest.fixture
def owner_connection(
    connect: "Callable[[str], psycopg.Connection[Any]]",
) -> "psycopg.Connection[Any]":
    """Return a plain connection as registry_owner, who owns the tables."""
    return connect("owner")


@pytest.fixture
def app_connection(
    connect: "Callable[[str], psycopg.Connection[Any]]",
) -> "psycopg.Connection[Any]":
    """Return a plain connection as registry_app, as the site signs in."""
    return connect("app")


@pytest.fixture
def auditor_connection(
    connect: "Callable[[str], psycopg.Connection[Any]]",
) -> "psycopg.Connection[Any]":
    """Return a plain connection as registry_auditor, as the auditors' pages sign in."""
    return connect("auditor")


@pytest.fixture
def keeper_connection(
    connect: "Callable[[str], psycopg.Connection[Any]]",
) -> "psycopg.Connection[Any]":
    """Return a plain connection as registry_keeper, as the rotation of keys signs in."""
    return connect("keeper")


@pytest.fixture
def keeper_alias(db: None, database: "TestDatabase") -> Iterator[str]:
    """Give this process the alias that only the rotation of keys has; return its name."""
    from django.db import connections

    connections.settings["keeper"] = {
        **connections.settings["default"],
        **database.settings("keeper"),
    }
    refuse_unbound_role("keeper")
    yield "keeper"
    connections["keeper"].close()
    del connections["keeper"]
    del connections.settings["keeper"]


@pytest.fixture
def superuser_connection(
    connect: "Callable[[str], psycopg.Connection[Any]]",
) -> "psycopg.Connection[Any]":
    """Return a plain connection as the bootstrap superuser: to look at what no role may see."""
    return connect("bootstrap")


@pytest.fixture
def spare_database(django_db_setup: None) -> "Iterator[TestDatabase]":
    """Return a second database, for tests that take guards away or change the schema."""
    from tests import database

    made = database.copy("_spare")
    yield made
    made.drop()


@pytest.fixture
def set_above_the_rule(superuser_connection: "psycopg.Connection[Any]") -> "Callable[[Any], Any]":
    """Return a function that makes an account with roles a superuser, as only the triggers' absence allows."""

    def done(user: Any) -> Any:
        superuser_connection.execute("SET session_replication_role = replica")
        superuser_connection.execute(
            "UPDATE access_user SET is_superuser = true WHERE number = %s", [user.number]
        )
        superuser_connection.execute("RESET session_replication_role")
        user.refresh_from_db()
        return user

    return done
