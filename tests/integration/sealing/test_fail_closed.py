"""Disclosures stop, with an error, while entries wait too long to be sequenced or signed; and go on when they do not."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg.errors import ObjectNotInPrerequisiteState

from sealing import audit_log, lock, sequencing
from sealing.audit_log import Entered, NotEntered
from sealing.sequencing import Sequencer

from .conftest import sequence, settle
from .rows import RECORDS, lookup, new_subject, sealed_record, visible

Connection = psycopg.Connection[Any]


@pytest.fixture
def above(superuser_connection: Connection) -> Connection:
    """Return a connection that can date things back, as time itself would."""
    superuser_connection.execute("SET session_replication_role = replica")
    return superuser_connection


@pytest.fixture
def subject(db: None) -> bytes:
    made = new_subject()
    sealed_record(made)
    return made


def waiting(above: Connection, *, seconds: int) -> None:
    """Enter what was committed some time ago and is in no tree."""
    columns = audit_log.INSERT.replace("body, leaf_hash)", "body, leaf_hash, at)").rstrip()
    above.execute(
        columns.removesuffix(")") + f", now() - interval '{seconds} s')",
        audit_log.row(lookup(new_subject())),
    )


def opens(subject: bytes) -> int:
    return visible(subject, audit_log.enter_alone(lookup(subject)))


def test_a_log_that_was_never_signed_stops_nothing(subject: bytes, above: Connection) -> None:
    waiting(above, seconds=9_999)
    assert opens(subject) == 1


@pytest.mark.parametrize(("seconds", "stopped"), [(58, False), (62, True)])
def test_an_entry_that_waits_longer_than_a_minute_stops_disclosures(
    worker: Sequencer, subject: bytes, above: Connection, seconds: int, stopped: bool
) -> None:
    sequence(worker)
    waiting(above, seconds=seconds)
    for asked in (subject, new_subject()):
        if stopped:
            with pytest.raises(Exception, match="wait to be sequenced"):
                opens(asked)
        else:
            assert opens(asked) == (asked == subject)
    sequence(worker)
    assert opens(subject) == 1, "it goes on by itself when the sequencer does"


def test_the_error_reaches_who_looks_up_and_is_not_an_empty_answer(
    worker: Sequencer, subject: bytes, above: Connection
) -> None:
    sequence(worker)
    waiting(above, seconds=62)
    granted = audit_log.enter_alone(lookup(subject))
    reached = False
    with pytest.raises(NotEntered), lock.opened(granted):
        reached = True
    assert not reached


def test_who_goes_round_the_presenting_meets_it_in_the_lock(
    worker: Sequencer, subject: bytes, above: Connection, app_connection: Connection
) -> None:
    sequence(worker)
    waiting(above, seconds=62)
    granted = audit_log.enter_alone(lookup(subject))
    app_connection.execute("BEGIN")
    app_connection.execute(f"SET LOCAL sealing.entry = '{granted.id}'")
    app_connection.execute(f"SET LOCAL sealing.subject = '{subject.hex()}'")
    with pytest.raises(ObjectNotInPrerequisiteState):
        app_connection.execute(f"SELECT count(*) FROM {RECORDS}")


@pytest.mark.parametrize(("seconds", "stopped"), [(590, False), (610, True)])
def test_a_tree_that_nobody_signs_stops_disclosures_after_ten_minutes(
    worker: Sequencer,
    entered: Callable[[int], list[Entered]],
    subject: bytes,
    above: Connection,
    seconds: int,
    stopped: bool,
) -> None:
    sequence(worker)
    entered(1)
    settle()
    worker.batch()
    above.execute(f"UPDATE sealing_batch SET at = at - interval '{seconds} s'")
    if stopped:
        with pytest.raises(Exception, match="waits to be signed"):
            opens(subject)
        worker.sign()
    assert opens(subject) == 1


def test_nothing_waits_in_a_quiet_night(
    worker: Sequencer, subject: bytes, above: Connection
) -> None:
    sequence(worker)
    above.execute("UPDATE sealing_batch SET at = at - interval '9 hours'")
    above.execute("UPDATE sealing_checkpoint SET signed_at = signed_at - interval '9 hours'")
    assert opens(subject) == 1


def test_a_database_that_moved_discloses_nothing_until_it_is_reconciled(
    worker: Sequencer, subject: bytes, above: Connection
) -> None:
    sequence(worker)
    above.execute("UPDATE sealing_batch SET system_identifier = 7")
    with pytest.raises(Exception, match="since the database moved"):
        opens(subject)
    sequence(worker)
    assert opens(subject) == 1


def test_without_the_guard_it_would_go_on(spare_database: Any) -> None:
    """Positive control: the same state with the question taken out of the lock's two functions."""
    subject = new_subject()
    entry = lookup(subject)
    with (
        spare_database.connect("bootstrap") as above,
        spare_database.connect("sequencer") as sequencer,
        spare_database.connect("app") as app,
    ):
        [cluster] = above.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
        sequencer.execute(sequencing.BATCH, [1, 0, "3", cluster, False])
        sequencer.execute(sequencing.PUBLISH, ["log", 0, b"\0" * 32, "note"])
        above.execute("SET session_replication_role = replica")
        waiting(above, seconds=62)

        def presented() -> None:
            with app.transaction():
                app.execute("SELECT sealing_present(%s, %s)", [entry.id, subject])

        with pytest.raises(ObjectNotInPrerequisiteState):
            presented()
        above.execute(
            "CREATE OR REPLACE FUNCTION sealing_provable() RETURNS boolean LANGUAGE sql AS 'SELECT true'"
        )
        presented()


def test_asking_costs_no_statement_more(worker: Sequencer, subject: bytes) -> None:
    sequence(worker)
    granted = audit_log.enter_alone(lookup(subject))
    said: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        said.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note), lock.opened(granted):
        pass
    assert said == ["SELECT sealing_present(%s, %s, %s)"]
