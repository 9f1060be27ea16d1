"""Random samples by stratum: how many of each, and which, so that anybody can draw the same again. Pure.

The seed is the root hash of a checkpoint, which nobody chooses: the rank of a thing is SHA-256(seed || its key), and the
lowest ranks of a stratum are drawn. Knows no inquiry, no database and no Django.
"""

import hashlib
import heapq
from collections.abc import Iterable, Mapping
from uuid import UUID

Stratum = tuple[str, str]


def shares(sizes: Mapping[Stratum, int], *, wanted: int, seed: bytes) -> dict[Stratum, int]:
    """Return how many to draw of each stratum: in all `wanted`, or everything when there is no more.

    Each stratum gets one if `wanted` allows that, and the rest goes by size (largest remainder), never more than a
    stratum has. With fewer than one for each, lots decide which strata get one, so that none is safe.
    """
    held = {stratum: size for stratum, size in sorted(sizes.items()) if size > 0}
    if wanted <= len(held):
        by_lot = sorted(held, key=lambda stratum: _lot(seed, stratum))
        return dict.fromkeys(by_lot[: max(wanted, 0)], 1)
    room = {stratum: size - 1 for stratum, size in held.items()}
    rest = min(wanted - len(held), sum(room.values()))
    return {stratum: 1 + more for stratum, more in _by_size(room, rest).items()}


def drawn(
    things: Iterable[tuple[UUID, Stratum]], *, shares: Mapping[Stratum, int], seed: bytes
) -> dict[Stratum, list[UUID]]:
    """Return the keys drawn of each stratum, lowest rank first; reads the things once and keeps the drawn only."""
    lowest: dict[Stratum, list[tuple[int, UUID]]] = {stratum: [] for stratum in shares}
    for key, stratum in things:
        if stratum not in lowest:
            continue
        heap = lowest[stratum]
        entered = (-int.from_bytes(rank(seed, key), "big"), key)
        if len(heap) < shares[stratum]:
            heapq.heappush(heap, entered)
        elif heap and entered > heap[0]:
            heapq.heapreplace(heap, entered)
    return {
        stratum: [key for _, key in sorted(heap, reverse=True)] for stratum, heap in lowest.items()
    }


def rank(seed: bytes, key: UUID) -> bytes:
    """Return SHA-256(seed || key), both as bytes."""
    return hashlib.sha256(seed + key.bytes).digest()


def _by_size(room: Mapping[Stratum, int], rest: int) -> dict[Stratum, int]:
    """Share out `rest`, which is no more than there is room for, by largest remainder; none gets more than its room."""
    total = sum(room.values()) or 1
    exact = {stratum: rest * size // total for stratum, size in room.items()}
    by_remainder = sorted(room, key=lambda stratum: (-(rest * room[stratum] % total), stratum))
    for stratum in by_remainder[: rest - sum(exact.values())]:
        exact[stratum] += 1
    return exact


def _lot(seed: bytes, stratum: Stratum) -> bytes:
    return hashlib.sha256(seed + "\n".join(stratum).encode()).digest()
