"""The pages that belong to no single role: the first one, the language, the health check, the check of a paper."""

from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from django.views.i18n import set_language

from access import (
    confirmations,
    copies_pages,
    countdown,
    navigation,
    notifications,
    paper_seal,
    review_work,
)
from access.accounts import User

#: So many answers to account for stand on the first page; all are one link further.
COPIES_SHOWN = 5


@require_GET
def home(request: HttpRequest) -> HttpResponseBase:
    """Show the work of the signed-in role, first what is due."""
    today = timezone.localdate()
    user = cast(User, request.user)
    copies_due = confirmations.soon(user, today=today)[:COPIES_SHOWN]
    shown = {
        "copies_due": copies_pages.in_rows(copies_due, today=today),
        "cards": navigation.cards(user),
        "ending": countdown.ending_for(user),
        "notices_due": notifications.due_for(user),
        "votes_due": review_work.votes_of(user),
        "asked": review_work.questions_to(user),
    }
    return render(request, "home.html", shown)


@login_not_required
@require_http_methods(["GET", "POST"])
def language(request: HttpRequest) -> HttpResponseBase:
    """Offer the two languages; the choice is kept in a cookie.

    A page of its own, so that no other page carries a form token for it.
    """
    if request.method == "POST":
        return set_language(request)
    return render(request, "language.html", {"next": request.GET.get("next", "/")})


@login_not_required
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, 503 when it does not; nothing more is told."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable"}, status=503)
    return JsonResponse({"status": "ok"})


@login_not_required
@require_GET
def check(request: HttpRequest, code: str) -> HttpResponseBase:
    """Say whether the registry made a paper with this code, for which receipt and when; nothing of its content.

    For anybody who holds the paper. The signature decides and nothing is looked up, so the page can tell nobody what
    the code does not say already.
    """
    stated = paper_seal.checked(code)
    shown = {"stated": stated, "is_answer": stated and stated.kind is paper_seal.PaperKind.ANSWER}
    return render(request, "access/check.html", shown, status=200 if stated else 404)
