"""The reviewing officers' pages of a second look: one contest, and the vote on it. The person stays masked.

A contest is found by the officer's own object permission. Its page depends on the request, on the unit's standing
today and on his own vote alone: not on another officer's, and not on the person.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from access import (
    contest_officers,
    contest_words,
    contests,
    denials,
    ground_words,
    inquiry_words,
    review_words,
    second_look,
)
from access.accounts import User
from access.contest import Contest
from access.contest_forms import SecondLookForm
from access.policy import Decision
from access.provisions import Shape
from access.reviewing import Vote
from access.reviews import NotOpen
from access.roles import Role, holds
from access.scopes import Scope
from sealing.audit_log import NotEntered


def waiting(officer: User) -> list[dict[str, Any]]:
    """Return what an officer has to look at a second time, the oldest first; no person."""
    found = [(made, contest_officers.clock(made)) for made in contest_officers.open_to(officer)]
    return [
        {
            "receipt": made.inquiry.receipt,
            "unit": made.inquiry.unit,
            "ground": ground_words.ground_name(made.inquiry),
            "made_on": made.made_on,
            "due": contest_words.day_text(clock.due),
            "overdue": clock.overdue,
        }
        for made, clock in found
    ]


@require_GET
def look(request: HttpRequest, receipt: str) -> HttpResponse:
    """Show the contest; `vote` in the address opens the form of that vote."""
    made = _assigned(request, receipt)
    again = contests.decided_anew(made.inquiry)
    chosen = request.GET.get("vote", "")
    form = None
    if chosen in second_look.offered(again) and _may_vote(request, made):
        form = _form(None, chosen, again)
    return _page(request, made, again, form)


@require_POST
def vote(request: HttpRequest, receipt: str) -> HttpResponse:
    """Cast the vote. What comes after is the same whatever the other officer did."""
    made = _assigned(request, receipt)
    again = contests.decided_anew(made.inquiry)
    chosen = request.POST.get("vote", "")
    if chosen not in second_look.offered(again) or not _may_vote(request, made):
        return _not_open(request)
    form = _form(request.POST, chosen, again)
    if not form.is_valid():
        return _page(request, made, again, form)
    try:
        contests.cast(made=made, by=_officer(request), ballot=form.ballot())
    except NotOpen:
        return _not_open(request)
    except NotEntered:
        return render(request, "access/not_entered.html", status=503)
    return redirect("voted")


def _officer(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User) or user.is_superuser or not holds(user, Role.REVIEWING_OFFICER):
        raise PermissionDenied
    return user


def _assigned(request: HttpRequest, receipt: str) -> Contest:
    """One answer for "none", "not assigned" and "you had a part in it": 404."""
    assigned = contest_officers.assigned_contests(_officer(request))
    return get_object_or_404(assigned, inquiry__receipt=receipt)


def _may_vote(request: HttpRequest, made: Contest) -> bool:
    return contest_officers.open_to(_officer(request)).filter(pk=made.pk).exists()


def _form(data: Any, chosen: str, again: Decision) -> SecondLookForm:
    ground = again.scope or Scope(Shape.NONE, matters=())
    return SecondLookForm(data, vote=Vote(chosen), ground=ground)


def _not_open(request: HttpRequest) -> HttpResponse:
    return render(request, "access/vote_not_open.html", status=409)


def _page(
    request: HttpRequest, made: Contest, again: Decision, form: SecondLookForm | None
) -> HttpResponse:
    is_open = made.state == Contest.State.OPEN
    inquiry = made.inquiry
    context = {
        "receipt": inquiry.receipt,
        "contest": contest_words.in_words(made),
        "words": inquiry_words.in_words(inquiry),
        "rows": review_words.request_rows(inquiry),
        "rounds": review_words.rounds(inquiry),
        "may_vote": is_open and _may_vote(request, made),
        "is_open": is_open,
        "denied_today": denials.explained([reason.value for reason in again.reasons])
        if is_open
        else [],
        "receives": ground_words.receives(again.scope) if is_open and again.scope else [],
        "votes": contest_words.offered(again) if is_open else [],
        "form": form,
        "vote_form": form,
        "chosen": contest_words.VOTES[form.chosen] if form else "",
    }
    return render(request, "access/second_look.html", context)
