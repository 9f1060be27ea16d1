"""Whether the columns of an entry say what its body says: they are what is searched, the body is what was hashed."""

import json
from datetime import datetime
from uuid import UUID

from sealing import uuid7

SECONDS_APART = 300
STATED = ("person", "kind", "outcome", "unit", "official", "exception", "provision", "inquiry")


def says_the_same(
    body: bytes, entry: UUID, at: datetime, reasons: list[str], stated: list[str]
) -> bool:
    """Say whether key, reasons, the columns of STATED and the time, within minutes, are those of the body."""
    try:
        said = json.loads(body)
        made = datetime.fromisoformat(said["stated_at"])
        return (
            [said["id"], said["reasons"]] == [str(entry), reasons]
            and [said[name] for name in STATED] == stated
            and abs((at - made).total_seconds()) <= SECONDS_APART
            and abs((at - uuid7.moment(entry)).total_seconds()) <= SECONDS_APART
        )
    except (ValueError, KeyError, TypeError):
        return False
