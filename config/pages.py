"""The pages that belong to no single role: the first one, the choice of language, the health check."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from django.views.i18n import set_language

from access import confirmations, copies_pages, navigation, notifications

#: So many answers to account for stand on the first page; all are one link further.
COPIES_SHOWN = 5


@require_GET
def home(request: HttpRequest) -> HttpResponseBase:
    """Show the work of the signed-in role, first what is due."""
    today = timezone.localdate()
    copies_due = confirmations.soon(request.user, today=today)[:COPIES_SHOWN]
    shown = {
        "copies_due": copies_pages.in_rows(copies_due, today=today),
        "cards": navigation.cards(request.user),
        "notices_due": notifications.due_for(request.user),
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
