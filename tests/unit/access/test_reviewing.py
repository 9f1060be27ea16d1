"""What votes come to: the whole truth table, and what follows from it whatever the order."""

import ast
import itertools
from pathlib import Path

import pytest

from access import narrowing, reviewing, working_days
from access.provisions import Shape
from access.reviewing import (
    REASONS,
    ROUNDS_OF_QUESTIONS,
    Verdict,
    Vote,
    offered,
    refusal_codes,
    verdict,
)

P, N, R, A = Vote.PERMIT, Vote.NARROWER, Vote.REFUSE, Vote.ASK
TWO = {
    (P, P): "granted",
    (P, N): "granted",
    (N, P): "granted",
    (N, N): "granted",
    (R, R): "denied",
    (P, R): "third",
    (R, P): "third",
    (N, R): "third",
    (R, N): "third",
    (P, A): "asked",
    (A, P): "asked",
    (N, A): "asked",
    (A, N): "asked",
    (R, A): "asked",
    (A, R): "asked",
    (A, A): "asked",
}


def test_one_vote_decides_nothing() -> None:
    assert verdict([]) is Verdict.PENDING
    assert [verdict([vote]) for vote in Vote] == [Verdict.PENDING] * 4


def test_the_table_of_two_is_whole() -> None:
    assert set(TWO) == set(itertools.product(Vote, repeat=2))


@pytest.mark.parametrize(("votes", "expected"), TWO.items())
def test_two_votes(votes: tuple[Vote, Vote], expected: str) -> None:
    assert verdict(votes) == expected


@pytest.mark.parametrize("votes", list(itertools.product(Vote, repeat=3)))
def test_three_votes_always_end_the_round_with_the_majority(votes: tuple[Vote, ...]) -> None:
    if A in votes:
        expected = Verdict.ASKED
    else:
        expected = Verdict.DENIED if votes.count(R) > 1 else Verdict.GRANTED
    assert verdict(votes) is expected


@pytest.mark.parametrize("votes", [pair for pair, found in TWO.items() if found == "third"])
def test_the_third_vote_decides_among_the_two(votes: tuple[Vote, Vote]) -> None:
    assert verdict([*votes, P]) is verdict([*votes, N]) is Verdict.GRANTED
    assert verdict([*votes, R]) is Verdict.DENIED


def test_the_order_of_votes_does_not_matter() -> None:
    for count in (2, 3):
        for votes in itertools.product(Vote, repeat=count):
            assert len({verdict(order) for order in itertools.permutations(votes)}) == 1


def test_nothing_is_granted_on_fewer_than_two_permits() -> None:
    for count in range(4):
        for votes in itertools.product(Vote, repeat=count):
            if verdict(votes) is Verdict.GRANTED:
                assert sum(vote in (P, N) for vote in votes) >= 2


def test_a_fourth_vote_is_an_error() -> None:
    with pytest.raises(ValueError, match="three votes"):
        verdict([P, P, R, R])


def test_asking_is_open_twice_and_an_open_shape_is_not_permitted_as_it_stands() -> None:
    assert ROUNDS_OF_QUESTIONS == 2
    assert offered(shape=Shape.YES_NO, rounds_asked=0) == (P, N, R, A)
    assert offered(shape=Shape.YES_NO, rounds_asked=1) == (P, N, R, A)
    assert offered(shape=Shape.YES_NO, rounds_asked=2) == (P, N, R)
    assert offered(shape=Shape.AS_REVIEWED, rounds_asked=0) == (N, R, A)


def test_every_vote_has_reasons_of_its_own() -> None:
    codes = [code for vote in Vote for code in REASONS[vote]]
    assert len(codes) == len(set(codes))
    assert all(REASONS[vote] for vote in Vote)


def test_reasons_of_a_refusal_are_given_once_in_the_lists_order() -> None:
    chosen = [("letter_differs", "not_necessary"), ("not_necessary",)]
    assert refusal_codes(chosen) == ("not_necessary", "letter_differs")
    assert refusal_codes([("nothing_in_common",)]) == ("nothing_in_common",)


@pytest.mark.parametrize("module", [reviewing, narrowing, working_days])
def test_the_rules_know_no_django(module: object) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert imported
    assert not [name for name in imported if str(name).startswith("django")]
