"""Attacks on the lock, each as registry_app: zero rows, or a refusal."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import Error, connection, transaction

from access.models import Unit
from registry.models import ViolationRecord
from sealing import audit_log, lock, uuid7
from sealing.audit_log import INSERT, Entered, Outcome, row

from .rows import RECORDS, draft, lookup, new_subject, seal, sealed_record, visible

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def subject() -> bytes:
    subject = new_subject()
    sealed_record(subject)
    return subject


def test_a_committed_granted_fresh_entry_of_the_subject_opens(subject):
    entered = audit_log.enter_alone(lookup(subject))
    with lock.opened(entered):
        [found] = ViolationRecord.objects.filter(subject=subject)
        assert found.name == "样本人物甲"
        assert found.sealed is True


def test_no_entry_no_row(subject):
    assert visible(subject) == 0
    assert ViolationRecord.objects.count() == 0


def test_the_orm_with_the_lock_closed_finds_nothing(subject):
    assert not ViolationRecord.objects.filter(subject=subject).exists()
    assert list(ViolationRecord.objects.raw(f"SELECT * FROM {RECORDS}")) == []


def test_the_shell_finds_nothing(subject, capsys):
    code = "from registry.models import ViolationRecord as V; print('found', V.objects.count())"
    call_command("shell", command=code, verbosity=0)
    assert "found 0" in capsys.readouterr().out


def test_an_entry_of_the_same_transaction_opens_nothing(subject):
    with transaction.atomic(), connection.cursor() as cursor:
        entered = audit_log.enter(lookup(subject))
        cursor.execute("SELECT sealing_present(%s, %s)", [entered.id, subject])
        cursor.execute(f"SELECT count(*) FROM {RECORDS}")
        assert cursor.fetchone()[0] == 0


def test_an_entry_of_a_savepoint_opens_nothing(subject):
    with transaction.atomic(), connection.cursor() as cursor:
        with transaction.atomic():
            entered = audit_log.enter(lookup(subject))
        cursor.execute("SELECT sealing_present(%s, %s)", [entered.id, subject])
        cursor.execute(f"SELECT count(*) FROM {RECORDS}")
        assert cursor.fetchone()[0] == 0


def test_an_entry_rolled_back_opens_nothing(subject):
    with transaction.atomic():
        entered = audit_log.enter(lookup(subject))
        transaction.set_rollback(True)
    assert visible(subject, entered) == 0


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome != "granted"])
def test_only_a_granted_entry_opens(subject, outcome):
    assert visible(subject, audit_log.enter_alone(lookup(subject, outcome))) == 0


@pytest.mark.parametrize("kind", sorted({*audit_log.Kind} - {"lookup", "rotation"}))
def test_only_a_lookup_opens(subject, kind):
    Unit.objects.create(code="S900", name="样本测试单位", sandbox=True)
    unit = "S900" if kind.startswith("sandbox") else ""
    assert visible(subject, audit_log.enter_alone(lookup(subject, kind=kind, unit=unit))) == 0


def test_an_entry_of_another_subject_opens_nothing(subject):
    other = new_subject()
    entered = audit_log.enter_alone(lookup(other))
    assert visible(subject, entered) == 0
    assert visible(subject, Entered(entered.id, subject, entered.leaf_hash)) == 0


def test_an_entry_opens_no_row_of_somebody_else(subject):
    other = new_subject()
    sealed_record(other)
    entered = audit_log.enter_alone(lookup(subject))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT sealing_present(%s, %s)", [entered.id, entered.subject])
        cursor.execute(f"SELECT DISTINCT subject FROM {RECORDS}")
        assert [bytes(found) for (found,) in cursor.fetchall()] == [subject]


def test_a_stale_entry_opens_nothing(subject, superuser_connection):
    entered = audit_log.enter_alone(lookup(subject))
    assert visible(subject, entered) == 1
    shift(superuser_connection, entered, "-31 seconds")
    assert visible(subject, entered) == 0


def test_an_entry_dated_in_the_future_opens_nothing(subject, superuser_connection):
    entered = audit_log.enter_alone(lookup(subject))
    shift(superuser_connection, entered, "1 year")
    assert visible(subject, entered) == 0


def shift(superuser: psycopg.Connection[Any], entered: Entered, by: str) -> None:
    """Re-date an entry as only a superuser with the triggers off can."""
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(
        "UPDATE sealing_auditentry SET at = at + %s::interval WHERE id = %s", [by, entered.id]
    )
    superuser.execute("RESET session_replication_role")


def test_the_caller_cannot_date_an_entry(subject):
    future = datetime.now(UTC) + timedelta(days=365)
    late = lookup(subject, id=uuid7.at(int(future.timestamp() * 1000)), stated_at=future)
    with pytest.raises(audit_log.NotEntered):
        audit_log.enter_alone(late)


def test_the_caller_cannot_set_time_or_transaction(subject, app_connection):
    entry = lookup(subject)
    columns = INSERT.replace("body, leaf_hash)", "body, leaf_hash, at, xid)").replace(
        "VALUES (", "VALUES (", 1
    )
    columns = columns.rstrip().removesuffix(")") + ", now() - interval '1 hour', '1'::xid8)"
    with app_connection.transaction():
        app_connection.execute(columns, row(entry))
        app_connection.execute("SELECT sealing_present(%s, %s)", [entry.id, subject])
        [count] = app_connection.execute(f"SELECT count(*) FROM {RECORDS}").fetchone()
        assert count == 0, "a forged transaction id opened the lock"
    with app_connection.transaction():
        app_connection.execute("SELECT sealing_present(%s, %s)", [entry.id, subject])
        [count] = app_connection.execute(f"SELECT count(*) FROM {RECORDS}").fetchone()
        assert count == 1, "a forged time closed the lock: the trigger did not set it"


def test_closed_again_after_the_block(subject):
    entered = audit_log.enter_alone(lookup(subject))
    with lock.opened(entered):
        assert ViolationRecord.objects.count() == 1
        lazy = ViolationRecord.objects.all()
    assert list(lazy) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('sealing.subject', true)")
        assert cursor.fetchone()[0] in (None, "")


def test_closed_again_after_an_error_in_the_block(subject):
    entered = audit_log.enter_alone(lookup(subject))
    with pytest.raises(ZeroDivisionError), lock.opened(entered):
        raise ZeroDivisionError
    assert ViolationRecord.objects.count() == 0


def test_it_does_not_open_inside_another_transaction(subject):
    entered = audit_log.enter_alone(lookup(subject))
    with transaction.atomic(), pytest.raises(RuntimeError), lock.opened(entered):
        pass


def test_settings_made_by_hand_open_nothing_without_an_entry(subject, app_connection):
    with app_connection.transaction():
        app_connection.execute(f"SET LOCAL sealing.subject = '{subject.hex()}'")
        app_connection.execute(f"SET LOCAL sealing.entry = '{uuid7.uuid7()}'")
        app_connection.execute("SET LOCAL row_security = on")
        [count] = app_connection.execute(f"SELECT count(*) FROM {RECORDS}").fetchone()
    assert count == 0


@pytest.mark.parametrize(
    "statement",
    [
        "SET LOCAL row_security = off",
        "SET LOCAL session_replication_role = replica",
        "SET LOCAL ROLE registry_definer",
        "SET LOCAL ROLE registry_owner",
        f"ALTER TABLE {RECORDS} DISABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {RECORDS} DISABLE TRIGGER ALL",
        f"DROP POLICY drafts ON {RECORDS}",
        "CREATE FUNCTION public.leak(text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE TEMP TABLE copied AS SELECT 1",
        "SELECT subject FROM sealing_auditentry",
        "SELECT id FROM sealing_auditentry",
        "SELECT id FROM sealing_auditentry_202611",
        f"DELETE FROM {RECORDS}",
        f"TRUNCATE {RECORDS}",
    ],
)
def test_a_way_round_is_refused(subject, app_connection, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        read_after(app_connection, statement)


def read_after(app: psycopg.Connection[Any], statement: str) -> None:
    with app.transaction():
        app.execute(statement)
        app.execute(f"SELECT count(*) FROM {RECORDS}")


def test_a_copy_holds_no_sealed_row(subject, app_connection):
    with app_connection.cursor().copy(f"COPY {RECORDS} TO STDOUT") as copied:
        assert b"".join(copied) == b""


def test_the_owner_sees_no_sealed_row(subject, owner_connection):
    [count] = owner_connection.execute(f"SELECT count(*) FROM {RECORDS}").fetchone()
    assert count == 0


def test_the_auditor_has_no_right_on_records_or_subjects(subject, auditor_connection):
    for statement in (
        f"SELECT 1 FROM {RECORDS}",
        "SELECT subject FROM sealing_auditentry",
        "SELECT * FROM sealing_auditentry",
        f"INSERT INTO {RECORDS} (id) VALUES (gen_random_uuid())",
        "DELETE FROM sealing_auditentry",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            auditor_connection.execute(statement)
    auditor_connection.execute("SELECT id, at, person, body FROM sealing_auditentry").fetchall()


class TestSealingIsForEver:
    """No role changes, unseals or removes a sealed row, and none removes a draft."""

    CHANGES = (
        f"UPDATE {RECORDS} SET sealed_at = NULL",
        f"UPDATE {RECORDS} SET fine = 1",
        f"UPDATE {RECORDS} SET entry = NULL",
        f"DELETE FROM {RECORDS}",
        f"TRUNCATE {RECORDS}",
    )

    @pytest.mark.parametrize("statement", CHANGES)
    @pytest.mark.parametrize("who", ["app_connection", "owner_connection"])
    def test_refused_or_without_effect(self, subject, who, statement, request):
        attacker = request.getfixturevalue(who)
        before = audit_log.enter_alone(lookup(subject))
        changed = 0
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            changed = attacker.execute(statement).rowcount
        assert changed == 0
        with lock.opened(before):
            [record] = ViolationRecord.objects.all()
            assert (record.sealed, record.fine) == (True, None)
            assert record.entry is not None

    @pytest.mark.parametrize("statement", CHANGES)
    def test_refused_even_to_a_superuser_while_the_triggers_stand(
        self, subject, superuser_connection, statement
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="refused"):
            superuser_connection.execute(statement)

    def test_the_open_lock_lets_nobody_write(self, subject):
        entered = audit_log.enter_alone(lookup(subject))
        with lock.opened(entered):
            assert ViolationRecord.objects.update(fine=1) == 0

    def test_the_application_cannot_set_the_seal_itself(self):
        record = draft(new_subject())
        with pytest.raises(Error):
            ViolationRecord.objects.filter(pk=record.pk).update(
                sealed_at=datetime.now(UTC), entry=uuid7.uuid7()
            )
        assert ViolationRecord.objects.filter(pk=record.pk).exists()

    def test_no_seal_without_a_filing_entry_of_the_same_transaction(self):
        record = draft(new_subject())
        earlier = audit_log.enter_alone(lookup(bytes(record.subject)))
        with pytest.raises(Error), connection.cursor() as cursor:
            cursor.execute(f"SELECT {RECORDS}_seal(%s, %s)", [record.id, earlier.id])
        assert ViolationRecord.objects.filter(pk=record.pk).exists()

    def test_a_seal_is_set_once(self):
        record = sealed_record(new_subject())
        with connection.cursor() as cursor, transaction.atomic():
            cursor.execute(f"SELECT {RECORDS}_seal(%s, gen_random_uuid())", [record.id])
            assert cursor.fetchone()[0] is False

    def test_filed_by_one_officer_alone_is_refused(self):
        record = draft(new_subject(), clerk="P1", verified_by="P1")
        with pytest.raises(Error):
            seal(record)
        assert ViolationRecord.objects.filter(pk=record.pk).exists()

    def test_an_import_of_an_unsealed_row_is_refused(self):
        with pytest.raises(Error):
            draft(new_subject(), origin="import")

    def test_a_draft_keeps_its_subject(self):
        record = draft(new_subject())
        with pytest.raises(Error):
            ViolationRecord.objects.filter(pk=record.pk).update(subject=new_subject())

    def test_a_draft_is_not_removed(self, app_connection, owner_connection):
        record = draft(new_subject())
        for attacker in (app_connection, owner_connection):
            with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
                assert attacker.execute(f"DELETE FROM {RECORDS}").rowcount == 0
        assert ViolationRecord.objects.filter(pk=record.pk).exists()


def test_the_same_filing_twice_is_one_record():
    subject = new_subject()
    first = sealed_record(subject)
    again = draft(subject, duplicate_key=bytes(first.duplicate_key))
    with pytest.raises(Error):
        seal(again)


def test_a_distinct_seal_is_a_plain_generated_column(superuser_connection, subject):
    with pytest.raises(psycopg.errors.GeneratedAlways):
        superuser_connection.execute(f"UPDATE {RECORDS} SET sealed = false")
