"""Only the sequencer adds to the tree, nobody changes it, and the sequencer can do nothing else."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connections
from psycopg import errors

from sealing import sequencing
from sealing.audit_log import Entered
from sealing.guards import TREE
from sealing.sequencing import Sequencer

from .conftest import sequence

Connection = psycopg.Connection[Any]
ROLES = ("app", "owner", "auditor", "sequencer", "bootstrap")
ROWS = {
    "sealing_leaf": "VALUES (99, gen_random_uuid(), sha256(''))",
    "sealing_node": "VALUES (5, 99, sha256(''))",
    "sealing_batch": "VALUES (99, 99, '99', 1, false)",
    "sealing_checkpoint": "VALUES ('log', 99, sha256(''), 'note')",
    "sealing_cosignature": "SELECT 'witness', origin, size, 7, 'line' FROM sealing_checkpoint LIMIT 1",
}
COSIGNED = (
    "INSERT INTO sealing_cosignature SELECT 'one', origin, size, 7, 'line' FROM sealing_checkpoint"
)


@pytest.fixture
def grown(worker: Sequencer, entered: Callable[[int], list[Entered]]) -> None:
    entered(4)
    sequence(worker)
    with connections[sequencing.ALIAS].cursor() as cursor:
        cursor.execute(COSIGNED)


def test_these_are_the_trees_tables() -> None:
    assert set(ROWS) == set(TREE)


@pytest.mark.parametrize("table", ROWS)
def test_nobody_changes_or_removes_what_is_in_the_tree(
    grown: None, connect: Callable[[str], Connection], table: str
) -> None:
    column = {
        "sealing_node": "level",
        "sealing_checkpoint": "size",
        "sealing_cosignature": "size",
    }.get(table)
    column = column or ("number" if table == "sealing_batch" else "index")
    for role in ROLES:
        connection = connect(role)
        for act in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(act)
    assert connect("bootstrap").execute(f"SELECT count(*) FROM {table}").fetchone()[0] >= 1


@pytest.mark.parametrize("table", ROWS)
def test_nobody_but_the_sequencer_adds(
    grown: None, connect: Callable[[str], Connection], table: str
) -> None:
    for role in ROLES:
        connection = connect(role)
        if role == "sequencer":
            connection.execute(f"INSERT INTO {table} {ROWS[table]}")
            continue
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(f"INSERT INTO {table} {ROWS[table]}")


def test_the_time_of_batches_and_checkpoints_is_the_databases(
    grown: None, connect: Callable[[str], Connection]
) -> None:
    connect("sequencer").execute(
        "INSERT INTO sealing_checkpoint VALUES ('log', 9, sha256(''), 'note', '2020-01-01')"
    )
    connect("sequencer").execute(
        "INSERT INTO sealing_batch VALUES (9, 9, '9', 1, false, '2020-01-01')"
    )
    connect("sequencer").execute(
        "INSERT INTO sealing_cosignature VALUES ('two', 'log', 9, 7, 'line', '2020-01-01')"
    )
    oldest = """SELECT least((SELECT min(at) FROM sealing_batch), (SELECT min(signed_at) FROM sealing_checkpoint),
                      (SELECT min(received_at) FROM sealing_cosignature))"""
    assert connect("bootstrap").execute(oldest).fetchone()[0].year > 2020


SEQUENCER_MAY_NOT = [
    "SELECT subject FROM sealing_auditentry",
    "SELECT person FROM sealing_auditentry",
    "SELECT at FROM sealing_auditentry",
    "INSERT INTO sealing_auditentry (id) VALUES (gen_random_uuid())",
    "SELECT 1 FROM registry_violationrecord",
    "SELECT 1 FROM access_inquiry",
    "SELECT 1 FROM access_user",
    "SELECT 1 FROM django_session",
    "UPDATE sealing_patience SET seconds = 999999",
    "SELECT sealing_place(gen_random_uuid())",
    "SELECT sealing_present(gen_random_uuid(), sha256(''))",
    "CREATE TABLE mine (x int)",
    "SET ROLE registry_definer",
]


@pytest.mark.parametrize("act", SEQUENCER_MAY_NOT)
def test_the_sequencer_can_do_nothing_else(connect: Callable[[str], Connection], act: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        connect("sequencer").execute(act)


@pytest.mark.parametrize(
    "act",
    [
        "SELECT entry FROM sealing_leaf",
        "SELECT 1 FROM sealing_batch",
        "UPDATE sealing_patience SET seconds = 999999",
        "DELETE FROM sealing_patience",
        "INSERT INTO sealing_patience VALUES ('other', 1)",
    ],
)
def test_what_the_application_may_not(app_connection: Connection, act: str) -> None:
    """A list of keys would show it the lookups of others while they are fresh enough to open the lock."""
    with pytest.raises(errors.InsufficientPrivilege):
        app_connection.execute(act)
