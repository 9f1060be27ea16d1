"""What tests of a move of the index keys do and look at: moving, looking somebody up, the values rows stand under."""

from typing import Any

import psycopg
from django.core.management import call_command

from access import lookups
from access.accounts import User
from access.inquiry import Inquiry
from sealing import audit_log, reindexing
from sealing.audit_log import Entry, Kind, Outcome
from sealing.subject import NOBODY

from .rows import RECORDS

Connection = psycopg.Connection[Any]
NEXT = "registry_nextindex"


def moved(*options: Any) -> None:
    call_command("rotate_keys", "--index", *map(str, options))


def numbers(asked: Inquiry, person: dict[str, str], by: User) -> list[str]:
    """Look a person up; return the numbers of the decisions that are told."""
    asked.id_number, asked.name, asked.views = person["id_number"], person["name"], 0
    asked.save()
    told = lookups.look_up(inquiry=asked, by=by).answer.lines
    return sorted(str(line.decision_number) for line in told)


def of(person: dict[str, str], persons: list[dict[str, str]]) -> list[str]:
    return sorted(
        row["decision_number"] for row in persons if row["id_number"] == person["id_number"]
    )


def values(superuser: Connection) -> dict[Any, tuple[Any, ...]]:
    sql = f"SELECT id, subject, decision_key, duplicate_key, index_version FROM {RECORDS}"
    return {row[0]: row[1:] for row in superuser.execute(sql)}


def the_rest(superuser: Connection) -> list[Any]:
    sql = f"""SELECT to_jsonb(r) - '{{subject,decision_key,duplicate_key,act_key,index_version}}'::text[]
                FROM {RECORDS} AS r ORDER BY id"""
    return superuser.execute(sql).fetchall()


def made_ready(ring: Any) -> reindexing.Reindexing:
    """Make every row ready, and do not move them."""
    run = reindexing.Reindexing(version=reindexing.next_version(ring))
    run._begin()
    run._make_ready()
    return run


def presenting(keeper: Connection, sql: str, values: Any = (), **details: Any) -> Any:
    """Run a statement as the keeper under a committed entry of its own."""
    entry = Entry(kind=Kind.ROTATION, outcome=Outcome.GRANTED, details=details)
    keeper.execute(audit_log.INSERT, audit_log.row(entry))
    with keeper.transaction():
        keeper.execute("SELECT sealing_present(%s, %s)", [entry.id, NOBODY])
        return keeper.execute(sql, values)
