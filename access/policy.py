"""May this inquiry be answered? Decided from plain facts about the request, and nothing else.

No fact names a person and nothing here can reach a record, so a decision cannot depend on
whether one exists. What is not permitted is denied: an inquiry passes when no reason against it
applies and a route for its ground is found. A failure while deciding is a denial too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from access.exceptions import (
    CaseKind,
    Check,
    StatutoryException,
    case_route,
    is_state_organ,
)
from access.facts import AuthorisationFacts, CaseFacts, InquiryFacts, LetterFacts, UnitStanding
from access.provisions import VERSION, Provision, Route, provision
from access.scopes import Scope, case_scope, provision_scope

#: A letter is good on the day it is issued and for thirty days after it.
LETTER_DAYS = timedelta(days=30)
OFFICIALS_REQUIRED = 2


class Outcome(StrEnum):
    """What became of an inquiry (准予, 不予, 待审查)."""

    GRANTED = "granted"
    DENIED = "denied"
    UNDER_REVIEW = "under_review"


class Reason(StrEnum):
    """Why an inquiry is denied. The order of the members is the order in which they are given."""

    PROVISION_UNKNOWN = "provision_unknown"
    PROVISION_NOT_IN_FORCE = "provision_not_in_force"
    NOT_STATE_REGULATION = "not_state_regulation"
    NO_RIGHT_TO_INQUIRE = "no_right_to_inquire"
    NOT_A_STATE_ORGAN = "not_a_state_organ"
    UNIT_NOT_AUTHORISED = "unit_not_authorised"
    AUTHORISATION_EXPIRED = "authorisation_expired"
    OFFICIAL_NOT_NAMED = "official_not_named"
    TWO_OFFICIALS_REQUIRED = "two_officials_required"
    CASE_MISSING = "case_missing"
    CASE_NOT_COVERED = "case_not_covered"
    PURPOSE_MISSING = "purpose_missing"
    POST_MISSING = "post_missing"
    LETTER_MISSING = "letter_missing"
    LETTER_EXPIRED = "letter_expired"
    UNDERTAKING_MISSING = "undertaking_missing"
    BUDGET_EXHAUSTED = "budget_exhausted"
    REFUSED_ON_REVIEW = "refused_on_review"


#: The order in which the reasons of one denial are given.
REASON_ORDER: tuple[Reason, ...] = tuple(Reason)


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome with what determined it. A denial has reasons and no scope.

    ``provision`` is an id of the catalogue, never the text that was typed. ``failure`` names the
    class of the error when deciding itself failed; it is for the log, not for the unit.
    """

    outcome: Outcome
    exception: StatutoryException | None = None
    provision: str | None = None
    reasons: tuple[Reason, ...] = ()
    scope: Scope | None = None
    catalogue: str = VERSION
    failure: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The decision in JSON's own types."""
        return {
            "outcome": self.outcome.value,
            "exception": self.exception.value if self.exception else None,
            "provision": self.provision,
            "reasons": [reason.value for reason in self.reasons],
            "scope": self.scope.as_dict() if self.scope else None,
            "catalogue": self.catalogue,
            "failure": self.failure,
        }


def decide(inquiry: InquiryFacts, *, standing: UnitStanding, today: date) -> Decision:
    """Grant, send to review or deny an inquiry, with all reasons that apply in their order.

    Never raises. When deciding fails, no authorisation was established, and that is the reason
    given: ``unit_not_authorised``, with the error's class in ``failure``.
    """
    try:
        return _decide(inquiry, standing, today)
    except Exception as error:
        return Decision(
            outcome=Outcome.DENIED,
            reasons=(Reason.UNIT_NOT_AUTHORISED,),
            failure=type(error).__name__,
        )


def _decide(inquiry: InquiryFacts, standing: UnitStanding, today: date) -> Decision:
    exception = _exception(inquiry.exception)
    under = _provision(inquiry, exception)
    found = set(_reasons(inquiry, exception, under, standing, today))
    reasons = tuple(reason for reason in REASON_ORDER if reason in found)
    named = under.id if under else None
    if reasons:
        return Decision(Outcome.DENIED, exception, named, reasons)
    route, scope = _ground(inquiry, under, standing)
    outcome = {Route.AUTOMATIC: Outcome.GRANTED, Route.REVIEW: Outcome.UNDER_REVIEW}[route]
    return Decision(outcome, exception, named, scope=scope)


def _exception(stated: str) -> StatutoryException | None:
    return StatutoryException(stated) if stated in set(StatutoryException) else None


def _provision(inquiry: InquiryFacts, exception: StatutoryException | None) -> Provision | None:
    """Only the exception that was chosen counts: case handling rests on no provision."""
    if exception is not StatutoryException.STATE_REGULATION or inquiry.provision is None:
        return None
    return provision(inquiry.provision)


def _ground(
    inquiry: InquiryFacts, under: Provision | None, standing: UnitStanding
) -> tuple[Route, Scope]:
    if under is not None:
        return under.decided_by, provision_scope(under)
    case = inquiry.case
    if case is None:
        raise LookupError("neither a provision nor a case")
    route = case_route(unit_kind=standing.kind, case_kind=case.kind, check=case.check)
    if route is None:
        raise LookupError("the case is not covered")
    check = Check(case.check) if case.check is not None else None
    return route, case_scope(case_kind=CaseKind(case.kind), check=check)


def _reasons(
    inquiry: InquiryFacts,
    exception: StatutoryException | None,
    under: Provision | None,
    standing: UnitStanding,
    today: date,
) -> Iterator[Reason]:
    if exception is StatutoryException.STATE_REGULATION:
        yield from _against_provision(under, standing, today)
        if _blank(inquiry.post):
            yield Reason.POST_MISSING
    if exception is StatutoryException.CASE_HANDLING:
        yield from _against_case(inquiry.case, standing)
    yield from _against_authority(inquiry, exception, standing, today)
    yield from _against_form(inquiry, today)
    if _exhausted(inquiry, exception, standing, today):
        yield Reason.BUDGET_EXHAUSTED


def _against_provision(
    under: Provision | None, standing: UnitStanding, today: date
) -> Iterator[Reason]:
    """An instrument below the rank of a state regulation is no ground whatever it says."""
    if under is None:
        yield Reason.PROVISION_UNKNOWN
        return
    if not under.in_force(today):
        yield Reason.PROVISION_NOT_IN_FORCE
    if not under.is_state_regulation:
        yield Reason.NOT_STATE_REGULATION
    elif not under.entitles(standing.kind):
        yield Reason.NO_RIGHT_TO_INQUIRE


def _against_case(case: CaseFacts | None, standing: UnitStanding) -> Iterator[Reason]:
    """A case of no stated kind and number is missing; it cannot be of a kind not handled."""
    if case is None or _blank(case.number):
        yield Reason.CASE_MISSING
    if not is_state_organ(standing.kind):
        yield Reason.NOT_A_STATE_ORGAN
    elif case is not None and not _is_covered(case, standing):
        yield Reason.CASE_NOT_COVERED


def _is_covered(case: CaseFacts, standing: UnitStanding) -> bool:
    """Whether this organ handles the case; an empty one is missing, which is another reason."""
    if _blank(case.number) and _blank(case.kind):
        return True
    return case_route(unit_kind=standing.kind, case_kind=case.kind, check=case.check) is not None


def _against_authority(
    inquiry: InquiryFacts,
    exception: StatutoryException | None,
    standing: UnitStanding,
    today: date,
) -> Iterator[Reason]:
    """Officials count as named when an authorisation valid today names them.

    When none is valid any more, or yet, those that are held say who is named.
    """
    held = _held(inquiry, exception, standing)
    valid = [a for a in held if a.valid(today)]
    if not held:
        yield Reason.UNIT_NOT_AUTHORISED
    elif not valid:
        yield Reason.AUTHORISATION_EXPIRED
    named = {number for a in (valid or held) for number in a.officials}
    if held and not set(inquiry.officials) <= named:
        yield Reason.OFFICIAL_NOT_NAMED
    if len({o.strip() for o in inquiry.officials if not _blank(o)}) < OFFICIALS_REQUIRED:
        yield Reason.TWO_OFFICIALS_REQUIRED


def _held(
    inquiry: InquiryFacts, exception: StatutoryException | None, standing: UnitStanding
) -> list[AuthorisationFacts]:
    return [a for a in standing.authorisations if _is_for(a.ground, inquiry, exception)]


def _is_for(ground: str, inquiry: InquiryFacts, exception: StatutoryException | None) -> bool:
    if exception is StatutoryException.STATE_REGULATION:
        return ground == inquiry.provision and ground != StatutoryException.CASE_HANDLING
    return exception is StatutoryException.CASE_HANDLING and ground == exception


def _against_form(inquiry: InquiryFacts, today: date) -> Iterator[Reason]:
    if _blank(inquiry.purpose):
        yield Reason.PURPOSE_MISSING
    yield from _against_letter(inquiry.letter, today)
    if inquiry.undertaking is not True:
        yield Reason.UNDERTAKING_MISSING


def _against_letter(letter: LetterFacts | None, today: date) -> Iterator[Reason]:
    """A letter without number or date is none, and one dated after today is not issued yet."""
    issued_on = letter.issued_on if letter and not _blank(letter.number) else None
    if issued_on is None or issued_on > today:
        yield Reason.LETTER_MISSING
    elif today - issued_on > LETTER_DAYS:
        yield Reason.LETTER_EXPIRED


def _exhausted(
    inquiry: InquiryFacts,
    exception: StatutoryException | None,
    standing: UnitStanding,
    today: date,
) -> bool:
    """A budget is exhausted when as many inquiries as it allows came before this one today.

    Of several authorisations valid today for one ground, the one that allows most counts.
    """
    by_official = (standing.official_used.get(o, 0) for o in inquiry.officials)
    valid = [a for a in _held(inquiry, exception, standing) if a.valid(today)]
    by_ground = [a.daily_budget for a in valid if a.daily_budget is not None]
    return (
        standing.sweep_stopped
        or standing.unit_used >= standing.unit_limit
        or any(used >= standing.official_limit for used in by_official)
        or (0 < len(by_ground) == len(valid) and standing.ground_used >= max(by_ground))
    )


def _blank(text: str | None) -> bool:
    """Nothing but white space, control and invisible format characters."""
    return text is None or all(unicodedata.category(sign)[0] in "ZC" for sign in text)
