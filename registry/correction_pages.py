"""The clerk's pages for what happened to a record on file: choosing it, then entering it.

What is entered is a draft like any other: checked, submitted, verified by a second officer, and sealed.
No page here shows a record on file, or tells whether there is one.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from registry import drafting
from registry.correction_forms import form_for
from registry.happened_words import EFFECTS, NAMES, effect_of
from registry.in_force import REPLACING, Happened
from registry.models import ViolationRecord
from registry.officers import Officer
from registry.page_roles import for_clerks


@for_clerks
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, officer: Officer) -> HttpResponse:
    """Ask what happened; with `outcome` in the address, take it in."""
    if "outcome" not in request.GET:
        return render(request, "registry/correction_choose.html", {"effects": _offered()})
    try:
        happened = Happened(request.GET["outcome"])
    except ValueError:
        raise Http404 from None
    return entered_correction(request, officer, happened, None)


def entered_correction(
    request: HttpRequest, officer: Officer, happened: Happened, draft: ViolationRecord | None
) -> HttpResponse:
    """Enter what happened, or change the draft that says so."""
    form = form_for(happened)(request.POST or None, happened=happened, officer=officer, draft=draft)
    if form.is_valid() and form.correction:
        saved = drafting.save_draft(row=form.correction, by=officer, draft=draft)
        return redirect("record_draft", saved.pk)
    shown = {
        "form": form,
        "draft": draft,
        "happened": NAMES[happened],
        "effect": effect_of(happened),
        "replaces": happened in REPLACING,
    }
    return render(request, "registry/correction_form.html", shown)


def _offered() -> list[dict[str, object]]:
    return [
        {
            "title": title,
            "text": text,
            "outcomes": [(kind.value, NAMES[kind]) for kind in Happened if kind in kinds],
        }
        for kinds, title, text in EFFECTS
    ]
