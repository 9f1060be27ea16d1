"""Notices under Article 134: a disclosure of its own, by the organ that filed, made again when the record changes."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.test import Client
from psycopg import errors

from access import notifications
from access.inquiries import Person
from access.models import Notification, User
from access.notifications import Notice, Sending, due, notify
from registry.models import ViolationRecord
from registry.officers import Officer
from sealing.audit_log import NotEntered
from sealing.uuid7 import uuid7
from tests.integration.registry.conftest import cells, id_number
from tests.integration.registry.correcting import (  # noqa: F401 - fixtures
    ASSAULT,
    HURT,
    correction,
    fixture_filed,
    fixture_happens,
    fixture_submitted,
)
from tests.integration.registry.test_pages import signed_in  # noqa: F401 - fixture
from tests.integration.sealing.rows import notified, sealed_record

UNIT = "110105000000"
ORGAN = "样例监察委员会"
Acts = Callable[..., Any]


@pytest.fixture
def officer(clerk: Officer, verifier: Officer) -> User:
    """Return the verifying officer's account."""
    return User.objects.get(number=verifier.number)


def person(**changes: str) -> Person:
    row = cells(**changes)
    return Person(row["id_type"], row["id_number"], row["name"])


def sending(**changes: Any) -> Sending:
    stated = {
        "id": uuid7(),
        "recipient_kind": "supervisory_organ",
        "recipient": ORGAN,
        "document": "京公通〔2026〕1号",
        "second_officer": "P100",
    }
    return Sending(**stated | changes)


def told(by: User, **named: str) -> Notice | None:
    """Make a notice of the record that these cells name."""
    row = {"offence_code": ASSAULT, **named}
    found = correction("revoked", **row).named
    return notify(named=found, person=person(**named), sending=sending(), by=by)


def told_again(by: User, earlier: Notification, **changes: str) -> Notice | None:
    return notifications.notify_again(
        earlier=earlier, person=person(**changes), sending=sending(document="再通1号"), by=by
    )


@pytest.fixture
def log(superuser_connection: Any) -> Callable[..., list[dict[str, Any]]]:
    """Return a function that reads the bodies of the lookups and notifications in the log, oldest first."""

    def entries() -> list[dict[str, Any]]:
        found = superuser_connection.execute(
            "SELECT body FROM sealing_auditentry WHERE kind IN ('lookup', 'notification') ORDER BY id"
        )
        return [json.loads(bytes(body)) for (body,) in found]

    return entries


def test_a_notice_says_least_and_is_a_disclosure_of_its_own(
    filed: Acts,
    officer: User,
    log: Acts,
) -> None:
    filed(**HURT)
    notice = told(officer)
    assert notice is not None
    assert notice.told.name == cells()["name"]
    assert notice.told.line.penalty["detention_days"] == 5
    assert notice.told.line.decision is None, "no facts, no address"
    granted, disclosed = log()
    assert (granted["kind"], granted["outcome"]) == ("lookup", "granted")
    assert (disclosed["kind"], disclosed["outcome"]) == ("notification", "disclosed")
    assert disclosed["provision"] == granted["provision"] == "PSPL-134"
    assert disclosed["details"]["lookup"] == granted["id"]
    assert disclosed["details"]["officers"] == ["P200", "P100"]
    assert disclosed["id"] == str(notice.kept.entry)
    assert len(disclosed["details"]["notice_digest"]) == 64
    whole = json.dumps(log(), ensure_ascii=False)
    for private in (cells()["name"], cells()["id_number"], ORGAN, "京公通", "90001"):
        assert private not in whole
    for private in (cells()["name"], cells()["facts"], cells()["id_number"]):
        assert private not in repr(notice)


@pytest.mark.parametrize(
    "named",
    [
        {"decision_number": "京公朝行罚决字〔2026〕90009号"},
        {"name": "样例人乙"},
        {"id_number": id_number("11010519900307105")},
        {"offence_code": "PSL2025-026-1-1"},
        {"organ_code": "310115000000"},
    ],
    ids=lambda named: next(iter(named)),
)
def test_whatever_does_not_agree_is_one_refusal_in_the_log(
    filed: Acts,
    officer: User,
    log: Acts,
    named: dict[str, str],
) -> None:
    filed(**HURT)
    assert told(officer, **named) is None
    assert [(entry["kind"], entry["outcome"]) for entry in log()] == [
        ("lookup", "granted"),
        ("notification", "denied"),
    ]
    assert log()[1]["reasons"] == ["no_record_in_force"]
    assert not Notification.objects.exists()


def test_a_revoked_record_is_not_notified_of(
    filed: Acts,
    happens: Acts,
    officer: User,
) -> None:
    filed(**HURT)
    happens("revoked")
    assert told(officer) is None


def test_another_organ_notifies_of_nothing(
    filed: Acts,
    officer: User,
    account: Acts,
) -> None:
    filed(**HURT)
    theirs = account("P400", "verifying_officer", unit="310115000000")
    assert told(theirs) is None
    assert told(officer) is not None
    [made] = Notification.objects.all()
    assert made.unit == UNIT


@pytest.mark.parametrize("role", ["clerk", "inquirer", "auditor"])
def test_only_a_verifying_officer_notifies(
    filed: Acts,
    clerk: Officer,
    account: Acts,
    log: Acts,
    role: str,
) -> None:
    filed(**HURT)
    with pytest.raises(PermissionDenied):
        told(account("P401", role))
    assert log() == []


@pytest.mark.parametrize("broken", ["granted", "disclosed"])
def test_without_its_entry_there_is_no_notice(
    filed: Acts,
    officer: User,
    broken: str,
) -> None:
    filed(**HURT)

    def full(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "INSERT INTO sealing_auditentry" in sql and broken in params:
            raise DatabaseError("the disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(full), pytest.raises(NotEntered):
        told(officer)
    assert not Notification.objects.exists()
    assert ViolationRecord.objects.count() == 0, "the lock is closed"


# A record that was notified is changed or revoked.


@pytest.mark.parametrize("happened", ["correction", "changed", "partly_revoked"])
def test_a_change_is_notified_again_with_what_stands_now(
    filed: Acts,
    happens: Acts,
    officer: User,
    happened: str,
) -> None:
    filed(**HURT)
    first = told(officer)
    assert first is not None
    assert due(UNIT) == {}
    happens(happened, {"detention_days": "3"})
    assert list(due(UNIT)) == [first.kept.id]
    again = told_again(officer, first.kept)
    assert again is not None
    assert again.told.happened == happened
    assert again.told.line.penalty["detention_days"] == 5
    assert again.told.now is not None
    assert again.told.now.penalty["detention_days"] == 3
    assert again.kept.earlier == first.kept
    assert again.kept.recipient == ORGAN
    assert due(UNIT) == {}


@pytest.mark.parametrize("happened", ["revoked", "void", "redo"])
def test_a_revocation_is_pending_then_done_then_gone(
    filed: Acts,
    happens: Acts,
    officer: User,
    log: Acts,
    happened: str,
) -> None:
    filed(**HURT)
    first = told(officer)
    assert first is not None
    happens(happened)
    assert notifications.due_for(officer) == 1
    again = told_again(officer, first.kept)
    assert again is not None
    assert again.told.now is None
    assert again.told.by_document == "京政复决〔2026〕7号"
    assert notifications.due_for(officer) == 0
    assert log()[-1]["details"]["earlier"] == str(first.kept.id)


@pytest.mark.parametrize("happened", ["upheld", "unlawful_but_kept"])
def test_a_note_asks_for_no_further_notice(
    filed: Acts,
    happens: Acts,
    officer: User,
    happened: str,
) -> None:
    filed(**HURT)
    assert told(officer)
    happens(happened)
    assert due(UNIT) == {}


def test_every_recipient_of_every_step_is_notified_again(
    filed: Acts,
    happens: Acts,
    officer: User,
) -> None:
    filed(**HURT)
    first, second = told(officer), told(officer)
    assert first
    assert second
    happens("correction", {"detention_days": "4"})
    assert set(due(UNIT)) == {first.kept.id, second.kept.id}
    corrected = told_again(officer, first.kept)
    assert corrected
    happens("revoked")
    assert set(due(UNIT)) == {corrected.kept.id, second.kept.id}
    for earlier in (corrected, second):
        last = told_again(officer, earlier.kept)
        assert last
        assert last.told.now is None
    assert due(UNIT) == {}


def test_the_wrong_person_makes_nothing_good(
    filed: Acts,
    happens: Acts,
    officer: User,
) -> None:
    filed(**HURT)
    first = told(officer)
    assert first is not None
    assert told_again(officer, first.kept) is None, "nothing has happened yet"
    happens("revoked")
    assert told_again(officer, first.kept, name="样例人乙") is None
    assert told_again(officer, first.kept, id_number=id_number("11010519900307105")) is None
    assert list(due(UNIT)) == [first.kept.id]


def test_another_organs_list_stays_empty(
    filed: Acts,
    happens: Acts,
    officer: User,
    account: Acts,
    signed_in: Callable[..., Client],  # noqa: F811
) -> None:
    filed(**HURT)
    first = told(officer)
    assert first is not None
    happens("revoked")
    theirs = signed_in("P402", "verifying_officer", unit="310115000000")
    assert due("310115000000") == {}
    page = theirs.get("/notifications/").content.decode()
    assert first.kept.document not in page
    assert theirs.get(f"/notifications/{first.kept.id}/again/").status_code == 404


# The register.


@pytest.mark.parametrize("role", ["app", "owner"])
@pytest.mark.parametrize(
    "act",
    [
        "UPDATE access_notification SET record = gen_random_uuid()",
        "UPDATE access_notification SET recipient = 'x'",
        "DELETE FROM access_notification",
        "TRUNCATE access_notification CASCADE",
    ],
)
def test_the_register_is_not_changed(
    connect: Callable[[str], "psycopg.Connection[Any]"], db: None, role: str, act: str
) -> None:
    notified(sealed_record(uuid4().bytes * 2), UNIT)
    with pytest.raises(errors.InsufficientPrivilege):
        connect(role).execute(act)
    assert Notification.objects.count() == 1


@pytest.mark.parametrize(
    "lie",
    [{"entry": uuid4()}, {"unit": "310115000000"}, {"record": uuid4()}],
    ids=lambda lie: next(iter(lie)),
)
def test_no_row_without_the_entry_that_says_the_same(db: None, lie: dict[str, Any]) -> None:
    record = sealed_record(uuid4().bytes * 2)
    with pytest.raises(DatabaseError, match="without its entry"):
        notified(record, UNIT, **lie)
    assert not Notification.objects.exists()


def test_a_notice_makes_good_one_of_the_same_organ_only_and_once(db: None) -> None:
    record = sealed_record(uuid4().bytes * 2)
    first = notified(record, UNIT)
    with pytest.raises(DatabaseError, match="another organ"):
        notified(record, "310115000000", earlier=first)
    assert notified(record, UNIT, earlier=first)
    with pytest.raises(DatabaseError):
        notified(record, UNIT, earlier=first)


def test_the_auditors_role_does_not_read_the_register(auditor_connection: Any) -> None:
    for act in ("TABLE access_notification", f"SELECT * FROM access_notifications_due('{UNIT}')"):
        with pytest.raises(errors.InsufficientPrivilege):
            auditor_connection.execute(act)
