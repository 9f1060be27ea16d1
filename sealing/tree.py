"""The tree over the log as the database keeps it: its newest checkpoint, and proofs for those who ask.

Reads hashes and checkpoints, never a body; any alias of the site may. What is not signed yet is not told.
Knows no record and no law.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connections

from sealing import merkle
from sealing.checkpoints import Checkpoint
from sealing.merkle import Place, Range

HASHES = """
SELECT wanted.level, wanted.index, coalesce(node.hash, leaf.leaf_hash)
  FROM unnest(%s::smallint[], %s::bigint[]) AS wanted (level, index)
  LEFT JOIN sealing_node AS node ON node.level = wanted.level AND node.index = wanted.index
  LEFT JOIN sealing_leaf AS leaf ON wanted.level = 0 AND leaf.index = wanted.index
"""
LATEST = """
SELECT origin, size, root, note, signed_at FROM sealing_checkpoint
 WHERE %s::timestamptz IS NULL OR signed_at < %s ORDER BY signed_at DESC LIMIT 1
"""


class NotInTree(LookupError):
    """The tree does not hold what was asked for: no such entry, no such size, or not signed yet."""


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint with its signed note (text) and the database's time of it."""

    checkpoint: Checkpoint
    note: str
    signed_at: datetime


@dataclass(frozen=True)
class Inclusion:
    """That an entry is in the log: its leaf hash and index, the proof's hashes, and the checkpoint they lead to."""

    entry: UUID
    index: int
    leaf_hash: bytes
    proof: list[bytes]
    head: SignedCheckpoint


def latest_checkpoint(
    *, before: datetime | None = None, alias: str = "default"
) -> SignedCheckpoint | None:
    """Return the newest checkpoint (signed before a time), or None when there is none."""
    with connections[alias].cursor() as cursor:
        cursor.execute(LATEST, [before, before])
        found = cursor.fetchone()
    if found is None:
        return None
    origin, size, root, note, signed_at = found
    return SignedCheckpoint(Checkpoint(origin, size, bytes(root)), note, signed_at)


def inclusion_proof(
    entry_id: UUID, *, alias: str = "default", head: SignedCheckpoint | None = None
) -> Inclusion:
    """Return the proof that an entry is under a checkpoint, the newest unless given; NotInTree when it is not there (yet)."""
    head = head or latest_checkpoint(alias=alias)
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT sealing_place(%s)", [entry_id])
        (index,) = cursor.fetchone()
    if head is None or index is None or index >= head.checkpoint.size:
        raise NotInTree("This entry is under no checkpoint.")
    ranges = merkle.inclusion_ranges(index, head.checkpoint.size)
    leaf, *proof = _proof([(index, index + 1), *ranges], alias=alias)
    return Inclusion(entry_id, index, leaf, proof, head)


def consistency_proof(first: int, second: int, *, alias: str = "default") -> list[bytes]:
    """Return the proof that the tree of `second` leaves begins with that of `first`; NotInTree for a size never signed."""
    head = latest_checkpoint(alias=alias)
    if head is None or not 0 <= first <= second <= head.checkpoint.size:
        raise NotInTree("The log has no such sizes.")
    return stored_proof(first, second, alias=alias)


def stored_proof(first: int, second: int, *, alias: str) -> list[bytes]:
    """Return the consistency proof from the stored nodes, signed or not; NotInTree when one is missing."""
    return _proof(merkle.consistency_ranges(first, second), alias=alias)


def root(size: int, *, alias: str) -> bytes:
    """Return the root hash of the first `size` leaves from the stored nodes."""
    places = list(merkle.cover(0, size))
    return merkle.folded([*hashes(places, alias=alias).values()])


def hashes(places: Sequence[Place], *, alias: str) -> dict[Place, bytes]:
    """Return the hashes of complete subtrees, in the order asked for; NotInTree when one is missing."""
    found = hashes_if_there(places, alias=alias)
    missing = [place for place in places if place not in found]
    if missing:
        raise NotInTree(f"The tree has no node at level {missing[0][0]}, index {missing[0][1]}.")
    return {place: found[place] for place in places}


def hashes_if_there(places: Sequence[Place], *, alias: str) -> dict[Place, bytes]:
    """Return the hashes of those of the complete subtrees that are stored."""
    levels, indexes = [level for level, _ in places], [index for _, index in places]
    with connections[alias].cursor() as cursor:
        cursor.execute(HASHES, [levels, indexes])
        return {
            (level, index): bytes(hash)
            for level, index, hash in cursor.fetchall()
            if hash is not None
        }


def _proof(ranges: Iterable[Range], *, alias: str) -> list[bytes]:
    asked = list(ranges)
    return merkle.proof(asked, hashes(merkle.places(asked), alias=alias).__getitem__)
