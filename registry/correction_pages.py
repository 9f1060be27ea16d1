"""The clerk's pages for what happened to a record on file: choosing it, then entering it.

What is entered is a draft like any other: checked, submitted, verified by a second officer, and sealed.
No page here shows a record on file, or tells whether there is one.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from registry.entering import Entering, entered
from registry.happened_words import EFFECTS, NAMES
from registry.in_force import Happened
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
    return entered(request, Entering(officer, outcome=happened.value))


def _offered() -> list[dict[str, object]]:
    return [
        {
            "title": title,
            "text": text,
            "outcomes": [(kind.value, NAMES[kind]) for kind in Happened if kind in kinds],
        }
        for kinds, title, text in EFFECTS
    ]
