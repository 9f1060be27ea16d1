"""Attacks by the keeper of the keys and with its help: it replaces ciphertext by ciphertext of the same text, or nothing."""

import os
from typing import Any

import psycopg
import pytest
from django.db import connections
from psycopg import errors

from registry.models import ViolationRecord
from sealing import audit_log, cipher, key_versions, keyring, rotation
from sealing.audit_log import Entry, Kind, Outcome
from sealing.keyring import Purpose
from sealing.subject import NOBODY

from .rows import RECORDS, draft, lookup, new_subject, sealed_record

Connection = psycopg.Connection[Any]


@pytest.fixture
def ring(settings, tmp_path):
    """A key ring of the test's own."""
    settings.REGISTRY_KEYRING = tmp_path / "keyring.json"
    keyring.make(settings.REGISTRY_KEYRING)
    yield settings.REGISTRY_KEYRING
    keyring.forget()


@pytest.fixture
def record(db: None) -> ViolationRecord:
    return sealed_record(new_subject())


def opening(*rows: Any, **changes: Any) -> Entry:
    named = {"table": RECORDS, "rows": [str(row) for row in rows], "version": 2}
    return Entry(**{"kind": Kind.ROTATION, "outcome": Outcome.GRANTED, "details": named} | changes)


def enter(connection: Connection, entry: Entry) -> Entry:
    connection.execute(audit_log.INSERT, audit_log.row(entry))
    return entry


def rekeyed(envelope: bytes, version: int = 2) -> bytes:
    """Return what passes for an envelope of the same text under another version."""
    header = cipher.HEADER.pack(cipher.VERSION, cipher.Suite.AES_256_GCM, version)
    return header + os.urandom(len(envelope) - len(header))


def stored(superuser: Connection, record: ViolationRecord, column: str) -> Any:
    found = superuser.execute(f"SELECT {column} FROM {RECORDS} WHERE id = %s", [record.pk])
    return found.fetchone()[0]


def update(
    keeper: Connection, entry: Entry, record: ViolationRecord, values: dict[str, Any]
) -> int:
    """Update one row as the keeper, in a transaction that presents an entry."""
    setting = ", ".join(f"{column} = %s" for column in values)
    with keeper.transaction():
        keeper.execute("SELECT sealing_present(%s, %s)", [entry.id, NOBODY])
        sql = f"UPDATE {RECORDS} SET {setting} WHERE id = %s"
        return keeper.execute(sql, [*values.values(), record.pk]).rowcount


def test_the_keeper_replaces_ciphertext_of_rows_it_has_entered(
    record, keeper_connection, superuser_connection
):
    """The positive control of every refusal below."""
    entry = enter(keeper_connection, opening(record.pk))
    new = rekeyed(stored(superuser_connection, record, "name"))
    assert update(keeper_connection, entry, record, {"name": new}) == 1
    assert stored(superuser_connection, record, "name") == new


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"outcome": Outcome.DONE},
        {"details": {}},
        {"details": {"rows": []}},
        {"subject": new_subject()},
    ],
    ids=["another row", "an entry of what was done", "no rows", "empty", "of a subject"],
)
def test_a_row_that_is_not_entered_is_not_seen(record, keeper_connection, change):
    other = sealed_record(new_subject())
    entry = enter(keeper_connection, opening(other.pk if not change else record.pk, **change))
    assert seen(keeper_connection, entry, record) == 0


def test_without_an_entry_in_the_same_transaction_or_stale_nothing_is_seen(
    record, keeper_connection, superuser_connection
):
    assert keeper_connection.execute(f"SELECT count(id) FROM {RECORDS}").fetchone() == (0,)
    with keeper_connection.transaction():
        entry = enter(keeper_connection, opening(record.pk))
        assert seen(keeper_connection, entry, record) == 0
    assert seen(keeper_connection, entry, record) == 1
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute(
        "UPDATE sealing_auditentry SET at = at - interval '31 s' WHERE id = %s", [entry.id]
    )
    superuser_connection.execute("RESET session_replication_role")
    assert seen(keeper_connection, entry, record) == 0


def seen(keeper: Connection, entry: Entry, record: ViolationRecord) -> int:
    with keeper.transaction():
        keeper.execute("SELECT sealing_present(%s, %s)", [entry.id, NOBODY])
        sql = f"SELECT count(id) FROM {RECORDS} WHERE id = %s"
        return keeper.execute(sql, [record.pk]).fetchone()[0]


def test_rotations_entry_opens_nothing_for_the_application(
    record, keeper_connection, app_connection
):
    entry = enter(keeper_connection, opening(record.pk, subject=bytes(record.subject)))
    with app_connection.transaction():
        app_connection.execute("SELECT sealing_present(%s, %s)", [entry.id, entry.subject])
        assert app_connection.execute(f"SELECT count(*) FROM {RECORDS}").fetchone() == (0,)


def test_each_role_enters_its_own_kind_only(keeper_connection, app_connection):
    with pytest.raises(errors.InsufficientPrivilege):
        enter(keeper_connection, lookup(new_subject()))
    with pytest.raises(errors.InsufficientPrivilege):
        enter(app_connection, opening())
    enter(app_connection, lookup(new_subject()))
    enter(keeper_connection, opening())


CLEAR = {
    "content_digest": os.urandom(32),
    "subject": os.urandom(32),
    "decision_key": os.urandom(32),
    "duplicate_key": os.urandom(32),
    "sealed_at": None,
    "id": "01890000-0000-7000-8000-000000000000",
    "entry": "01890000-0000-7000-8000-000000000000",
    "offence_code": "PSL2025-051-1-0a",
    "detention_days": 15,
    "outcome": "revoked",
    "replaces": "01890000-0000-7000-8000-000000000000",
    "clerk": "P9",
}


@pytest.mark.parametrize("granted", [False, True], ids=["rights", "trigger"])
def test_the_keeper_changes_no_clear_column(
    record, keeper_connection, superuser_connection, granted
):
    """By its rights, and were they given, by the trigger."""
    columns = ", ".join(CLEAR)
    before = stored(superuser_connection, record, f"({columns})")
    opened = enter(keeper_connection, opening(record.pk, CLEAR["id"]))
    if granted:
        superuser_connection.execute(f"GRANT SELECT, UPDATE ON {RECORDS} TO registry_keeper")
    try:
        for column, value in CLEAR.items():
            with pytest.raises(
                errors.InsufficientPrivilege, match="refused" if granted else "denied"
            ):
                update(keeper_connection, opened, record, {column: value})
    finally:
        take_back(superuser_connection)
    assert stored(superuser_connection, record, f"({columns})") == before


def take_back(superuser: Connection) -> None:
    """Leave the keeper the rights that the migrations give it."""
    from importlib import import_module

    superuser.execute(f"REVOKE ALL ON {RECORDS} FROM registry_keeper")
    for name in ("0010_keeper", "0011_reindex"):
        for operation in import_module(f"registry.migrations.{name}").Migration.operations:
            sql = getattr(operation, "sql", "")
            if sql.startswith("GRANT SELECT") and sql.endswith("TO registry_keeper"):
                superuser.execute(sql)


FORGED = {
    "of another length": lambda old: rekeyed(old + b"x"),
    "of no newer key": lambda old: rekeyed(old, 1),
    "with the key's number changed only": lambda old: old[:2] + b"\x00\x02" + old[4:],
    "of an unknown form": lambda old: b"\x02" + rekeyed(old)[1:],
    "of an unknown suite": lambda old: old[:1] + b"\x07" + rekeyed(old)[2:],
    "nothing": lambda old: None,
    "no envelope": lambda old: b"",
}


def test_only_what_can_be_the_same_text_is_taken(record, keeper_connection, superuser_connection):
    old = stored(superuser_connection, record, "name")
    entry = enter(keeper_connection, opening(record.pk))
    for forged in FORGED.values():
        with pytest.raises(errors.InsufficientPrivilege, match="refused"):
            update(keeper_connection, entry, record, {"name": forged(old)})
    assert stored(superuser_connection, record, "name") == old


def test_the_keeper_adds_and_removes_nothing(record, keeper_connection):
    for table in (RECORDS, "access_inquiry", "access_officialname"):
        for act in ("INSERT INTO {0} DEFAULT VALUES", "DELETE FROM {0}", "TRUNCATE {0}"):
            with pytest.raises(errors.InsufficientPrivilege):
                keeper_connection.execute(act.format(table))


ELSEWHERE = (
    "SELECT count(*) FROM sealing_auditentry",
    f"SELECT subject FROM {RECORDS}",
    f"SELECT clerk FROM {RECORDS}",
    "SELECT number FROM access_user",
    "SELECT unit_id FROM access_inquiry",
    "SELECT session_data FROM django_session",
    "SELECT registry_filed('{}', '{}')",
    "SET ROLE registry_definer",
    "SET ROLE registry_app",
    "SET session_replication_role = replica",
)


def test_the_keeper_reads_nothing_else(keeper_connection):
    for sql in ELSEWHERE:
        with pytest.raises(errors.InsufficientPrivilege):
            keeper_connection.execute(sql)


@pytest.mark.parametrize("who", ["owner_connection", "app_connection", "superuser_connection"])
def test_nobody_else_changes_ciphertext_of_a_sealed_row(record, superuser_connection, who, request):
    old = stored(superuser_connection, record, "name")
    connection = request.getfixturevalue(who)
    try:
        sql = f"UPDATE {RECORDS} SET name = %s WHERE id = %s"
        assert connection.execute(sql, [rekeyed(old), record.pk]).rowcount == 0
    except errors.InsufficientPrivilege:
        pass
    assert stored(superuser_connection, record, "name") == old


def test_the_owner_in_the_definers_part_changes_no_sealed_row(record, owner_connection):
    owner_connection.execute("SET ROLE registry_definer")
    sql = f"UPDATE {RECORDS} SET name = name WHERE id = %s"
    assert owner_connection.execute(sql, [record.pk]).rowcount == 0


def test_of_an_inquiry_the_trigger_lets_ciphertext_only_change(spare_database):
    """On a database where the keeper was given every right."""
    changes = ("unit_id = 9", "views = 9", "status = 'denied'", "scope = '{}'", "sweep_key = '1'")
    with (
        spare_database.connect("bootstrap") as superuser,
        spare_database.connect("keeper") as keeper,
    ):
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(INQUIRY)
        superuser.execute("GRANT SELECT, UPDATE ON access_inquiry TO registry_keeper")
        keeper.execute("UPDATE access_inquiry SET name = name")
        for change in changes:
            with pytest.raises(errors.InsufficientPrivilege, match="refused"):
                keeper.execute(f"UPDATE access_inquiry SET {change}")


INQUIRY = """
INSERT INTO access_inquiry (id, receipt, unit_id, made_by_id, made_at, made_on, exception, provision, case_kind,
  check_kind, officials, undertaking, purpose, post, case_number, letter_number, id_type, id_number, name, status,
  reasons, review_reasons, views)
SELECT gen_random_uuid(), 'r', 1, 1, now(), now(), '', '', '', '', '{}', true, e, e, e, e, e, e, e, 'granted', '{}', '{}', 0
  FROM (SELECT decode(repeat('00', 40), 'hex')) AS made (e)
"""


def test_another_rows_ciphertext_neither_opens_nor_is_proven(
    ring, record, keeper_alias, keeper_connection, superuser_connection
):
    """The trigger cannot know whose text an envelope holds; the place it is bound to and the digest do."""
    other = sealed_record(new_subject(), name="样本人物乙")
    swapped = b"\x01\x01\x00\x02" + stored(superuser_connection, other, "name")[4:]
    entry = enter(keeper_connection, opening(record.pk))
    assert update(keeper_connection, entry, record, {"name": swapped}) == 1
    for version in (2, 3):
        assert key_versions.add(ring, Purpose.CONTENT) == version
        key_versions.put_to_use(ring, Purpose.CONTENT, version)
    keyring.forget()
    run = rotation.Rotation()
    run.run()
    assert (RECORDS, str(record.pk)) in run.left
    assert (RECORDS, str(other.pk)) not in run.left


def test_drafts_too(db, keeper_connection, superuser_connection):
    made = draft(new_subject())
    entry = enter(keeper_connection, opening(made.pk))
    new = rekeyed(stored(superuser_connection, made, "name"))
    assert update(keeper_connection, entry, made, {"name": new}) == 1
    with pytest.raises(errors.InsufficientPrivilege, match="denied"):
        update(keeper_connection, entry, made, {"clerk": "P9"})


def test_the_site_has_no_alias_of_the_keeper(db):
    assert "keeper" not in connections.settings
