"""Whether entries stand in the tree in the order of their transactions, and at the time they state. Pure.

The sequencer takes transactions in order and starts anew only where the database had moved, so an entry that was put
in between later, or changed places, is seen beside its neighbours. Knows no database and no hash.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sealing.findings import Wrong

# Longer than any transaction that writes entries; an entry may be dated that much before one in front of it.
BACKWARDS = timedelta(minutes=15)
NOT_IN_ORDER = "the entries from here to %(last)d are not in the order of transactions"
DATED_AHEAD = "it is dated long after it was put into the tree"
DATED_BACK = "it is dated long before those in front of it"
LONG_AGO = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Batch:
    """What the sequencer put into the tree at one time: up to which size, and whether the database had moved."""

    size: int
    reconciled: bool
    at: datetime | None


class LeafOrder:
    """Takes the entries of the tree from the first on, and says of each what is out of order."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self._ahead = iter(batches)
        self._batch = Batch(0, True, None)
        self._last, self._latest = (-1, UUID(int=0)), LONG_AGO
        #: The first index of the entries whose transactions can be compared with each other.
        self.begins = 0

    def see(self, index: int, entry: UUID, at: datetime, xid: int) -> Iterator[tuple[Wrong, str]]:
        """Yield what is wrong with the next entry; those that are gone are left out."""
        if self._starts_anew(index):
            self.begins, self._last, self._latest = index, (-1, entry), LONG_AGO
        if (xid, entry) <= self._last:
            yield Wrong.REORDERED, NOT_IN_ORDER
        self._last = (xid, entry)
        if self._batch.at is not None and at > self._batch.at + BACKWARDS:
            yield Wrong.INSERTED, DATED_AHEAD
            return
        if at < self._latest - BACKWARDS:
            yield Wrong.INSERTED, DATED_BACK
        self._latest = max(self._latest, at)

    def _starts_anew(self, index: int) -> bool:
        """Go to the batch that an index lies in; say whether transactions may count anew there."""
        anew = False
        while index >= self._batch.size:
            before = self._batch
            self._batch = next(self._ahead, Batch(2**63, False, None))
            anew = anew or self._batch.reconciled or before.reconciled
        return anew
