"""The log takes entries and gives nothing back; nobody changes one."""

import json

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from sealing import audit_log
from sealing.audit_log import Entry, Kind, NotEntered, Outcome
from sealing.models import AuditEntry

from .rows import lookup, new_subject

pytestmark = pytest.mark.usefixtures("db")
LOG = "sealing_auditentry"


def test_an_entry_reads_back_as_it_was_hashed():
    entry = Entry(
        kind=Kind.INQUIRY,
        outcome=Outcome.DENIED,
        subject=new_subject(),
        person="ab" * 32,
        unit="U001",
        official="F1001",
        exception="state_regulation",
        provision="MINORS-62",
        reasons=("letter_missing", "undertaking_missing"),
        inquiry="abcdefgh",
        details={"文": "字"},
    )
    entered = audit_log.enter_alone(entry)
    found = AuditEntry.objects.using("audit").get(pk=entry.id)
    assert bytes(found.body) == entry.body()
    assert bytes(found.leaf_hash) == entered.leaf_hash == audit_log.leaf_hash(entry.body())
    stated = json.loads(bytes(found.body))
    assert stated["reasons"] == found.reasons == ["letter_missing", "undertaking_missing"]
    assert entry.subject.hex() not in bytes(found.body).decode()


CHANGES = [
    f"UPDATE {LOG} SET outcome = 'granted'",
    f"UPDATE {LOG} SET body = body",
    f"DELETE FROM {LOG}",
    f"TRUNCATE {LOG}",
    f"TRUNCATE {LOG}_202611",
    f"DELETE FROM {LOG}_202611",
    f"UPDATE {LOG}_202611 SET unit = ''",
]


@pytest.mark.parametrize("statement", CHANGES)
@pytest.mark.parametrize(
    "who", ["app_connection", "owner_connection", "auditor_connection", "superuser_connection"]
)
def test_no_role_changes_or_removes_an_entry(who, statement, request):
    audit_log.enter_alone(lookup(new_subject()))
    statement = statement.replace("_202611", this_month(request))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        request.getfixturevalue(who).execute(statement)
    assert AuditEntry.objects.using("audit").exists()


def this_month(request) -> str:
    superuser = request.getfixturevalue("superuser_connection")
    return superuser.execute("SELECT to_char(now() AT TIME ZONE 'UTC', '_YYYYMM')").fetchone()[0]


def forged(**changes):
    values = list(audit_log.row(lookup(new_subject(), unit="U001")))
    names = audit_log.INSERT.split("(")[1].split(")")[0].replace("\n", "").split(", ")
    for name, value in changes.items():
        values[names.index(name)] = value
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(audit_log.INSERT, values)


@pytest.mark.parametrize(
    "changes",
    [
        {"unit": "U002"},
        {"outcome": "denied"},
        {"reasons": ["letter_missing"]},
        {"leaf_hash": bytes(32)},
        {"body": b"{}"},
        {"kind": "other"},
        {"exception": "third"},
        {"subject": b"short"},
    ],
)
def test_columns_that_differ_from_what_was_hashed_are_refused(changes):
    with pytest.raises(DatabaseError):
        forged(**changes)


def test_a_true_entry_is_taken():
    forged()


def test_a_failed_insert_is_not_entered():
    entry = lookup(new_subject())
    audit_log.enter_alone(entry)
    with pytest.raises(NotEntered):
        audit_log.enter_alone(entry)


def enter_with_a_warning() -> None:
    warning = "DO $$ BEGIN RAISE WARNING 'cancelled wait' USING ERRCODE = '01000'; END $$"
    with audit_log.committed(), connection.cursor() as cursor:
        audit_log.enter(lookup(new_subject()))
        cursor.execute(warning)


def test_a_commit_that_returns_with_a_warning_is_not_success():
    with pytest.raises(NotEntered, match="warning"):
        enter_with_a_warning()


def test_months_are_made_ahead_and_again_without_effect(app_connection, superuser_connection):
    [made] = app_connection.execute("SELECT sealing_prepare_months(40)").fetchone()
    [again] = app_connection.execute("SELECT sealing_prepare_months(40)").fetchone()
    assert (made > 0, again) == (True, 0)
    unguarded = superuser_connection.execute(
        "SELECT part.relname FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid"
        " WHERE inhparent = 'sealing_auditentry'::regclass AND NOT EXISTS (SELECT 1 FROM pg_trigger"
        " WHERE tgrelid = part.oid AND tgname = 'kept_whole' AND tgenabled = 'O')"
    ).fetchall()
    assert unguarded == []
