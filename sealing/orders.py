"""The order to drop a month of the log, as a signed note, and what is missing of a log held against such orders.

An order names the exact entries: their number, and a digest over index and leaf hash of each. The log's own key signs
it; its text can be no checkpoint's. Used by the verification in the database and by the one that stands alone; needs
the standard library and `cryptography` only.
"""

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sealing import notes
from sealing.findings import Finding, Wrong
from sealing.notes import Malformed, Note, Untrusted, VerifierKey

TITLE = "order to drop a month of the audit log"
BITS_BEHIND_THE_TIME = 80


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is dropped (`month` as 2026-11, `leaves` and `archive` SHA-256 in hex), why, and by which two accounts.

    `first` and `last` are the smallest and largest index of its entries (0 and -1 when it has none); entries of the
    neighbouring months may lie between. `size` and `root` are of a checkpoint that covers them.
    """

    order: str
    origin: str
    month: str
    entries: int
    first: int
    last: int
    leaves: str
    size: int
    root: str
    archive: str
    reason: str
    legal_basis: str
    proposed_by: str
    approved_by: str = ""

    def document(self) -> dict[str, str | int]:
        """Return what was proposed: all but who approved."""
        said = asdict(self)
        del said["approved_by"]
        return said

    def text(self) -> str:
        """Return the two lines that are signed: the title, and everything as JSON."""
        said = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return f"{TITLE}\n{said}\n"

    @classmethod
    def parse(cls, text: str) -> "Order":
        """Read the text of an order's note; Malformed when it is anything else."""
        title, _, rest = text.partition("\n")
        try:
            made = cls(**json.loads(rest))
            month_begins(made.month)
        except (ValueError, TypeError):
            raise Malformed("This is no order.") from None
        if title != TITLE or made.text() != text or not made.approved_by:
            raise Malformed("This is no order.")
        return made


def signed(order: Order, private: Ed25519PrivateKey) -> Note:
    """Return the signed note of an order; the key's name is the log's origin."""
    return notes.signed(order.text(), name=order.origin, private=private)


def opened(note: Note, keys: Iterable[VerifierKey]) -> Order:
    """Return the order that one of the log's keys signed; Untrusted when none did, Malformed for no order."""
    if not [key for key in keys if note.is_signed_by(key)]:
        raise Untrusted("No known key of the log signed this order.")
    return Order.parse(note.text)


def month_of(key: UUID) -> str:
    """Return the month (UTC) that the key of an entry was made in, as 2026-11."""
    return f"{datetime.fromtimestamp((key.int >> BITS_BEHIND_THE_TIME) / 1000, UTC):%Y-%m}"


def month_begins(month: str) -> datetime:
    """Return the first moment of a month given as 2026-11; ValueError when it is none."""
    found = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    if f"{found:%Y-%m}" != month:
        raise ValueError(month)
    return found


@dataclass
class Leaves:
    """The digest over leaves in the order of their index: SHA-256 over index (8 bytes, big endian) and leaf hash of each."""

    count: int = 0
    first: int = 0
    last: int = -1
    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, index: int, leaf: bytes) -> None:
        """Take in the next leaf."""
        self.first = index if not self.count else self.first
        self.count, self.last = self.count + 1, index
        self._hash.update(struct.pack(">q", index) + leaf)

    def digest(self) -> str:
        """Return the digest in hex."""
        return self._hash.hexdigest()


class Missing:
    """Entries that are gone, held against orders that are true; give it every entry that the log does not have."""

    def __init__(self, orders: Iterable[Order]) -> None:
        self.orders = {one.month: one for one in orders}
        self.seen: dict[str, Leaves] = {month: Leaves() for month in self.orders}

    def is_under_order(self, entry: UUID, *, index: int, leaf: bytes) -> bool:
        """Say whether an order dropped the month of this entry; then it is remembered."""
        month = month_of(entry)
        if month not in self.orders:
            return False
        self.seen[month].add(index, leaf)
        return True

    def findings(self, *, begins: int = 0) -> Iterator[Finding]:
        """Yield what does not agree, once everything from the index `begins` on was seen.

        Of a month that lies partly before `begins` only the place of its entries can be compared.
        """
        for month, order in self.orders.items():
            seen = self.seen[month]
            if order.first >= begins:
                agrees = (seen.count, seen.digest()) == (order.entries, order.leaves)
            else:
                agrees = seen.count <= order.entries and seen.last <= order.last
            if not agrees:
                words = "what is missing of %(month)s is not what the order %(order)s dropped"
                first = seen.first if seen.count else order.first
                about = {"month": month, "order": order.order}
                yield Finding(first, Wrong.REMOVED, words, about=about)

    def told(self) -> Iterator[tuple[Order, Leaves]]:
        """Yield each order with the leaves that are not covered because of it."""
        for month, order in sorted(self.orders.items()):
            yield order, self.seen[month]
