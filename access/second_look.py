"""The rules of a second look 复核: its terms, its votes, their reasons. Plain values: knows no officer and no Django.

A denial is set aside by two permits and upheld by two refusals; the third vote decides between two that differ. What
the law refuses is offered to nobody: when the inquiry would be denied again today, it can only be upheld.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from access.policy import Decision, Outcome
from access.provisions import Shape
from access.reviewing import Vote

#: Working days to contest a denial (异议期限), and to look again (复核期限). Both together end within the 30 days for which
#: an official letter is good, long holidays apart: a denial can be set aside while the letter it rests on still holds.
DAYS_TO_CONTEST = 10
DAYS_TO_LOOK = 5

#: The coded reasons an officer chooses from, by vote; one at least.
REASONS: Mapping[Vote, tuple[str, ...]] = MappingProxyType(
    {
        Vote.PERMIT: ("facts_misjudged", "reason_not_given", "shown_since"),
        Vote.NARROWER: ("fewer_matters_suffice", "shorter_period_suffices", "less_detail_suffices"),
        Vote.REFUSE: ("reasons_hold", "law_gives_no_right", "nothing_new_shown"),
    }
)
#: Not chosen by anybody: the inquiry would be denied today as well, or the permits shared nothing.
DENIED_TODAY = "denied_today"
NOTHING_IN_COMMON = "nothing_in_common"


def offered(again: Decision) -> tuple[Vote, ...]:
    """Return the votes that are open when an inquiry decided anew today would come to `again`.

    A narrower permit is open only where reviewers decide; a ground that leaves the shape to them needs one.
    """
    if again.outcome is Outcome.DENIED or again.scope is None:
        return (Vote.REFUSE,)
    if again.outcome is Outcome.GRANTED:
        return (Vote.PERMIT, Vote.REFUSE)
    if again.scope.shape is Shape.AS_REVIEWED:
        return (Vote.NARROWER, Vote.REFUSE)
    return (Vote.PERMIT, Vote.NARROWER, Vote.REFUSE)


def codes(chosen: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the coded reasons, once each, in the order of the lists."""
    named = {code for codes in chosen for code in codes}
    return tuple(code for listed in REASONS.values() for code in listed if code in named)
