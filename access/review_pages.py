"""The reviewing officers' pages: the queue with its clock, one inquiry and the vote, the name shown once.

An inquiry is found by the officer's own object permission, and its page depends on the request and on his own vote
alone: not on another officer's, and not on the person, who is masked.
"""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from access import (
    ground_words,
    inquiry_words,
    review_clock,
    review_words,
    reviewers,
    reviews,
    second_look_pages,
)
from access.accounts import User
from access.inquiry import Inquiry
from access.review_forms import NameForm, VoteForm
from access.reviewing import Vote, offered
from access.roles import Role, holds
from sealing.audit_log import NotEntered


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits for this officer's vote: overdue first, then by the day it is due. No person."""
    today = timezone.localdate()
    rows = [
        (inquiry, clock, ground_words.ground_name(inquiry), review_words.due_text(clock))
        for inquiry, clock in review_clock.clocks(reviews.open_to(_officer(request)), today=today)
    ]
    context = {"rows": rows, "contests": second_look_pages.waiting(_officer(request))}
    return render(request, "access/reviews.html", context)


@require_GET
def review(request: HttpRequest, receipt: str) -> HttpResponse:
    """Show what the unit stated; `vote` in the address opens the form of that vote."""
    found = _assigned(request, receipt)
    chosen = request.GET.get("vote", "")
    form = None
    if chosen in _offered(found) and _may_vote(request, found):
        form = VoteForm(vote=Vote(chosen), ground=reviews.ground_of(found))
    return _page(request, found, form=form)


@require_POST
def vote(request: HttpRequest, receipt: str) -> HttpResponse:
    """Cast the vote. What comes after is the same whatever the others did."""
    found = _assigned(request, receipt)
    chosen = request.POST.get("vote", "")
    if not _may_vote(request, found) or chosen not in _offered(found):
        return _not_open(request)
    form = VoteForm(request.POST, vote=Vote(chosen), ground=reviews.ground_of(found))
    if not form.is_valid():
        return _page(request, found, form=form)
    try:
        reviews.cast(inquiry=found, by=_officer(request), ballot=form.ballot())
    except reviews.NotOpen:
        return _not_open(request)
    except NotEntered:
        return render(request, "access/not_entered.html", status=503)
    return redirect("voted")


@require_GET
def voted(request: HttpRequest) -> HttpResponse:
    """Say that the vote is cast: one page for every vote and every inquiry."""
    _officer(request)
    return render(request, "access/voted.html")


@require_POST
def show_name(request: HttpRequest, receipt: str) -> HttpResponse:
    """Show the name once, after the entry that says so; to see it again is another entry."""
    found, form = _assigned(request, receipt), NameForm(request.POST)
    if not _may_vote(request, found):
        return _not_open(request)
    if not form.is_valid():
        return _page(request, found, name_form=form)
    try:
        name = reviews.show_name(
            inquiry=found, by=_officer(request), reason=form.cleaned_data["reason"]
        )
    except reviews.NotOpen:
        return _not_open(request)
    except NotEntered:
        return render(request, "access/not_entered.html", status=503)
    return render(request, "access/name_shown.html", {"receipt": receipt, "name": name})


def _officer(request: HttpRequest) -> User:
    """Return the reviewing officer who is signed in; PermissionDenied for everybody else, superusers first."""
    user = request.user
    if not isinstance(user, User) or user.is_superuser or not holds(user, Role.REVIEWING_OFFICER):
        raise PermissionDenied
    return user


def _assigned(request: HttpRequest, receipt: str) -> Inquiry:
    """One answer for "none", "not assigned", "of your own unit" and "decided without you": 404."""
    assigned = reviewers.assigned_inquiries(_officer(request)).select_related("unit")
    found = get_object_or_404(assigned.prefetch_related("questions__reply"), receipt=receipt)
    officer = cast(User, request.user)
    if found.status == Inquiry.Status.UNDER_REVIEW or found.votes.filter(officer=officer).exists():
        return found
    raise Http404


def _may_vote(request: HttpRequest, found: Inquiry) -> bool:
    waits = reviews.waiting_question(found)
    return waits is None and reviews.open_to(_officer(request)).filter(pk=found.pk).exists()


def _offered(found: Inquiry) -> tuple[Vote, ...]:
    if found.status != Inquiry.Status.UNDER_REVIEW:
        return ()
    asked = len(found.questions.all())
    return offered(shape=reviews.ground_of(found).shape, rounds_asked=asked)


def _not_open(request: HttpRequest) -> HttpResponse:
    return render(request, "access/vote_not_open.html", status=409)


def _page(
    request: HttpRequest,
    found: Inquiry,
    *,
    form: VoteForm | None = None,
    name_form: NameForm | None = None,
) -> HttpResponse:
    is_open = found.status == Inquiry.Status.UNDER_REVIEW
    context: dict[str, Any] = {
        "receipt": found.receipt,
        "words": inquiry_words.in_words(found),
        "rows": review_words.request_rows(found),
        "rounds": review_words.rounds(found),
        "is_open": is_open,
        "may_vote": is_open and _may_vote(request, found),
        "waits": is_open and reviews.waiting_question(found) is not None,
        "votes": [
            (one.value, review_words.VOTES[one], review_words.VOTE_HINTS[one])
            for one in _offered(found)
        ],
        "form": form or name_form,
        "vote_form": form,
        "chosen": review_words.VOTES[form.chosen] if form else "",
        "name_form": name_form or NameForm(),
    }
    if is_open:
        clock = review_clock.clock(found, today=timezone.localdate())
        context |= {"clock": clock, "due": review_words.due_text(clock)}
    return render(request, "access/review.html", context)
