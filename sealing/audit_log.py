"""The audit log: what was asked, filed, granted, denied and disclosed, in rows nobody can change.

`enter` writes one entry. The bytes that were hashed are kept (`body`), so nothing is re-serialised to verify;
the database sets time and transaction, hashes the body a second time and compares it with the columns.
Knows no record and no law: an entry is plain values. Writing needs no right to read.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction

from sealing.merkle import leaf_hash
from sealing.subject import NOBODY
from sealing.uuid7 import uuid7

FORMAT = 1


class Kind(StrEnum):
    """What an entry is about."""

    INQUIRY = "inquiry"
    LOOKUP = "lookup"
    FILING = "filing"
    REVIEW = "review"
    SEARCH = "search"
    ROLE = "role"
    AUTHORISATION = "authorisation"
    NOTIFICATION = "notification"
    COPIES = "copies"
    ROTATION = "rotation"
    RETENTION = "retention"
    SANDBOX_INQUIRY = "sandbox_inquiry"
    SANDBOX_LOOKUP = "sandbox_lookup"


class Outcome(StrEnum):
    """How it ended; only a granted lookup opens the lock."""

    RECEIVED = "received"
    UNDER_REVIEW = "under_review"
    GRANTED = "granted"
    DENIED = "denied"
    DISCLOSED = "disclosed"
    FAILED = "failed"
    FILED = "filed"
    DONE = "done"


class NotEntered(Exception):
    """The entry is not known to be in the log, so what it stands for must not happen."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the log before it is written. `person` is the log's own index, 64 hex digits or empty.

    `subject` is what the lock compares and is never part of `body`. `details` holds JSON values only.
    """

    kind: Kind
    outcome: Outcome
    subject: bytes = NOBODY
    person: str = ""
    unit: str = ""
    official: str = ""
    exception: str = ""
    provision: str = ""
    reasons: tuple[str, ...] = ()
    inquiry: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    id: UUID = field(default_factory=uuid7)
    stated_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def body(self) -> bytes:
        """Return the canonical bytes: JSON with sorted keys, no spaces, UTF-8 (in the manner of RFC 8785)."""
        facts = {
            "format": FORMAT,
            "id": str(self.id),
            "stated_at": self.stated_at.isoformat(timespec="milliseconds"),
            "kind": self.kind.value,
            "outcome": self.outcome.value,
            "person": self.person,
            "unit": self.unit,
            "official": self.official,
            "exception": self.exception,
            "provision": self.provision,
            "reasons": list(self.reasons),
            "inquiry": self.inquiry,
            "details": dict(self.details),
        }
        return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class Entered:
    """An entry that is in the log: what the lock and a receipt need of it."""

    id: UUID
    subject: bytes
    leaf_hash: bytes


INSERT = """
INSERT INTO sealing_auditentry
  (id, subject, person, kind, outcome, unit, official, exception, provision, reasons, inquiry, body, leaf_hash)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def row(entry: Entry) -> tuple[Any, ...]:
    """Return the values of INSERT for an entry."""
    body = entry.body()
    return (
        entry.id,
        entry.subject,
        entry.person,
        entry.kind.value,
        entry.outcome.value,
        entry.unit,
        entry.official,
        entry.exception,
        entry.provision,
        list(entry.reasons),
        entry.inquiry,
        body,
        leaf_hash(body),
    )


def enter(entry: Entry, *, using: str = DEFAULT_DB_ALIAS) -> Entered:
    """Write one entry in the transaction that is open; it is in the log when that commits."""
    values = row(entry)
    try:
        with connections[using].cursor() as cursor:
            cursor.execute(INSERT, values)
    except DatabaseError as error:
        raise NotEntered("The audit entry could not be written.") from error
    return Entered(entry.id, entry.subject, values[-1])


@contextmanager
def committed(*, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Run a transaction of its own that counts only when COMMIT returned without any warning.

    A cancelled wait for a standby lets COMMIT return with SQLSTATE 01000: that is not success. `commit_wait` cancels it.
    """
    warnings: list[str] = []

    def note(diagnostic: Any) -> None:
        warnings.append(diagnostic.sqlstate or "")

    connections[using].ensure_connection()
    raw = connections[using].connection
    raw.add_notice_handler(note)
    try:
        with transaction.atomic(using, durable=True):
            yield
    except DatabaseError as error:
        raise NotEntered("The transaction did not commit.") from error
    finally:
        raw.remove_notice_handler(note)
    if any(state.startswith("01") for state in warnings):
        raise NotEntered("COMMIT returned with a warning: the entry may not be durable.")


def enter_alone(entry: Entry, *, using: str = DEFAULT_DB_ALIAS) -> Entered:
    """Write one entry, committed on its own before this returns."""
    with committed(using=using):
        return enter(entry, using=using)
