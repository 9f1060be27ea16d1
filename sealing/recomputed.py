"""Whether an entry of the log still says what was hashed: everything is computed anew from the row, here and not in the database.

Sees one row at a time: that none is missing is another question. Knows no database.
"""

import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sealing.audit_log import leaf_hash

STATED = (
    *("person", "kind", "outcome", "unit", "official", "exception", "provision", "inquiry"),
    "reasons",
)
COLUMNS = ("id", "at", "body", "leaf_hash", *STATED)
CLOCKS_APART = timedelta(seconds=300)


class Difference(NamedTuple):
    """Which entry differs from its body or hash, and in what."""

    entry: UUID
    column: str


def difference(row: tuple[Any, ...]) -> Difference | None:
    """Return the first column of a row (the values of COLUMNS) that is not what the body says; None when all are."""
    found = dict(zip(COLUMNS, row, strict=True))
    body, at = bytes(found["body"]), found["at"]
    if leaf_hash(body) != bytes(found["leaf_hash"]):
        return Difference(found["id"], "leaf_hash")
    try:
        stated = json.loads(body)
        wrong = [name for name in STATED if stated[name] != found[name]]
        if stated["id"] != str(found["id"]):
            wrong.append("id")
        if abs(datetime.fromisoformat(stated["stated_at"]) - at) > CLOCKS_APART:
            wrong.append("at")
    except (ValueError, KeyError, TypeError):
        return Difference(found["id"], "body")
    return Difference(found["id"], wrong[0]) if wrong else None
