"""One advisory lock an authorisation: whoever relies on it shares the lock, whoever takes it away holds it alone.

Taken as a statement of its own, before the authorisation is read: only then does the next statement, with its
own snapshot, see what was committed while this one waited. It ends with the transaction. Reads no table.
"""

import hashlib

from django.db import connection


def shared(*, unit_id: int, ground: str) -> None:
    """Keep what the unit is authorised to ask under this ground as it is until the transaction ends."""
    _take("SELECT pg_advisory_xact_lock_shared(%s)", key("authorisation", unit_id, ground))


def exclusive(*, unit_id: int, ground: str) -> None:
    """Wait for everybody who relies on the unit's authorisation for this ground, then keep all others out."""
    _take("SELECT pg_advisory_xact_lock(%s)", key("authorisation", unit_id, ground))


def counting(*, unit_id: int) -> None:
    """Let one inquiry of a unit be counted at a time, so that no budget is overdrawn in a race."""
    _take("SELECT pg_advisory_xact_lock(%s)", key("budget", unit_id, ""))


def key(purpose: str, unit_id: int, ground: str) -> int:
    """Return the lock's number: 64 bits, signed, of a hash over purpose, unit and ground."""
    digest = hashlib.sha256(f"{purpose}:{unit_id}:{ground}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _take(statement: str, number: int) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("The lock lasts as long as a transaction: open one first.")
    with connection.cursor() as cursor:
        cursor.execute(statement, [number])
