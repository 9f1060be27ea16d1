"""How much of what the log holds, by kind, reason, unit and ground: counts of entries between two moments, never of all.

Every count is bounded by keys, which begin with their time, so that the months in question are read and no others. Reads
as the auditors' database role. Knows no law: a ground is a code.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections

from sealing.log_paging import first_key

ALIAS = "audit"
ROWS_AT_ONCE = 5_000
BY_KIND = """
SELECT kind, outcome, count(*) FROM sealing_auditentry WHERE id >= %s AND id < %s GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
# Answered by an index alone too (sealing_log_denials).
BY_REASON = """
SELECT reason, count(*) FROM sealing_auditentry, unnest(reasons) AS reason
 WHERE outcome = 'denied' AND kind NOT IN ('sandbox_inquiry', 'sandbox_lookup')
   AND id >= %s AND id < %s GROUP BY 1 ORDER BY 2 DESC, 1
"""
# Answered by an index alone (sealing_log_inquiries): the entries themselves are not read.
BY_UNIT = """
SELECT unit, count(*) FROM sealing_auditentry
 WHERE kind = 'inquiry' AND id >= %s AND id < %s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %s
"""
BY_GROUND = """
SELECT unit, coalesce(nullif(provision, ''), exception), count(*) FROM sealing_auditentry
 WHERE kind = 'inquiry' AND id >= %s AND id < %s GROUP BY 1, 2
"""
INQUIRIES = """
SELECT id, unit, coalesce(nullif(provision, ''), exception) FROM sealing_auditentry
 WHERE kind = 'inquiry' AND id >= %s AND id < %s ORDER BY id
"""


class Span(NamedTuple):
    """From a moment on, until before another."""

    since: datetime
    until: datetime


def by_kind(span: Span) -> list[tuple[str, str, int]]:
    """Return (kind, outcome, entries), most first."""
    return _rows(BY_KIND, span)


def denials_by_reason(span: Span) -> list[tuple[str, int]]:
    """Return (reason, denials that give it), most first; a denial may give several. Those of sandboxes are not counted."""
    return _rows(BY_REASON, span)


def inquiries_by_unit(span: Span, *, most: int) -> list[tuple[str, int]]:
    """Return (unit, inquiries) of the units that asked most."""
    return _rows(BY_UNIT, span, most)


def inquiries_by_ground(span: Span) -> list[tuple[str, str, int]]:
    """Return (unit, provision or else exception, inquiries); the ground is empty where none was recognised."""
    return _rows(BY_GROUND, span)


def inquiries(span: Span) -> Iterator[tuple[UUID, str, str]]:
    """Yield (entry, unit, ground) of each inquiry, oldest first, by a cursor of the transaction that is open."""
    with connections[ALIAS].chunked_cursor() as cursor:
        cursor.execute(INQUIRIES, _keys(span))
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


def _keys(span: Span) -> list[UUID]:
    return [first_key(span.since), first_key(span.until)]


def _rows(query: str, span: Span, *more: Any) -> list[Any]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(query, [*_keys(span), *more])
        return cursor.fetchall()
