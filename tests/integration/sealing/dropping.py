"""A month of the log that is old enough and the order to drop it, for the tests of retention."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.utils import translation

from sealing import dropping, retention
from sealing.audit_log import INSERT, Entered, Entry, Kind, Outcome, row
from sealing.models import DropProposal
from sealing.sequencing import Sequencer
from tests.database import TestDatabase

from .conftest import sequence
from .old_months import (
    APPROVER,
    OLD,
    OPERATOR,
    as_owner,
    enter_old,
    prepare,
    proposed,
    removed_afterwards,
    ripen,
    set_term,
)

Connection = psycopg.Connection[Any]
ENTRIES = 5


@pytest.fixture(name="in_english", autouse=True)
def fixture_in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(name="old")
def fixture_old(
    worker: Sequencer,
    owner_connection: Connection,
    superuser_connection: Connection,
    entered: Callable[[int], list[Entered]],
) -> Iterator[None]:
    """Make a log with a month of 1990 and one of today, sequenced and signed; no term is set."""
    prepare(owner_connection, OLD)
    enter_old(superuser_connection, OLD, ENTRIES)
    sequence(worker)
    entered(3)
    sequence(worker)
    yield
    removed_afterwards(superuser_connection)()


@pytest.fixture(name="ordered")
def fixture_ordered(
    old: None,
    owner_connection: Connection,
    superuser_connection: Connection,
    worker: Sequencer,
    tmp_path: Path,
) -> tuple[DropProposal, Path]:
    """Return an order that can be carried out, and its archive."""
    set_term(owner_connection)
    made, archive = proposed(tmp_path / "archive")
    retention.approve(made, by=APPROVER)
    ripen(superuser_connection, worker)
    return made, archive


@pytest.fixture(name="dropped")
def fixture_dropped(
    ordered: tuple[DropProposal, Path], database: TestDatabase, worker: Sequencer
) -> DropProposal:
    """Return an order that was carried out; everything is sequenced."""
    made, archive = ordered
    with as_owner(database):
        assert dropping.drop(made.pk, archive=archive, by=OPERATOR) == OLD
    sequence(worker)
    return made


def hand(owner: Connection, order: DropProposal) -> None:
    """Call the function as the owner can by hand, with an entry of its own."""
    said = {"act": "dropped", "order": str(order.pk)}
    entry = Entry(kind=Kind.RETENTION, outcome=Outcome.DONE, official=OPERATOR, details=said)
    with owner.transaction():
        owner.execute(INSERT, row(entry))
        owner.execute("SELECT sealing_drop_month(%s, %s, %s)", [order.pk, OPERATOR, entry.id])
