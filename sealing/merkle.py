"""The Merkle tree of RFC 9162 §2.1: leaf and node hashes, roots, inclusion and consistency proofs and their verification.

A tree is known by its complete subtrees, each at (level, index): level 0 are the leaf hashes, and the node (l, i)
spans the leaves [i * 2^l, (i + 1) * 2^l). Those never change once they are there, so appending and proving look at
O(log n) of them. Pure: it stores nothing, and knows neither database nor log.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
LEAF_PREFIX, NODE_PREFIX = b"\x00", b"\x01"

Place = tuple[int, int]
Range = tuple[int, int]
Lookup = Callable[[Place], bytes]


def leaf_hash(body: bytes) -> bytes:
    """Return SHA-256(0x00 || body), the hash of a leaf (RFC 9162 §2.1.1)."""
    return hashlib.sha256(LEAF_PREFIX + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right), the hash of a node (RFC 9162 §2.1.1)."""
    return hashlib.sha256(NODE_PREFIX + left + right).digest()


def cover(begin: int, end: int) -> Iterator[Place]:
    """Yield the complete subtrees that span the leaves [begin, end), largest first as in every subtree of a tree."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        yield level, begin >> level
        begin += 1 << level


def folded(hashes: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees that stand side by side, largest first."""
    if not hashes:
        return EMPTY_ROOT
    *others, result = hashes
    for left in reversed(others):
        result = node_hash(left, result)
    return result


def root(size: int, node: Lookup) -> bytes:
    """Return the root hash of the tree of the first `size` leaves."""
    return folded([node(place) for place in cover(0, size)])


class Frontier:
    """The right edge of a growing tree: its complete subtrees, at most one a level; memory O(log n)."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Go on from a tree of `size` leaves, given the hashes of `cover(0, size)`; ValueError when they are not as many."""
        self.size, self.hashes = size, list(hashes)
        if len(self.hashes) != size.bit_count():
            raise ValueError("A frontier has one hash for each complete subtree.")

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append a leaf hash; return the nodes above it that became complete: (level, index, hash)."""
        completed: list[tuple[int, int, bytes]] = []
        place, level = self.size, 0
        while place & 1:
            leaf, place, level = node_hash(self.hashes.pop(), leaf), place >> 1, level + 1
            completed.append((level, place, leaf))
        self.hashes.append(leaf)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the root hash of the tree so far."""
        return folded(self.hashes)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the leaves under each hash of the inclusion proof, nearest first (RFC 9162 §2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError("The tree has no such leaf.")
    begin, end, found = 0, size, []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    return found[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """Return the leaves under each hash of the consistency proof between two sizes (RFC 9162 §2.1.4.1)."""
    if not 0 <= first <= second:
        raise ValueError("A tree does not shrink.")
    if first in {0, second}:
        return []
    begin, end, found = 0, second, []
    while end != first:
        middle = begin + _split(end - begin)
        if first <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    if begin:
        found.append((begin, end))
    return found[::-1]


def places(ranges: Iterable[Range]) -> list[Place]:
    """Return every complete subtree that a proof over these ranges needs."""
    return [place for begin, end in ranges for place in cover(begin, end)]


def proof(ranges: Iterable[Range], node: Lookup) -> list[bytes]:
    """Return the hashes of a proof, of 32 bytes each; at most 63."""
    return [folded([node(place) for place in cover(begin, end)]) for begin, end in ranges]


def is_included(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether a leaf hash stands at `index` of the tree with this size and root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes([leaf, root, *proof]):
        return False
    place, last, result = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            result = node_hash(step, result)
            place, last = _up_to_a_right_child(place, last)
        else:
            result = node_hash(result, step)
        place, last = place >> 1, last >> 1
    return last == 0 and result == root


def is_consistent(
    *, first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether the second tree begins with the first (RFC 9162 §2.1.4.2); every tree begins with the empty one."""
    if not 0 <= first <= second or not _are_hashes([first_root, second_root, *proof]):
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    if not proof:
        return False
    steps = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            place, last = _up_to_a_right_child(place, last)
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _up_to_a_right_child(place: int, last: int) -> Place:
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(isinstance(value, bytes) and len(value) == HASH_BYTES for value in values)


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1
