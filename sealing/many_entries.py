"""Writing many audit entries at once, in the transaction that is open: what `audit_log.enter` does, a thousand times.

COPY passes the same triggers and checks as INSERT, and needs no more than the right to insert.
"""

from collections.abc import Iterable

from django.db import connection

from sealing.audit_log import Entry, row

COPY = """
COPY sealing_auditentry
  (id, subject, person, kind, outcome, unit, official, exception, provision, reasons, inquiry, body, leaf_hash)
FROM STDIN (FORMAT BINARY)
"""
TYPES = [
    "uuid",
    "bytea",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text[]",
    "text",
    "bytea",
    "bytea",
]


def enter_many(entries: Iterable[Entry]) -> None:
    """Write the entries; they are in the log when the open transaction commits. A DatabaseError writes none."""
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.set_types(TYPES)
        for entry in entries:
            copy.write_row(row(entry))
