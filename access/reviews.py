"""Review 审查 by independent officers: a vote, a question and its answer, the name shown on request, the decision.

Each act is one durable transaction with its audit entry. An officer is told nothing of another's vote, nor whether
there is one, until the inquiry is decided. No record is read here and none can be: this module opens nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from access import narrowing, review_entries, reviewers, standing
from access.accounts import User
from access.inquiry import ANSWER_OPEN_FOR, Inquiry
from access.policy import Reason
from access.review import ReviewQuestion, ReviewReply, ReviewVote
from access.reviewing import (
    NOTHING_IN_COMMON,
    REASONS,
    Verdict,
    Vote,
    offered,
    refusal_codes,
    verdict,
)
from access.scopes import Scope
from sealing import audit_log, receipts
from sealing.audit_log import Outcome

PERMITS = (Vote.PERMIT, Vote.NARROWER)
#: Why a name may be shown; the code goes into the audit log.
SHOWN_FOR = ("compare_letter", "compare_purpose", "check_conflict")


class NotOpen(Exception):
    """The act is not open to this account now: not assigned, voted already, waiting for the unit, or decided."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """One officer's vote with its coded reasons, its explanation, and the scope when it is narrower."""

    vote: Vote
    reasons: tuple[str, ...]
    text: str = field(repr=False)
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class MoreFacts:
    """What a unit answers when it is asked for more; only the text must be given."""

    text: str = field(repr=False)
    purpose: str = field(default="", repr=False)
    post: str = field(default="", repr=False)
    letter_number: str = field(default="", repr=False)
    letter_issued_on: date | None = None


def open_to(officer: User) -> QuerySet[Inquiry]:
    """Return the inquiries an officer has to vote on now; what he has voted on in this round is not among them."""
    return (
        reviewers.assigned_inquiries(officer)
        .filter(status=Inquiry.Status.UNDER_REVIEW)
        .exclude(pk__in=_closed_to(officer))
        .select_related("unit")
        .prefetch_related("questions__reply")
    )


def _closed_to(officer: User) -> "QuerySet[ReviewVote, Any]":
    """A vote closes its inquiry to its officer until a question has ended its round."""
    ended = ReviewQuestion.objects.filter(inquiry=OuterRef("inquiry"), round=OuterRef("round"))
    return ReviewVote.objects.filter(~Exists(ended), officer=officer).values("inquiry")


def cast(*, inquiry: Inquiry, by: User, ballot: Ballot) -> None:
    """Cast a vote and take the decision when the round is complete; NotOpen, or NotEntered with nothing stored."""
    with audit_log.committed():
        found, round_ = _locked(inquiry, by)
        _check(found, ballot, rounds_asked=round_ - 1)
        scope = ballot.scope.as_dict() if ballot.scope else None
        ReviewVote.objects.create(
            inquiry=found,
            round=round_,
            officer=by,
            officer_number=by.number,
            officer_unit=by.unit.code if by.unit else "",
            vote=ballot.vote.value,
            reasons=list(ballot.reasons),
            text=ballot.text,
            scope=scope,
        )
        stated = {"vote": ballot.vote.value, "codes": list(ballot.reasons), "scope": scope}
        review_entries.enter(found, by=by.number, act="voted", details={"round": round_, **stated})
        _conclude(found, round_, by=by)


def _locked(inquiry: Inquiry, by: User) -> tuple[Inquiry, int]:
    """Return the inquiry with its row locked, and the open round, when this officer may vote in it."""
    found = (
        Inquiry.objects.select_for_update(of=("self",)).select_related("unit").get(pk=inquiry.pk)
    )
    if not open_to(by).filter(pk=found.pk).exists() or waiting_question(found):
        raise NotOpen
    return found, reviewers.round_of(found)


def waiting_question(inquiry: Inquiry) -> ReviewQuestion | None:
    """Return the question that the unit has not answered yet."""
    return ReviewQuestion.objects.filter(inquiry=inquiry, reply=None).first()


def _check(inquiry: Inquiry, ballot: Ballot, *, rounds_asked: int) -> None:
    """ValueError for a ballot that no form of the site would send."""
    ground = ground_of(inquiry)
    if ballot.vote not in offered(shape=ground.shape, rounds_asked=rounds_asked):
        raise ValueError("this vote is not open")
    if not ballot.reasons or not set(ballot.reasons) <= set(REASONS[ballot.vote]):
        raise ValueError("a vote has a reason of its own list")
    if (ballot.vote is Vote.NARROWER) != (ballot.scope is not None):
        raise ValueError("a narrower permit, and only that, has a scope")
    if ballot.scope is not None and narrowing.in_common(ground, [ballot.scope]) is None:
        raise ValueError("the scope is not narrower")


def ground_of(inquiry: Inquiry) -> Scope:
    """Return the scope that the ground allows, before any narrowing."""
    return Scope.from_dict(inquiry.scope or {})


def _conclude(inquiry: Inquiry, round_: int, *, by: User) -> None:
    votes = list(ReviewVote.objects.filter(inquiry=inquiry, round=round_))
    reached = verdict([Vote(one.vote) for one in votes])
    if reached is Verdict.THIRD:
        reviewers.staff(inquiry)
    elif reached is Verdict.ASKED:
        _ask(inquiry, round_, [one for one in votes if one.vote == Vote.ASK], by=by)
    elif reached is not Verdict.PENDING:
        _decide(inquiry, votes, reached, by=by)


def _ask(inquiry: Inquiry, round_: int, votes: Sequence[ReviewVote], *, by: User) -> None:
    named = {code for vote in votes for code in vote.reasons}
    codes = [code for code in REASONS[Vote.ASK] if code in named]
    ReviewQuestion.objects.create(
        inquiry=inquiry,
        round=round_,
        codes=codes,
        text="\n\n".join(vote.text for vote in votes if vote.text),
        asked_on=timezone.localdate(),
    )
    review_entries.enter(
        inquiry, by=by.number, act="asked", details={"round": round_, "codes": codes}
    )


def _decide(inquiry: Inquiry, votes: Sequence[ReviewVote], reached: Verdict, *, by: User) -> None:
    """Grant what all permits have in common, or deny; what two permits do not share is permitted by nobody."""
    ground = ground_of(inquiry)
    permits = [vote for vote in votes if vote.vote in PERMITS]
    scopes = [Scope.from_dict(vote.scope) if vote.scope else ground for vote in permits]
    common = narrowing.in_common(ground, scopes) if reached is Verdict.GRANTED else None
    inquiry.decided_at = timezone.now()
    if common is not None:
        inquiry.status, inquiry.scope = Inquiry.Status.GRANTED, common.as_dict()
        inquiry.expires_at = inquiry.decided_at + ANSWER_OPEN_FOR
    else:
        refused = [vote.reasons for vote in votes if vote.vote == Vote.REFUSE]
        chosen = refused if reached is Verdict.DENIED else [*refused, [NOTHING_IN_COMMON]]
        inquiry.status, inquiry.scope = Inquiry.Status.DENIED, None
        inquiry.reasons = [Reason.REFUSED_ON_REVIEW.value]
        inquiry.review_reasons = list(refusal_codes(chosen))
    entered = review_entries.enter(
        inquiry,
        by=by.number,
        act="decided",
        outcome=Outcome(inquiry.status),
        reasons=inquiry.reasons,
        details={"scope": inquiry.scope, "codes": inquiry.review_reasons},
    )
    outcome = Outcome(inquiry.status)
    inquiry.proof = receipts.issue(entered, inquiry=inquiry.receipt, outcome=outcome)
    inquiry.save(
        update_fields=[
            *("status", "reasons", "review_reasons", "scope", "decided_at", "expires_at", "proof")
        ]
    )


def show_name(*, inquiry: Inquiry, by: User, reason: str) -> str:
    """Return the name of the person asked about, after the entry that says so is committed; NotOpen or NotEntered."""
    if reason not in SHOWN_FOR:
        raise ValueError("a name is shown for a reason of the list")
    with audit_log.committed():
        found, _round = _locked(inquiry, by)
        review_entries.enter(found, by=by.number, act="name_shown", details={"reason": reason})
    return found.name


def reply(*, inquiry: Inquiry, by: User, facts: MoreFacts) -> None:
    """Keep what a unit's official answers and let the clock run again; NotOpen when nothing is asked."""
    with audit_log.committed():
        own = standing.visible_inquiries(by, unit=standing.inquiring_unit(by))
        found = (
            own.select_for_update(of=("self",)).select_related("unit").filter(pk=inquiry.pk).first()
        )
        question = waiting_question(found) if found else None
        if found is None or question is None or found.status != Inquiry.Status.UNDER_REVIEW:
            raise NotOpen
        ReviewReply.objects.create(
            question=question,
            replied_by=by.number,
            replied_on=timezone.localdate(),
            text=facts.text,
            purpose=facts.purpose,
            post=facts.post,
            letter_number=facts.letter_number,
            letter_issued_on=facts.letter_issued_on,
        )
        review_entries.enter(found, by=by.number, act="replied", details={"round": question.round})
