"""The page of the notice to the person: the same bytes for every decision, so it takes no key of one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from registry.notice import notices
from registry.officers import Officer
from registry.page_roles import for_filing_officers


@for_filing_officers
@require_GET
def notice(request: HttpRequest, officer: Officer) -> HttpResponse:
    """Show the notice in both languages, to be printed with a decision."""
    return render(request, "registry/notice.html", {"notices": notices()})
