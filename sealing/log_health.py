"""Whether the log is put into its tree and signed: the newest checkpoint, and since when an entry waits.

Reads as the auditors' database role. What was verified, and when, is not known here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connections

from sealing.log_paging import first_key
from sealing.tree import SignedCheckpoint, latest_checkpoint

ALIAS = "audit"
MARGIN = timedelta(days=1)
LAST = """
SELECT at, watermark::text, clock_timestamp() FROM sealing_batch ORDER BY number DESC LIMIT 1
"""
# As the lock asks it: of the entries that the sequencer has not reached, the one that came first. The keys are bounded by
# values and not by an expression, so that one month or two are planned for and not all there are.
WAITING = """
SELECT entry.at FROM sealing_auditentry AS entry
 WHERE entry.xid >= %s::xid8 AND entry.id >= %s AND entry.id < %s
   AND NOT EXISTS (SELECT FROM sealing_leaf AS leaf WHERE leaf.entry = entry.id)
 ORDER BY entry.xid LIMIT 1
"""


@dataclass(frozen=True)
class Health:
    """The newest checkpoint, when the tree last grew, since when an entry waits (None: none does), and the time now."""

    head: SignedCheckpoint | None
    sequenced_at: datetime | None
    waiting_since: datetime | None
    now: datetime | None

    @property
    def waiting_seconds(self) -> int:
        """Return how long the first entry in line has waited for the tree."""
        if self.waiting_since is None or self.now is None:
            return 0
        return max(0, int((self.now - self.waiting_since).total_seconds()))

    @property
    def signed_seconds(self) -> int:
        """Return the age of the newest checkpoint."""
        if self.head is None or self.now is None:
            return 0
        return max(0, int((self.now - self.head.signed_at).total_seconds()))


def health() -> Health:
    """Return how the log stands now."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(LAST)
        found = cursor.fetchone()
        if found is None:
            return Health(latest_checkpoint(alias=ALIAS), None, None, None)
        sequenced_at, watermark, now = found
        until = first_key(now + MARGIN)
        cursor.execute(WAITING, [watermark, first_key(sequenced_at - MARGIN), until])
        waiting = cursor.fetchone()
    waiting_since = waiting[0] if waiting else None
    return Health(latest_checkpoint(alias=ALIAS), sequenced_at, waiting_since, now)
