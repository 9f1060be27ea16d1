"""Positive controls: with one guard taken away, the attack that it stops succeeds.

Each control runs in a database of its own. Without it, a test of the lock could pass for another reason.
"""

import contextlib
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from sealing import audit_log
from sealing.audit_log import Outcome

from .rows import RECORDS, lookup, new_subject, row_of

Connection = psycopg.Connection[Any]
OPEN = "sealing_open(bytea)"


@pytest.fixture
def spare(spare_database):
    """Return (superuser, application, subject of a sealed row) of a database that may be damaged."""
    subject = new_subject()
    with spare_database.connect("bootstrap") as superuser, spare_database.connect("app") as app:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(*row_of(subject))
        superuser.execute("RESET session_replication_role")
        yield superuser, app, subject


def enter(app: Connection, subject: bytes, outcome: Outcome = Outcome.GRANTED) -> str:
    entry = lookup(subject, outcome)
    app.execute(audit_log.INSERT, audit_log.row(entry))
    return str(entry.id)


def seen(app: Connection, subject: bytes, entry: str | None = None) -> int:
    with app.transaction():
        if entry:
            app.execute("SELECT sealing_present(%s, %s)", [entry, subject])
        return app.execute(f"SELECT count(*) FROM {RECORDS}").fetchone()[0]


def with_no_entry(app: Connection, subject: bytes) -> bool:
    return seen(app, subject) > 0


def with_a_denied_entry(app: Connection, subject: bytes) -> bool:
    return seen(app, subject, enter(app, subject, Outcome.DENIED)) > 0


def with_an_entry_of_another(app: Connection, subject: bytes) -> bool:
    return seen(app, subject, enter(app, new_subject())) > 0


def in_one_transaction(app: Connection, subject: bytes) -> bool:
    with app.transaction():
        app.execute("SELECT sealing_present(%s, %s)", [enter(app, subject), subject])
        return app.execute(f"SELECT count(*) FROM {RECORDS}").fetchone()[0] > 0


def with_a_forged_transaction(app: Connection, subject: bytes) -> bool:
    forged = audit_log.INSERT.replace("body, leaf_hash)", "body, leaf_hash, xid)").rstrip()
    entry = lookup(subject)
    with app.transaction():
        app.execute(forged.removesuffix(")") + ", '1'::xid8)", audit_log.row(entry))
        app.execute("SELECT sealing_present(%s, %s)", [entry.id, subject])
        return app.execute(f"SELECT count(*) FROM {RECORDS}").fetchone()[0] > 0


def by_removing(app: Connection, subject: bytes) -> bool:
    return app.execute(f"DELETE FROM {RECORDS}").rowcount > 0


def by_unsealing(app: Connection, subject: bytes) -> bool:
    entry = enter(app, subject)
    with app.transaction():
        app.execute("SELECT sealing_present(%s, %s)", [entry, subject])
        return app.execute(f"UPDATE {RECORDS} SET sealed_at = NULL").rowcount > 0


def by_editing_the_log(app: Connection, subject: bytes) -> bool:
    entry = enter(app, subject, Outcome.DENIED)
    app.execute("UPDATE sealing_auditentry SET outcome = 'granted' WHERE id = %s", [entry])
    return seen(app, subject, entry) > 0


def without(function: str, old: str, new: str) -> str:
    """Return the statement that makes a function again with one part of its body changed."""
    return f"""DO $do$ DECLARE made text := pg_get_functiondef('{function}'::regprocedure); BEGIN
        ASSERT position($old${old}$old$ IN made) > 0;
        EXECUTE replace(made, $old${old}$old$, $new${new}$new$); END $do$"""


CONTROLS: list[tuple[Callable[[Connection, bytes], bool], tuple[str, ...]]] = [
    (with_no_entry, (f"ALTER TABLE {RECORDS} DISABLE ROW LEVEL SECURITY",)),
    (with_a_denied_entry, (without(OPEN, " AND entry.outcome = 'granted'", ""),)),
    (
        with_an_entry_of_another,
        (
            f"ALTER POLICY opened ON {RECORDS} USING (sealing_open(decode(current_setting("
            "'sealing.subject', true), 'hex')) OR sealing_open(subject))",
            without(OPEN, "entry.subject = wanted", "true"),
        ),
    ),
    (
        in_one_transaction,
        (without(OPEN, "entry.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()", "true"),),
    ),
    (
        with_a_forged_transaction,
        (without("sealing_entry_stamped()", "NEW.xid := pg_current_xact_id();", ""),),
    ),
    (
        by_removing,
        (
            f"GRANT DELETE ON {RECORDS} TO registry_app",
            f"CREATE POLICY gone ON {RECORDS} FOR DELETE TO registry_app USING (true)",
            f"CREATE POLICY seen ON {RECORDS} FOR SELECT TO registry_app USING (true)",
            f"ALTER TABLE {RECORDS} DISABLE TRIGGER kept",
        ),
    ),
    (
        by_unsealing,
        (
            f"ALTER POLICY revised ON {RECORDS} USING (true) WITH CHECK (true)",
            f"ALTER TABLE {RECORDS} DISABLE TRIGGER changed",
            f"ALTER TABLE {RECORDS} DROP CONSTRAINT record_import_born_sealed",
        ),
    ),
    (
        by_editing_the_log,
        (
            "GRANT UPDATE, SELECT ON sealing_auditentry TO registry_app",
            "ALTER TABLE sealing_auditentry DISABLE TRIGGER kept",
        ),
    ),
]


@pytest.mark.parametrize(
    ("attack", "guards"), CONTROLS, ids=[attack.__name__ for attack, _ in CONTROLS]
)
def test_the_attack_fails_with_the_guard_and_succeeds_without(spare, attack, guards):
    superuser, app, subject = spare
    assert attempt(attack, app, subject) is False
    for statement in guards:
        superuser.execute(statement)
    assert attempt(attack, app, subject) is True


@pytest.mark.parametrize("missing", [1, 2])
def test_removal_has_two_guards(spare, missing):
    superuser, app, subject = spare
    for statement in dict(CONTROLS)[by_removing][:missing]:
        superuser.execute(statement)
    assert attempt(by_removing, app, subject) is False


def attempt(attack: Callable[[Connection, bytes], bool], app: Connection, subject: bytes) -> bool:
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
        return attack(app, subject)
    return False
