"""Contesting a denial (对不予的异议): the unit's grounds, the second look by others, and the inquiry decided anew.

Each act is one durable transaction with its audit entry, which names the first decision. Deciding anew asks `policy`
with the facts of the day, so nobody can permit what the law refuses. No record is read here and none can be.
"""

from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from access import (
    authorisation_lock,
    contest_officers,
    holiday_years,
    narrowing,
    review_entries,
    second_look,
    standing,
)
from access.accounts import User
from access.contest import Contest, ContestVote
from access.facts import CaseFacts, InquiryFacts, LetterFacts
from access.inquiry import ANSWER_OPEN_FOR, Inquiry
from access.policy import Decision, Outcome, Reason, decide
from access.reviewing import Verdict, Vote, verdict
from access.reviews import Ballot, NotOpen
from access.scopes import Scope
from access.working_days import Due, due
from sealing import audit_log, receipts

State = Contest.State
#: What of an inquiry becomes another when its denial is set aside. The signed receipt of the denial gives way to that of
#: the grant; a denial that is upheld keeps its own, on which its notice rests.
OF_A_GRANT = ("status", "scope", "reasons", "review_reasons", "decided_at", "expires_at", "proof")


def term_to_contest(inquiry: Inquiry) -> Due | None:
    """Return until when a denial can be contested; None for what was not denied or was contested already."""
    if inquiry.status != Inquiry.Status.DENIED or inquiry.decided_at is None:
        return None
    if Contest.objects.filter(inquiry=inquiry).exists():
        return None
    denied_on = timezone.localdate(inquiry.decided_at)
    return due(denied_on, days=second_look.DAYS_TO_CONTEST, calendar=holiday_years.calendar())


def may_contest(inquiry: Inquiry) -> bool:
    """Say whether a denial can be contested today."""
    term = term_to_contest(inquiry)
    return term is not None and timezone.localdate() <= term.on


def contest(*, inquiry: Inquiry, by: User, grounds: str) -> Contest:
    """Keep a unit's grounds and assign two other officers; NotOpen after the term or a second time."""
    with audit_log.committed():
        own = standing.visible_inquiries(by, unit=standing.inquiring_unit(by))
        found = own.select_for_update(of=("self",)).select_related("unit").filter(pk=inquiry.pk)
        denied = found.first()
        if denied is None or denied.decided_at is None or not may_contest(denied):
            raise NotOpen
        made = Contest.objects.create(
            inquiry=denied,
            made_by=by,
            made_on=timezone.localdate(),
            grounds=grounds,
            denied_at=denied.decided_at,
            denied_for=denied.reasons,
            denied_on_review=denied.review_reasons,
        )
        review_entries.enter(denied, by=by.number, act="contested", details=first_decision(made))
        contest_officers.staff(made)
    return made


def first_decision(made: Contest) -> dict[str, Any]:
    """Return the decision that is contested, as entries name it."""
    return {
        "denied_at": made.denied_at.isoformat(),
        "denied_for": made.denied_for,
        "denied_on_review": made.denied_on_review,
    }


def decided_anew(inquiry: Inquiry) -> Decision:
    """Return what the inquiry would come to today. Told what `inquiries.submit` is told: nothing about the person."""
    if not inquiry.unit.active:
        return Decision(Outcome.DENIED, reasons=(Reason.UNIT_NOT_AUTHORISED,))
    today, facts = timezone.localdate(), facts_of(inquiry)
    sweep_key = bytes(inquiry.sweep_key) if inquiry.sweep_key else None
    try:
        stands = standing.standing_of(
            unit=inquiry.unit,
            ground=inquiry.provision or inquiry.exception,
            officials=facts.officials,
            today=today,
            sweep_key=sweep_key,
        )
    except DatabaseError:
        raise
    except Exception as error:
        reasons = (Reason.UNIT_NOT_AUTHORISED,)
        return Decision(Outcome.DENIED, reasons=reasons, failure=type(error).__name__)
    return decide(facts, standing=stands, today=today)


def facts_of(inquiry: Inquiry) -> InquiryFacts:
    """Return what was stated; a letter sent with a reply to the reviewers takes the place of the first."""
    case = None
    if inquiry.case_kind or inquiry.case_number:
        kind, check = inquiry.case_kind, inquiry.check_kind or None
        case = CaseFacts(kind, inquiry.case_number, inquiry.case_opened_on, check)
    replies = [one.reply for one in inquiry.questions.all() if hasattr(one, "reply")]
    letters = [reply for reply in replies if reply.letter_number]
    latest = letters[-1] if letters else inquiry
    has_letter = latest.letter_number or latest.letter_issued_on
    return InquiryFacts(
        exception=inquiry.exception,
        provision=inquiry.provision or None,
        purpose=inquiry.purpose,
        post=inquiry.post,
        case=case,
        officials=tuple(inquiry.officials),
        letter=LetterFacts(latest.letter_number, latest.letter_issued_on) if has_letter else None,
        undertaking=inquiry.undertaking,
    )


def cast(*, made: Contest, by: User, ballot: Ballot) -> None:
    """Cast a vote, and decide when there are enough; NotOpen, or NotEntered with nothing stored."""
    with audit_log.committed():
        about = made.inquiry
        ground = about.provision or about.exception
        authorisation_lock.shared(unit_id=about.unit_id, ground=ground)
        found = Contest.objects.select_for_update(of=("self",)).get(pk=made.pk)
        if not contest_officers.open_to(by).filter(pk=found.pk).exists():
            raise NotOpen
        again = decided_anew(found.inquiry)
        _check(again, ballot)
        scope = ballot.scope.as_dict() if ballot.scope else None
        ContestVote.objects.create(
            contest=found,
            officer=by,
            officer_number=by.number,
            officer_unit=by.unit.code if by.unit else "",
            vote=ballot.vote.value,
            reasons=list(ballot.reasons),
            text=ballot.text,
            scope=scope,
        )
        stated = {"vote": ballot.vote.value, "codes": list(ballot.reasons), "scope": scope}
        review_entries.enter(found.inquiry, by=by.number, act="looked_again", details=stated)
        _conclude(found, again, by=by)


def _check(again: Decision, ballot: Ballot) -> None:
    """ValueError for a ballot that no form of the site would send."""
    if ballot.vote not in second_look.offered(again):
        raise NotOpen
    if not ballot.reasons or not set(ballot.reasons) <= set(second_look.REASONS[ballot.vote]):
        raise ValueError("a vote has a reason of its own list")
    if (ballot.vote is Vote.NARROWER) != (ballot.scope is not None):
        raise ValueError("a narrower permit, and only that, has a scope")


def _conclude(made: Contest, again: Decision, *, by: User) -> None:
    votes = list(ContestVote.objects.filter(contest=made))
    reached = verdict([Vote(one.vote) for one in votes])
    if reached is Verdict.THIRD:
        contest_officers.staff(made)
    elif reached is Verdict.DENIED:
        refused = [one.reasons for one in votes if one.vote == Vote.REFUSE]
        _close(made, State.UPHELD, codes=second_look.codes(refused), by=by)
    elif reached is Verdict.GRANTED:
        _set_aside(made, [one for one in votes if one.vote != Vote.REFUSE], again, by=by)


def _set_aside(made: Contest, permits: list[ContestVote], again: Decision, *, by: User) -> None:
    """Grant what the law gives today and the permits share; where that is nothing, the denial stands."""
    if again.scope is None:
        made.reasons_today = [reason.value for reason in again.reasons]
        _close(made, State.UPHELD, codes=(second_look.DENIED_TODAY,), by=by)
        return
    scopes = [Scope.from_dict(one.scope) if one.scope else again.scope for one in permits]
    is_reviewed = again.outcome is Outcome.UNDER_REVIEW
    scope = narrowing.in_common(again.scope, scopes) if is_reviewed else again.scope
    if scope is None:
        _close(made, State.UPHELD, codes=(second_look.NOTHING_IN_COMMON,), by=by)
        return
    found = second_look.codes([one.reasons for one in permits])
    _close(made, State.SET_ASIDE, codes=found, by=by, scope=scope)


def _close(
    made: Contest, state: str, *, codes: tuple[str, ...], by: User, scope: Scope | None = None
) -> None:
    """Keep what the second look came to and, when it set the denial aside, open the answer."""
    made.state, made.codes = state, list(codes)
    made.save(update_fields=["state", "codes", "reasons_today"])
    inquiry = made.inquiry
    if scope is not None:
        inquiry.status, inquiry.scope = Inquiry.Status.GRANTED, scope.as_dict()
        inquiry.reasons, inquiry.review_reasons = [], []
        inquiry.decided_at = timezone.now()
        inquiry.expires_at = inquiry.decided_at + ANSWER_OPEN_FOR
    outcome = audit_log.Outcome(inquiry.status)
    entered = review_entries.enter(
        inquiry,
        by=by.number,
        act="decided_again",
        outcome=outcome,
        reasons=inquiry.reasons,
        details={
            "contest": state,
            "codes": list(codes),
            "reasons_today": made.reasons_today,
            "scope": inquiry.scope,
            **first_decision(made),
        },
    )
    if scope is not None:
        inquiry.proof = receipts.issue(entered, inquiry=inquiry.receipt, outcome=outcome)
        inquiry.save(update_fields=OF_A_GRANT)
