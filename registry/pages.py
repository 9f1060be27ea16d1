"""The clerk's pages: entering a decision, the drafts, checking against the paper, submitting.

Each page asks its door, shows or changes one thing, and says where to go. A draft that is not open to the
clerk is answered like one that never was.
"""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from registry import drafting
from registry.act_limits import limits_in_words
from registry.correction_pages import entered_correction
from registry.drafting import Drafts, held_by, open_to_clerk
from registry.forms import CheckedForm, DecisionForm
from registry.in_force import Happened
from registry.models import ViolationRecord
from registry.offence_search import search
from registry.offences import Offence, offence
from registry.officers import Officer
from registry.page_roles import for_clerks
from registry.paper import correction_paper, paper, worth_a_look
from registry.record_contents import correction_of, row_of

PAGE_LENGTH = 50
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
    return _entered(request, officer, None)


@for_clerks
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """Change a draft."""
    held = draft_or_404(open_to_clerk(officer), key)
    if held.outcome:
        return entered_correction(request, officer, Happened(held.outcome), held)
    return _entered(request, officer, held)


def _entered(request: HttpRequest, officer: Officer, draft: ViolationRecord | None) -> Page:
    form = DecisionForm(request.POST or None, officer=officer, draft=draft)
    if form.is_valid() and form.row:
        saved = drafting.save_draft(row=form.row, by=officer, draft=draft)
        return redirect("record_draft", saved.pk)
    return render(request, "registry/decision_form.html", {"form": form, "draft": draft})


@for_clerks
@require_GET
def drafts(request: HttpRequest, officer: Officer) -> Page:
    """List the drafts a clerk holds: decision numbers and times, no names."""
    return render(request, "registry/drafts.html", page_of(held_by(officer), request))


@for_clerks
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """Show a draft laid out as the paper; a POST with the tick submits it for verification."""
    held = draft_or_404(open_to_clerk(officer), key)
    form = CheckedForm(request.POST or None)
    if form.is_valid():
        drafting.submit(draft=held, by=officer)
        return redirect("record_submitted")
    return render(request, "registry/draft.html", {"form": form, **on_paper(held)})


def on_paper(draft: ViolationRecord) -> dict[str, object]:
    """Return what a page needs to show a draft beside the paper."""
    if draft.outcome:
        correction = correction_of(draft)
        row, sections = correction.row, correction_paper(correction)
    else:
        row = row_of(draft)
        sections = paper(row)
    return {"draft": draft, "paper": sections, "looks": worth_a_look(row) if row else []}


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
