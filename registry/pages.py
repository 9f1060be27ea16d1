"""The clerk's pages: entering a decision, the drafts, checking against the paper, submitting.

Each page asks its door, shows or changes one thing, and says where to go. A draft that is not open to the
clerk is answered like one that never was.
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from registry import drafting
from registry.act_limits import limits_in_words
from registry.drafting import Drafts, UnfinishedChanges, held_by, open_to_clerk
from registry.entering import Entering, entered
from registry.forms import CheckedForm
from registry.models import ViolationRecord
from registry.offence_search import search
from registry.offences import Offence, offence
from registry.officers import Officer
from registry.page_roles import for_clerks
from registry.paper import correction_paper, paper, worth_a_look
from registry.record_contents import correction_of, row_of
from registry.remark_forms import input_of, shown_remarks
from registry.unfinished import typed_in, unfinished_of
from registry.whole_decision import of_one_decision

PAGE_LENGTH = 50
UNFINISHED = _(
    "You typed changes that are not part of this yet. Go on with them by “Change something”, or give them up among"
    " your drafts; then submit."
)
Page = HttpResponse


def draft_or_404(drafts: Drafts, key: UUID) -> ViolationRecord:
    """Return one of these drafts, or raise Http404."""
    found = drafts.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def page_of(drafts: Drafts, request: HttpRequest) -> dict[str, object]:
    """Return the drafts after the one the address names, oldest first, and where the next page is."""
    try:
        after = UUID(request.GET["after"]) if "after" in request.GET else UUID(int=0)
    except ValueError:
        raise Http404 from None
    found = list(drafts.filter(pk__gt=after)[: PAGE_LENGTH + 1])
    shown = found[:PAGE_LENGTH]
    more = len(found) > PAGE_LENGTH
    return {"drafts": shown, "next_href": f"?after={shown[-1].pk}" if more else ""}


@for_clerks
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, officer: Officer) -> Page:
    """Enter a decision."""
    return entered(request, Entering(officer))


@for_clerks
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """Change a draft, going on where it was left."""
    held = draft_or_404(open_to_clerk(officer), key)
    unfinished = unfinished_of(officer).filter(draft=held.pk).first()
    if unfinished and request.method == "GET":
        return redirect("record_unfinished", unfinished.pk)
    return entered(request, Entering(officer, outcome=held.outcome, draft=held))


@for_clerks
@require_GET
def drafts(request: HttpRequest, officer: Officer) -> Page:
    """List what a clerk has not finished, and the drafts he holds: decision numbers and times, no names."""
    unfinished = [
        {"entry": entry, "number": typed_in(entry).get("decision_number", "")}
        for entry in unfinished_of(officer)
    ]
    shown = {"unfinished": unfinished, **page_of(held_by(officer), request)}
    return render(request, "registry/drafts.html", shown)


@for_clerks
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """Show a draft laid out as the paper; a POST with the tick submits it for verification."""
    held = draft_or_404(open_to_clerk(officer), key)
    form = CheckedForm(request.POST or None)
    if form.is_valid():
        try:
            drafting.submit(draft=held, by=officer)
        except UnfinishedChanges:
            form.add_error(None, UNFINISHED)
        else:
            return redirect("record_submitted")
    entries = len(of_one_decision(held, open_to_clerk(officer)))
    href = reverse("record_change", args=[held.pk])
    remarks = shown_remarks(held, lambda name: f"{href}#{input_of(name)}")
    return render(
        request,
        "registry/draft.html",
        {"form": form, "entries": entries, **on_paper(held), **remarks},
    )


def on_paper(draft: ViolationRecord) -> dict[str, Any]:
    """Return what a page needs to show a draft beside the paper."""
    if draft.outcome:
        correction = correction_of(draft)
        row, sections = correction.row, correction_paper(correction)
    else:
        row = row_of(draft)
        sections = paper(row)
    return {
        "draft": draft,
        "paper": sections,
        "looks": worth_a_look(row) if row else [],
        **shown_remarks(draft),
    }


@for_clerks
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """Ask once more, then give a draft up."""
    held = draft_or_404(open_to_clerk(officer), key)
    if request.method == "POST":
        drafting.withdraw(draft=held, by=officer)
        return redirect("record_drafts")
    return render(request, "registry/withdraw.html", {"draft": held})


@for_clerks
@require_GET
def submitted(request: HttpRequest, officer: Officer) -> Page:
    """Say what happens now; the same page for every decision."""
    return render(request, "registry/submitted.html")


@for_clerks
@require_GET
def acts(request: HttpRequest, officer: Officer) -> JsonResponse:
    """Find acts by article or word (`q`), or one by its `code`, each with what it may cost."""
    one = offence(request.GET.get("code", ""))
    found = (one,) if one else search(request.GET.get("q", "")[:100])
    return JsonResponse({"acts": [_act(act) for act in found]})


def _act(act: Offence) -> dict[str, object]:
    language = get_language() or "zh-hans"
    return {
        "code": act.code,
        "citation": act.cited(language),
        "name": act.name(language),
        "limits": limits_in_words(act),
    }
