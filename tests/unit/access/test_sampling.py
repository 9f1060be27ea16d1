"""Random samples by stratum: every stratum is looked at, shares follow size, and anybody can draw the same again."""

import hashlib
import random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.sampling import drawn, rank, shares

SEED = hashlib.sha256(b"a root").digest()
STRATA = st.dictionaries(
    st.tuples(st.text("AB12", max_size=3), st.sampled_from(["X-1", "Y-2", "case_handling", ""])),
    st.integers(0, 5_000),
    max_size=12,
)


@given(STRATA, st.integers(0, 400))
def test_shares_add_up_and_never_exceed_what_there_is(sizes, wanted):
    found = shares(sizes, wanted=wanted, seed=SEED)
    assert sum(found.values()) == min(wanted, sum(sizes.values()))
    assert all(0 < share <= sizes[stratum] for stratum, share in found.items())


@given(STRATA, st.integers(0, 400))
def test_every_stratum_is_covered_when_the_number_allows(sizes, wanted):
    held = {stratum for stratum, size in sizes.items() if size}
    found = shares(sizes, wanted=wanted, seed=SEED)
    assert set(found) <= held
    assert len(found) == min(wanted, len(held))


def test_beyond_one_each_the_rest_goes_by_size():
    sizes = {("A", "X"): 901, ("B", "X"): 91, ("C", "X"): 11}
    assert shares(sizes, wanted=103, seed=SEED) == {("A", "X"): 91, ("B", "X"): 10, ("C", "X"): 2}


def test_with_fewer_than_one_each_no_stratum_is_safe():
    sizes = {(str(number), "X"): 10 ** (number % 5 + 1) for number in range(10)}
    hit = set()
    for number in range(60):
        hit |= set(shares(sizes, wanted=3, seed=hashlib.sha256(bytes([number])).digest()))
    assert hit == set(sizes)


@pytest.fixture(name="things")
def fixture_things():
    source = random.Random(7)
    strata = [("A", "X"), ("A", "Y"), ("B", "X")]
    return [(UUID(int=source.getrandbits(128)), source.choice(strata)) for _ in range(3_000)]


def test_the_lowest_ranks_of_a_stratum_are_drawn_in_whatever_order_they_come(things):
    wanted = {("A", "X"): 5, ("B", "X"): 1}
    found = drawn(things, shares=wanted, seed=SEED)
    assert drawn(reversed(things), shares=wanted, seed=SEED) == found
    for stratum, share in wanted.items():
        keys = [key for key, other in things if other == stratum]
        assert found[stratum] == sorted(keys, key=lambda key: rank(SEED, key))[:share]


def test_another_seed_draws_others(things):
    wanted = {("A", "X"): 20}
    one = drawn(things, shares=wanted, seed=SEED)[("A", "X")]
    other = drawn(things, shares=wanted, seed=hashlib.sha256(SEED).digest())[("A", "X")]
    assert len(set(one) & set(other)) < 5


def test_each_of_a_stratum_is_drawn_about_as_often():
    keys = [UUID(int=number << 80) for number in range(40)]
    times = dict.fromkeys(keys, 0)
    for number in range(2_000):
        seed = hashlib.sha256(number.to_bytes(4, "big")).digest()
        for key in drawn([(key, ("A", "X")) for key in keys], shares={("A", "X"): 10}, seed=seed)[
            ("A", "X")
        ]:
            times[key] += 1
    assert all(400 < count < 600 for count in times.values())
