"""Makes sealed rows and entries for attacks on the lock. All persons are made up."""

import os
from datetime import date
from typing import Any

from django.db import connection, transaction

from registry.models import ViolationRecord
from registry.record_proof import digest_now
from sealing import audit_log
from sealing.audit_log import Entered, Entry, Kind, Outcome
from sealing.uuid7 import uuid7

RECORDS = "registry_violationrecord"


def new_subject() -> bytes:
    """Return a subject nobody else has."""
    return os.urandom(32)


OF_A_CORRECTION: dict[str, Any] = {
    "outcome_on": date(2026, 6, 1),
    "outcome_reason": "样本",
    "outcome_document": "样本",
    "replaced_organ": "110105000000",
    "replaced_number": "样本",
    "replaced_act": "PSL2025-082-1-0a",
}


def draft(subject: bytes, **changes: Any) -> ViolationRecord:
    """Save and return a draft of a made-up person, with the digest of what it says."""
    texts = dict.fromkeys(
        [
            "decision_number",
            "sex",
            "id_number",
            "nationality",
            "address",
            "guardian_name",
            "facts",
            "licence_revoked",
            "execution_reason",
        ],
        "样本",
    )
    values: dict[str, Any] = texts | {
        "name": "样本人物甲",
        "birth_date": "1990-03-07",
        "id_type": "resident_id",
        "subject": subject,
        "decision_key": os.urandom(32),
        "duplicate_key": os.urandom(32),
        "organ_code": "110105000000",
        "organ_name": "样本机关",
        "organ_level": "county",
        "decided_on": date(2026, 5, 1),
        "acted_on": date(2026, 4, 1),
        "offence_code": "PSL2025-082-1-0a",
        "foreigner_measure": "none",
        "execution": "executed",
        "clerk": "P1",
        "clerk_unit": "110105000000",
        "verified_by": "P2",
    }
    if changes.get("outcome"):
        values |= OF_A_CORRECTION
    made = ViolationRecord(**values | changes)
    if not made.content_digest:
        made.content_digest = _digest(made)
    made.save(force_insert=True)
    return made


def _digest(record: ViolationRecord) -> bytes:
    """What no record can say has no digest."""
    try:
        return digest_now(record) or b""
    except ValueError:
        return os.urandom(32)


def filing(subject: bytes) -> Entry:
    """Return the entry that a sealing needs."""
    return Entry(kind=Kind.FILING, outcome=Outcome.FILED, subject=subject, official="P2")


def seal(record: ViolationRecord) -> None:
    """Seal a draft as filing does."""
    with transaction.atomic():
        entered = audit_log.enter(filing(bytes(record.subject)))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {RECORDS}_seal(%s, %s)", [record.id, entered.id])


def sealed_record(subject: bytes, **changes: Any) -> ViolationRecord:
    """Return a record that is sealed."""
    record = draft(subject, **changes)
    seal(record)
    return record


def lookup(subject: bytes, outcome: Outcome = Outcome.GRANTED, **changes: Any) -> Entry:
    """Return the entry that opens the lock, or one that should not."""
    return Entry(**{"kind": Kind.LOOKUP, "outcome": outcome, "subject": subject} | changes)


def notified(record: ViolationRecord, organ: str, /, **changes: Any) -> Any:
    """Return an organ's notice about a record, in the register with its entry; changes are not in the entry."""
    from access.models import Notification

    id = uuid7()
    entry = Entry(
        kind=Kind.NOTIFICATION,
        outcome=Outcome.DISCLOSED,
        subject=bytes(record.subject),
        unit=organ,
        details={"notification": str(id), "record": str(record.id)},
    )
    values: dict[str, Any] = {
        "unit": organ,
        "record": record.id,
        "entry": entry.id,
        "officers": ["P1", "P2"],
        "recipient_kind": "supervisory_organ",
        "recipient": "样本监察委员会",
        "document": "样公通〔2026〕1号",
    }
    with transaction.atomic():
        audit_log.enter(entry)
        return Notification.objects.create(id=id, **values | changes)


def visible(subject: bytes, entered: Entered | None = None) -> int:
    """Count the rows of a subject in a new transaction that presents an entry."""
    with transaction.atomic(), connection.cursor() as cursor:
        if entered is not None:
            cursor.execute("SELECT sealing_present(%s, %s)", [entered.id, entered.subject])
        cursor.execute(f"SELECT count(*) FROM {RECORDS} WHERE subject = %s", [subject])
        return cursor.fetchone()[0]


def row_of(subject: bytes) -> tuple[str, dict[str, Any]]:
    """Return an INSERT of a sealed row, for a session whose triggers are off."""
    sealed = [
        "decision_number",
        "name",
        "sex",
        "birth_date",
        "id_type",
        "id_number",
        "nationality",
        "address",
        "guardian_name",
        "facts",
        "licence_revoked",
        "execution_reason",
        "decision_key",
        "duplicate_key",
        "content_digest",
    ]
    values: dict[str, Any] = dict.fromkeys(sealed, b"x") | {
        "id": uuid7(),
        "subject": subject,
        "law": "2025",
        "organ_code": "1",
        "organ_name": "1",
        "organ_level": "county",
        "decided_on": "2026-05-01",
        "acted_on": "2026-04-01",
        "offence_code": "PSL2025-082-1-0a",
        "warning": True,
        "foreigner_measure": "none",
        "execution": "executed",
        "stage": "to_verify",
        "origin": "import",
        "clerk": "P1",
        "clerk_unit": "1",
        "verified_by": "",
        "created_at": "2026-05-01",
        "sealed_at": "2026-05-01",
    }
    columns, holes = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    return f"INSERT INTO {RECORDS} ({columns}) VALUES ({holes})", values
