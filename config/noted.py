"""Where the log and the sealed rows of a database stand at one moment, in numbers and digests that a backup can be held to.

What is noted is settled: entries of transactions that had all ended, and the rows sealed with them. None of that changes any
more, so a database restored from a later moment has exactly the same below the same horizon. Holds nothing personal.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

Moved = Callable[[int], None]
"""Called with the number of rows that were read since the last call."""

LOG = "sealing_auditentry"
ROWS_AT_ONCE = 5_000
HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
ENTRIES = f"SELECT uuid_send(id) || leaf_hash FROM {LOG} WHERE xid < %s::text::xid8 ORDER BY id"  # noqa: S608
# A sealed table is told by its columns, as in sealing.guards, but from the catalogue: the models are not loaded here.
SEALED_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname IN ('subject', 'sealed_at', 'entry')
   AND NOT a.attisdropped
 GROUP BY c.relname HAVING count(*) = 3 ORDER BY c.relname
"""
SEALED = """
SELECT uuid_send(record.id) || uuid_send(record.entry) FROM {table} AS record
  JOIN sealing_auditentry AS entry ON entry.id = record.entry
 WHERE record.sealed_at IS NOT NULL AND entry.xid < %s::text::xid8 ORDER BY record.id
"""


@dataclass(frozen=True)
class Pile:
    """How many rows there are, and SHA-256 over what identifies each, in the order of their keys."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Noted:
    """The settled log and the settled rows of each sealed table, below a transaction id (`horizon`)."""

    horizon: str
    log: Pile
    sealed: dict[str, Pile]


def noted(
    connection: "psycopg.Connection[Any]", *, horizon: str | None = None, moved: Moved
) -> Noted:
    """Return where a database stands now, or where it stood at a horizon that was noted before.

    The connection must see every row: a superuser's, or that of a role for backups.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        below = horizon or str(_first(connection, HORIZON))
        log = _pile(connection, ENTRIES, below, moved)
        tables = [str(name) for (name,) in connection.execute(SEALED_TABLES)]
        sealed = {
            name: _pile(connection, SEALED.format(table=name), below, moved) for name in tables
        }
    return Noted(below, log, sealed)


def row_count(connection: "psycopg.Connection[Any]") -> int:
    """Return about how many rows `noted` is going to read."""
    tables = [LOG, *(name for (name,) in connection.execute(SEALED_TABLES))]
    return sum(int(_first(connection, f"SELECT count(*) FROM {name}")) for name in tables)  # noqa: S608


def _pile(connection: "psycopg.Connection[Any]", sql: str, horizon: str, moved: Moved) -> Pile:
    digest, rows = hashlib.sha256(), 0
    with connection.cursor(name="noted", binary=True) as cursor:
        cursor.execute(sql.encode(), [horizon])
        while found := cursor.fetchmany(ROWS_AT_ONCE):
            digest.update(b"".join(row[0] for row in found))
            rows += len(found)
            moved(len(found))
    return Pile(rows, digest.hexdigest())


def _first(connection: "psycopg.Connection[Any]", sql: str) -> Any:
    row = connection.execute(sql.encode()).fetchone()
    return row[0] if row else None
