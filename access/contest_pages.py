"""The asking unit's part in a contest, on the inquiry's own page: its grounds, the terms, what became of it."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from access import contest_words, contests, inquiry_words, standing
from access.accounts import User
from access.contest import Contest
from access.contest_forms import ContestForm
from access.inquiry import Inquiry
from access.reviews import NotOpen
from sealing.audit_log import NotEntered


def shown(inquiry: Inquiry, form: ContestForm | None = None) -> dict[str, Any]:
    """Return what the inquiry's page says: the contest there is, or the form and its term, or that the term is over."""
    made = Contest.objects.filter(inquiry=inquiry).first()
    if made is not None:
        return {"contest": contest_words.in_words(made)}
    term = contests.term_to_contest(inquiry)
    if term is None:
        return {}
    is_open = contests.may_contest(inquiry)
    return {
        "contest_until": contest_words.day_text(term),
        "contest_form": (form or ContestForm()) if is_open else None,
    }


@require_POST
def contest(request: HttpRequest, receipt: str) -> HttpResponse:
    """Contest a denial, once and within its term; another unit's inquiry is one that does not exist."""
    unit = standing.inquiring_unit(request.user)
    official = cast(User, request.user)
    own = standing.visible_inquiries(official, unit=unit).select_related("unit")
    found = get_object_or_404(own, receipt=receipt)
    if not contests.may_contest(found):
        return _not_open(request, receipt)
    form = ContestForm(request.POST)
    if not form.is_valid():
        context = {
            "receipt": found.receipt,
            "words": inquiry_words.in_words(found),
            "form": form,
            **shown(found, form),
        }
        return render(request, "access/inquiry.html", context)
    try:
        contests.contest(inquiry=found, by=official, grounds=form.cleaned_data["grounds"])
    except NotOpen:
        return _not_open(request, receipt)
    except NotEntered:
        return render(request, "access/not_entered.html", status=503)
    return redirect("inquiry", receipt)


def _not_open(request: HttpRequest, receipt: str) -> HttpResponse:
    return render(request, "access/contest_not_open.html", {"receipt": receipt}, status=409)
