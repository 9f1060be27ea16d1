"""The tree agrees with the vectors of RFC 6962, with another library, and with its own verification, and no forged proof passes."""

import random

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealing import merkle
from sealing.merkle import Frontier

# Inputs and roots of the certificate-transparency reference tests for RFC 6962.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LARGEST = 128
FORGERIES = 100_000


class Tree:
    """A tree in memory: what the database keeps, in a dictionary."""

    def __init__(self, bodies: list[bytes]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.roots = [merkle.EMPTY_ROOT]
        frontier = Frontier()
        for index, body in enumerate(bodies):
            self.nodes[0, index] = merkle.leaf_hash(body)
            for level, place, made in frontier.append(self.nodes[0, index]):
                self.nodes[level, place] = made
            self.roots.append(frontier.root())

    def inclusion(self, index: int, size: int) -> list[bytes]:
        return merkle.proof(merkle.inclusion_ranges(index, size), self.nodes.__getitem__)

    def consistency(self, first: int, second: int) -> list[bytes]:
        return merkle.proof(merkle.consistency_ranges(first, second), self.nodes.__getitem__)

    def includes(self, index: int, size: int, proof: list[bytes]) -> bool:
        return merkle.is_included(
            self.nodes[0, index], index=index, size=size, proof=proof, root=self.roots[size]
        )

    def continues(self, first: int, second: int, proof: list[bytes]) -> bool:
        return merkle.is_consistent(
            first=first,
            second=second,
            first_root=self.roots[first],
            second_root=self.roots[second],
            proof=proof,
        )


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree([index.to_bytes(2, "big") for index in range(LARGEST)])


def test_roots_of_rfc_6962() -> None:
    assert merkle.EMPTY_ROOT.hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    assert [made.hex() for made in Tree(INPUTS).roots[1:]] == ROOTS


def test_proofs_of_rfc_9162() -> None:
    """The worked example of RFC 9162 §2.1.5: seven leaves, and the nodes it names for each proof."""
    assert merkle.inclusion_ranges(0, 7) == [(1, 2), (2, 4), (4, 7)]
    assert merkle.inclusion_ranges(3, 7) == [(2, 3), (0, 2), (4, 7)]
    assert merkle.inclusion_ranges(4, 7) == [(5, 6), (6, 7), (0, 4)]
    assert merkle.inclusion_ranges(6, 7) == [(4, 6), (0, 4)]
    assert merkle.consistency_ranges(3, 7) == [(2, 3), (3, 4), (0, 2), (4, 7)]
    assert merkle.consistency_ranges(4, 7) == [(4, 7)]
    assert merkle.consistency_ranges(6, 7) == [(4, 6), (6, 7), (0, 4)]


def test_every_inclusion_and_consistency_up_to_128(tree: Tree) -> None:
    for size in range(1, LARGEST + 1):
        assert merkle.root(size, tree.nodes.__getitem__) == tree.roots[size]
        for index in range(size):
            proof = tree.inclusion(index, size)
            assert len(proof) <= size.bit_length()
            assert tree.includes(index, size, proof), (index, size)
        for first in range(size + 1):
            assert tree.continues(first, size, tree.consistency(first, size)), (first, size)


def forged(chance: random.Random, proof: list[bytes]) -> list[bytes]:
    """Return a proof with one hash changed, lost, added, doubled, cut or two exchanged."""
    made = list(proof)
    at = chance.randrange(len(made)) if made else 0
    kind = chance.randrange(6) if made else 3
    if kind == 0:
        bit = chance.randrange(256)
        made[at] = (int.from_bytes(made[at], "big") ^ 1 << bit).to_bytes(32, "big")
    elif kind == 1:
        del made[at]
    elif kind == 2:
        made.insert(at, made[at])
    elif kind == 3:
        made.insert(chance.randrange(len(made) + 1), chance.randbytes(32))
    elif kind == 4:
        made[at] = made[at][: chance.randrange(32)]
    else:
        other = chance.randrange(len(made))
        made[at], made[other] = made[other], made[at]
    return made


def test_a_hundred_thousand_forged_proofs_are_refused(tree: Tree) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    tried = 0
    while tried < FORGERIES:
        size = chance.randint(1, LARGEST)
        if chance.random() < 0.5:
            at, prove, holds = chance.randrange(size), tree.inclusion, tree.includes
        else:
            at, prove, holds = chance.randint(1, size), tree.consistency, tree.continues
        true = prove(at, size)
        false = forged(chance, true)
        if false == true:
            continue
        assert not holds(at, size, false), (seed, at, size)
        tried += 1


def test_a_true_proof_of_something_else_is_refused(tree: Tree) -> None:
    for size in (5, 8, 13):
        for index in range(size):
            proof = tree.inclusion(index, size)
            others = [at for at in range(size) if at != index]
            assert not any(tree.includes(at, size, proof) for at in others)
            assert not merkle.is_included(
                tree.nodes[0, index], index=index, size=size, proof=proof, root=tree.roots[size - 1]
            )
        for first in range(1, size):
            named = {"first": first, "second": size, "proof": tree.consistency(first, size)}
            roots = {"first_root": tree.roots[first], "second_root": tree.roots[size]}
            assert not merkle.is_consistent(
                **named, **roots | {"first_root": tree.roots[first - 1]}
            )
            assert not merkle.is_consistent(**named, **roots | {"second_root": bytes(32)})


def test_what_cannot_be_proved_is_refused(tree: Tree) -> None:
    assert not tree.continues(1, 2, [])
    assert not tree.continues(2, 2, [bytes(32)])
    assert not tree.continues(0, 2, [bytes(32)])
    leaf = tree.nodes[0, 0]
    assert not merkle.is_included(leaf, index=1, size=1, proof=[], root=leaf)
    assert not merkle.is_included(leaf, index=-1, size=1, proof=[], root=leaf)
    assert not merkle.is_consistent(
        first=2, second=1, first_root=leaf, second_root=leaf, proof=[leaf]
    )
    for wrong in [(0, 0), (3, 3), (-1, 3)]:
        with pytest.raises(ValueError, match="no such leaf"):
            merkle.inclusion_ranges(*wrong)
    with pytest.raises(ValueError, match="shrink"):
        merkle.consistency_ranges(3, 2)
    with pytest.raises(ValueError, match="frontier"):
        Frontier(3, [leaf])


@given(st.lists(st.binary(max_size=40), max_size=300), st.data())
def test_random_trees(bodies: list[bytes], data: st.DataObject) -> None:
    tree = Tree(bodies)
    second = data.draw(st.integers(0, len(bodies)))
    first = data.draw(st.integers(0, second))
    assert tree.continues(first, second, tree.consistency(first, second))
    resumed = Frontier(first, [tree.nodes[place] for place in merkle.cover(0, first)])
    for index in range(first, second):
        resumed.append(tree.nodes[0, index])
    assert resumed.root() == tree.roots[second]
    if second:
        index = data.draw(st.integers(0, second - 1))
        assert tree.includes(index, second, tree.inclusion(index, second))


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=200))
def test_the_root_is_that_of_another_library(bodies: list[bytes]) -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    for body in bodies:
        other.append_entry(body)
    assert Tree(bodies).roots[-1] == other.get_root()
