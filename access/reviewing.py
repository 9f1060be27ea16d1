"""What the votes of independent reviewing officers come to (审查). Plain values: knows no officer, no inquiry, no Django.

Votes are counted by round. A round ends when two agree, when somebody asks the unit for more, or with a third vote.
Every grant rests on two permits and every refusal on two refusals: the third vote decides between two that differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from access.provisions import Shape

REVIEWERS = 2
MOST_REVIEWERS = 3
#: So often may a unit be asked for more.
ROUNDS_OF_QUESTIONS = 2
#: The clock 审查期限, in working days from the day after receipt.
WORKING_DAYS = 3


class Vote(StrEnum):
    """What one officer says (准予, 缩小范围准予, 不予, 要求补充)."""

    PERMIT = "permit"
    NARROWER = "permit_narrower"
    REFUSE = "refuse"
    ASK = "ask_for_more"


class Verdict(StrEnum):
    """What the votes of a round come to so far."""

    PENDING = "pending"
    THIRD = "third"
    GRANTED = "granted"
    DENIED = "denied"
    ASKED = "asked"


#: The coded reasons an officer chooses from, by vote; one at least.
REASONS: Mapping[Vote, tuple[str, ...]] = MappingProxyType(
    {
        Vote.PERMIT: ("ground_shown", "need_shown"),
        Vote.NARROWER: ("fewer_matters_suffice", "shorter_period_suffices", "less_detail_suffices"),
        Vote.REFUSE: (
            "purpose_outside_ground",
            "not_necessary",
            "post_not_covered",
            "case_not_shown",
            "letter_differs",
            "other_means_suffice",
        ),
        Vote.ASK: (
            "purpose_unclear",
            "need_unclear",
            "post_unclear",
            "case_unclear",
            "letter_unclear",
        ),
    }
)
#: Not chosen by anybody: the permits were so narrow that nothing was permitted by two.
NOTHING_IN_COMMON = "nothing_in_common"


def verdict(votes: Sequence[Vote]) -> Verdict:
    """Return what the votes of one round come to, whatever their order; ValueError for more than three."""
    if len(votes) > MOST_REVIEWERS:
        raise ValueError("a round has three votes at most")
    if len(votes) < REVIEWERS:
        return Verdict.PENDING
    if Vote.ASK in votes:
        return Verdict.ASKED
    refusals = sum(vote is Vote.REFUSE for vote in votes)
    if refusals >= REVIEWERS:
        return Verdict.DENIED
    if len(votes) - refusals >= REVIEWERS:
        return Verdict.GRANTED
    return Verdict.THIRD


def offered(*, shape: Shape, rounds_asked: int) -> tuple[Vote, ...]:
    """Return the votes that are open; the same for every officer, so none learns that he is the third.

    A ground that leaves the shape to the reviewers cannot be permitted as it stands: it says nothing yet.
    """
    closed = {Vote.PERMIT} if shape is Shape.AS_REVIEWED else set()
    if rounds_asked >= ROUNDS_OF_QUESTIONS:
        closed.add(Vote.ASK)
    return tuple(vote for vote in Vote if vote not in closed)


def refusal_codes(chosen: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the coded reasons of those who refused, once each, in the order of the list."""
    named = {code for codes in chosen for code in codes}
    return tuple(code for code in (*REASONS[Vote.REFUSE], NOTHING_IN_COMMON) if code in named)
