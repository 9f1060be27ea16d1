"""Which of a person's rows are in force, for every outcome, alone and in chains."""

from dataclasses import dataclass
from itertools import permutations

import pytest

from registry.in_force import ENDING, NOTING, REPLACING, Happened, in_force, last_of


@dataclass(frozen=True)
class Row:
    id: str
    outcome: str = ""
    replaces: str | None = None


# After a row of this kind about the record A: which of A and the new row B is in force.
AFTER = {
    "correction": {"B"},
    "changed": {"B"},
    "partly_revoked": {"B"},
    "revoked": set(),
    "void": set(),
    "redo": set(),
    "upheld": {"A"},
    "unlawful_but_kept": {"A"},
}


def test_every_outcome_has_one_effect() -> None:
    assert {happened.value for happened in Happened} == set(AFTER)
    assert set(Happened) == REPLACING | ENDING | NOTING
    assert len(REPLACING) + len(ENDING) + len(NOTING) == len(Happened)


@pytest.mark.parametrize(("outcome", "left"), AFTER.items())
def test_one_outcome(outcome: str, left: set[str]) -> None:
    assert in_force([Row("A"), Row("B", outcome, "A")]) == left


@pytest.mark.parametrize(("outcome", "left"), AFTER.items())
def test_after_a_correction(outcome: str, left: set[str]) -> None:
    """What happens to a correction never brings the first row back."""
    rows = [Row("0"), Row("A", "correction", "0"), Row("B", outcome, "A")]
    assert in_force(rows) == left


@pytest.mark.parametrize(("outcome", "left"), AFTER.items())
def test_a_note_changes_nothing_before_or_after(outcome: str, left: set[str]) -> None:
    rows = [Row("A"), Row("N", "upheld", "A"), Row("B", outcome, "A"), Row("M", "upheld", "B")]
    assert in_force(rows) == left


def test_a_long_chain_ends_in_one_row_or_none_in_any_order() -> None:
    chain = [
        Row("A"),
        Row("B", "correction", "A"),
        Row("C", "changed", "B"),
        Row("D", "partly_revoked", "C"),
    ]
    for rows in permutations(chain):
        assert in_force(rows) == {"D"}
    for rows in permutations([*chain, Row("E", "void", "D")]):
        assert in_force(rows) == set()


def test_others_are_untouched() -> None:
    rows = [Row("A"), Row("X"), Row("B", "revoked", "A"), Row("Y", "correction", "elsewhere")]
    assert in_force(rows) == {"X", "Y"}


@pytest.mark.parametrize("outcome", ["", "expunged"])
def test_what_is_not_understood_is_not_answered(outcome: str) -> None:
    assert in_force([Row("A"), Row("B", outcome, "A")]) == set()


def test_the_last_of_a_chain_stands_in_the_place_of_each_row_of_it() -> None:
    chain = [
        Row("A"),
        Row("N", "upheld", "A"),
        Row("B", "correction", "A"),
        Row("X", "revoked", "elsewhere"),
        Row("E", "void", "B"),
        Row("M", "unlawful_but_kept", "E"),
    ]
    for rows in permutations(chain):
        assert {last_of(first, rows) for first in ("A", "B", "E")} == {"E"}
        assert last_of("N", rows) == "N"


def test_a_circle_has_an_end() -> None:
    assert last_of("A", [Row("A", "correction", "B"), Row("B", "correction", "A")]) in ("A", "B")
