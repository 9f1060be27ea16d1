"""A log that reaches back to 1990, made by the database's superuser, and an order to drop its oldest month. All made up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.db import connections

from sealing import month_archive, retention, uuid7
from sealing.audit_log import INSERT, row
from sealing.models import DropProposal
from sealing.sequencing import Sequencer
from tests.database import TestDatabase

from .conftest import sequence
from .rows import lookup, new_subject

Connection = psycopg.Connection[Any]
OLD = "1990-01"
WORDS = {"reason": "the term is over", "legal_basis": "a made-up rule"}
PROPOSER, APPROVER, OPERATOR = "A-auditor", "A-security", "A-system"


def part(month: str) -> str:
    """Return the name of a month's partition."""
    return f"sealing_auditentry_{month.replace('-', '')}"


def prepare(owner: Connection, month: str) -> None:
    """Make the partition of a month long gone, as the owner can."""
    first, following = retention.month_keys(month)
    owner.execute(
        f"CREATE TABLE {part(month)} PARTITION OF sealing_auditentry FOR VALUES FROM ('{first}') TO ('{following}')"
    )


def enter_old(above: Connection, month: str, count: int = 1, **facts: Any) -> list[UUID]:
    """Enter so many made-up entries of a month, with the triggers off."""
    begins = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    above.execute("SET session_replication_role = replica")
    statement = INSERT.replace("body, leaf_hash)", "body, leaf_hash, at)").rstrip()
    made = []
    for number in range(count):
        stated = begins + timedelta(days=5, minutes=number)
        key = uuid7.at(int(stated.timestamp() * 1000))
        entry = lookup(new_subject(), id=key, stated_at=stated, **facts)
        above.execute(statement.removesuffix(")") + ", %s)", [*row(entry), stated])
        made.append(key)
    above.execute("RESET session_replication_role")
    return made


def set_term(owner: Connection, years: int = 30) -> None:
    """Set the term, as only the owner of the tables can."""
    owner.execute("INSERT INTO sealing_term VALUES (1, %s, 'a made-up rule')", [years])


def proposed(folder: Path, month: str = OLD) -> tuple[DropProposal, Path]:
    """Propose to drop the oldest month; return the proposal and the archive."""
    path, _count, digest = month_archive.write(folder, month=month, on_progress=lambda *_: None)
    key = retention.propose(archive=digest, by=PROPOSER, **WORDS)
    return DropProposal.objects.get(pk=key), path


def ripen(above: Connection, worker: Sequencer) -> None:
    """Let the order be under a checkpoint and more than seven days old."""
    sequence(worker)
    above.execute("SET session_replication_role = replica")
    above.execute("UPDATE sealing_dropdecision SET at = at - interval '8 days'")
    above.execute("RESET session_replication_role")


@contextmanager
def as_owner(database: TestDatabase) -> Iterator[None]:
    """Let this process sign in as the owner of the tables, as the operator's command does."""
    own = connections["default"]
    own.close()
    before = dict(own.settings_dict)
    own.settings_dict.update(database.settings("owner"))
    try:
        yield
    finally:
        own.close()
        own.settings_dict.update(before)


def removed_afterwards(above: Connection) -> Callable[[], None]:
    """Return a function that takes away the partitions of months long gone."""

    def done() -> None:
        found = above.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^sealing_auditentry_(19|200|201)'"
        ).fetchall()
        for (name,) in found:
            above.execute(f"DROP TABLE {name}")

    return done
