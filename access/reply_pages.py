"""What a unit answers when the reviewing officers ask for more, on the inquiry's own page."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from access import inquiry_words, review_words, reviews, standing
from access.accounts import User
from access.inquiry import Inquiry
from access.review_forms import ReplyForm
from sealing.audit_log import NotEntered


def asked(inquiry: Inquiry, form: ReplyForm | None = None) -> dict[str, Any]:
    """Return what the inquiry's page says of questions: those asked, and the form while one waits."""
    if inquiry.status != Inquiry.Status.UNDER_REVIEW:
        return {}
    waits = reviews.waiting_question(inquiry)
    return {
        "rounds": review_words.rounds(inquiry),
        "reply_form": (form or ReplyForm()) if waits else None,
    }


@require_POST
def reply(request: HttpRequest, receipt: str) -> HttpResponse:
    """Send the answer; what was stated first stays as it was."""
    unit = standing.inquiring_unit(request.user)
    official = cast(User, request.user)
    found = get_object_or_404(
        standing.visible_inquiries(official, unit=unit).select_related("unit"), receipt=receipt
    )
    if reviews.waiting_question(found) is None:
        return _not_open(request, receipt)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        context = {
            "receipt": found.receipt,
            "words": inquiry_words.in_words(found),
            "is_under_review": True,
            "form": form,
            **asked(found, form),
        }
        return render(request, "access/inquiry.html", context)
    try:
        reviews.reply(inquiry=found, by=official, facts=form.facts())
    except reviews.NotOpen:
        return _not_open(request, receipt)
    except NotEntered:
        return render(request, "access/not_entered.html", status=503)
    return redirect("inquiry", receipt)


def _not_open(request: HttpRequest, receipt: str) -> HttpResponse:
    return render(request, "access/reply_not_open.html", {"receipt": receipt}, status=409)
