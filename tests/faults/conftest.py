"""A server that may be stopped, lost or waited for, with Django signed in to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from config.postgres import Server
from tests import database as databases
from tests import standby
from tests.conftest import ALIASES
from tests.database import TestDatabase


@pytest.fixture(scope="module")
def server_beside(database: TestDatabase) -> Iterator[Server]:
    """Return a copy of the tests' server."""
    with standby.running_copy(database.server) as server:
        yield server


@pytest.fixture
def primary(db: None, server_beside: Server) -> Iterator[TestDatabase]:
    """Return a new database on that copy, which runs and waits for nobody; Django is signed in to it until the test ends."""
    from django.db import connections

    kept: dict[str, dict[str, Any]] = {
        alias: dict(connections.settings[alias]) for alias in ALIASES
    }
    if not server_beside.cluster.answers():
        server_beside.cluster.start()
    standby.wait_for_nobody(server_beside)
    made = databases.copy("_primary", server=server_beside)
    try:
        standby.lead_django_to(made, ALIASES)
        yield made
    finally:
        connections.close_all()
        for alias, values in kept.items():
            connections.settings[alias].update(values)
