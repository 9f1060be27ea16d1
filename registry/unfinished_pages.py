"""The clerk's pages for what is not finished: going on with it, saving it from the page's script, giving it up."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods

from registry.drafting import open_to_clerk
from registry.entering import Entering, entered, keep_posted
from registry.in_force import Happened
from registry.kept_words import WHY_NOT_KEPT
from registry.models import UnfinishedEntry, ViolationRecord
from registry.officers import Officer
from registry.page_roles import for_clerks
from registry.unfinished import NotKept, finish, unfinished_of


def _entry_or_404(officer: Officer, key: UUID) -> UnfinishedEntry:
    found = unfinished_of(officer).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _draft(officer: Officer, key: UUID | None) -> ViolationRecord | None:
    """Return the draft that is being changed, while it is open; what was typed is not lost with it."""
    return open_to_clerk(officer).filter(pk=key).first() if key else None


@for_clerks
@require_http_methods(["GET", "POST"])
def unfinished(request: HttpRequest, officer: Officer, key: UUID) -> HttpResponse:
    """Go on with an unfinished entry: everything stands as it was typed."""
    entry = _entry_or_404(officer, key)
    draft = _draft(officer, entry.draft)
    return entered(request, Entering(officer, outcome=entry.outcome, draft=draft, entry=entry))


@for_clerks
@require_http_methods(["GET", "POST"])
def keep(request: HttpRequest, officer: Officer, key: UUID) -> HttpResponse:
    """Keep what the page's script sends, as typed; a GET gives a window that was signed out a new form token."""
    if request.method == "GET":
        return JsonResponse({"token": get_token(request), "clerk": officer.number})
    try:
        entry = keep_posted(request, _entering(request, officer, key), key)
    except NotKept as obstacle:
        return _refused(obstacle.code, newer=_newer(request, officer, key))
    except PermissionDenied:
        return _refused("gone", newer=reverse("record_drafts"))
    return JsonResponse(
        {
            "version": entry.version,
            "saved_at": date_format(timezone.localtime(entry.saved_at), "H:i"),
            "href": reverse("record_unfinished", args=[entry.pk]),
        }
    )


def _newer(request: HttpRequest, officer: Officer, key: UUID) -> str:
    """Return where the newer version stands: under this key, or with the draft that is being changed."""
    if unfinished_of(officer).filter(pk=key).exists():
        return reverse("record_unfinished", args=[key])
    try:
        return reverse("record_change", args=[UUID(request.POST.get("draft", ""))])
    except ValueError:
        return reverse("record_drafts")


def _refused(code: str, *, newer: str) -> HttpResponse:
    words = str(WHY_NOT_KEPT[code])
    return JsonResponse({"code": code, "message": words, "href": newer}, status=409)


def _entering(request: HttpRequest, officer: Officer, key: UUID) -> Entering:
    """Return what the key stands for; a key that is new begins an entry of the kind that is posted."""
    entry = unfinished_of(officer).filter(pk=key).first()
    if entry:
        return Entering(officer, outcome=entry.outcome, draft=_draft(officer, entry.draft))
    outcome, draft = request.POST.get("outcome", ""), request.POST.get("draft", "")
    try:
        known = Happened(outcome).value if outcome else ""
        changed = UUID(draft) if draft else None
    except ValueError:
        raise NotKept("gone") from None
    held = _draft(officer, changed)
    if changed and (held is None or held.outcome != known):
        raise NotKept("gone")
    return Entering(officer, outcome=known, draft=held)


@for_clerks
@require_http_methods(["GET", "POST"])
def give_up(request: HttpRequest, officer: Officer, key: UUID) -> HttpResponse:
    """Ask once more, then remove an unfinished entry."""
    entry = _entry_or_404(officer, key)
    if request.method == "POST":
        finish(key=entry.pk, by=officer)
        return redirect("record_drafts")
    return render(request, "registry/give_up.html", {"entry": entry})
