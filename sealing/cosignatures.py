"""What witnesses said of the log's checkpoints, as the database keeps it: lines under a note, newest of each witness.

Reads only; who asks a witness and keeps its answer is `sealing.cosigning`. Knows no key: whether a line is true is for
those to say who have a witness's key.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connections

from sealing.checkpoints import Checkpoint
from sealing.tree import SignedCheckpoint

#: A witness that is at work is asked every half hour at least; one that refuses, or a database that was put back, has no newer line.
WITHIN = timedelta(hours=1)
# Of one state of the log, the last line of each witness: it may have cosigned the same state more than once.
LINES = """
SELECT DISTINCT ON (witness) line FROM sealing_cosignature
 WHERE origin = %s AND size = %s ORDER BY witness, cosigned_at DESC
"""
LATEST = """
SELECT head.origin, head.size, head.root, head.note, head.signed_at,
       said.witness, said.line, said.cosigned_at, said.received_at
  FROM sealing_cosignature AS said
  JOIN sealing_checkpoint AS head ON head.origin = said.origin AND head.size = said.size
 WHERE %s::timestamptz IS NULL OR said.received_at < %s
 ORDER BY said.received_at DESC LIMIT 1
"""


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint with the newest cosignature under it: whose (its name), when it says, and when it came here."""

    head: SignedCheckpoint
    witness: str
    line: str
    cosigned_at: datetime
    received_at: datetime

    @property
    def is_late(self) -> bool:
        """Say whether the witness has not cosigned for an hour."""
        return datetime.now(UTC) - self.received_at > WITHIN

    @property
    def note(self) -> str:
        """Return the signed note with the witness's line."""
        return self.head.note + self.line


def shown(head: SignedCheckpoint, *, alias: str = "default") -> str:
    """Return a checkpoint's note with the lines of the witnesses who cosigned it; as it is when there are none."""
    with connections[alias].cursor() as cursor:
        cursor.execute(LINES, [head.checkpoint.origin, head.checkpoint.size])
        return head.note + "".join(line for (line,) in cursor.fetchall())


def latest(*, before: datetime | None = None, alias: str = "default") -> Cosigned | None:
    """Return the newest cosignature (that came before a time), or None when no witness ever cosigned."""
    with connections[alias].cursor() as cursor:
        cursor.execute(LATEST, [before, before])
        found = cursor.fetchone()
    if found is None:
        return None
    origin, size, root, note, signed_at, witness, line, at, received_at = found
    head = SignedCheckpoint(Checkpoint(origin, size, bytes(root)), note, signed_at)
    return Cosigned(head, witness, line, datetime.fromtimestamp(at, UTC), received_at)
