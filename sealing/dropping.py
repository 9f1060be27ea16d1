"""Carries out an order to drop the oldest month of the log, as the owner of the tables.

Checks what the database cannot: the order's signature and the archive. `sealing_drop_month` checks everything else once
more, so calling it by hand gains nothing but an order that verification calls untrue.
"""

from pathlib import Path
from uuid import UUID

from django.db import DatabaseError, connection

from sealing import audit_log, month_archive
from sealing.audit_log import Entry, Kind, NotEntered, Outcome
from sealing.notes import Malformed, Untrusted
from sealing.retention import true_order

NOTE = "SELECT note FROM sealing_dropdecision WHERE proposal = %s AND approved"


class Refused(Exception):
    """The month is not dropped; the message says why."""


def drop(order_id: UUID, *, archive: Path, by: str) -> str:
    """Drop the month of an order, whose archive is this file, and enter that; return the month (as 2026-11).

    The log cannot be written for the moment it takes: it waits at most 10 s for its turn. Raises Refused.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(NOTE, [order_id])
            found = cursor.fetchone()
        if found is None:
            raise Refused("No order that two accounts made.")
        order = true_order(found[0])
        if order.order != str(order_id):
            raise Refused("The note is of another order.")
        month_archive.see(archive, order)
    except (Malformed, Untrusted, month_archive.NotTheArchive) as problem:
        raise Refused(str(problem)) from None
    details = {"act": "dropped", "order": order.order, "month": order.month}
    entry = Entry(kind=Kind.RETENTION, outcome=Outcome.DONE, official=by, details=details)
    try:
        with audit_log.committed(), connection.cursor() as cursor:
            audit_log.enter(entry)
            cursor.execute("SELECT sealing_drop_month(%s, %s, %s)", [order_id, by, entry.id])
    except (NotEntered, DatabaseError) as problem:
        cause = problem.__cause__ or problem
        raise Refused(str(cause).partition("\n")[0]) from None
    return order.month
