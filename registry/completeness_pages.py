"""The supervisor's page: the completeness board of the officer's organ, and its filing statement.

Shows numbers of decisions and no person. Gaps of another organ are on no page here.
"""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from registry.completeness import board, state_issued
from registry.completeness_form import IssuedForm
from registry.officers import Officer
from registry.page_roles import for_verifying_officers
from registry.statement import is_whole, signed, statement, unstated
from sealing.audit_log import NotEntered

GAPS_SHOWN = 200


@for_verifying_officers
@require_http_methods(["GET", "POST"])
def completeness(request: HttpRequest, officer: Officer) -> HttpResponse:
    """Show what was issued against what is filed; a POST states what was issued."""
    known = board(organ=officer.unit_code).series
    form = IssuedForm(request.POST or None, known=known)
    status = 200
    if form.is_valid():
        try:
            state_issued(**form.cleaned_data, by=officer)
        except NotEntered:
            form.add_error(
                None, _("The audit log could not be written, so nothing was stated. Try again.")
            )
            status = 503
        else:
            messages.success(request, _("The numbers issued were stated and entered in the log."))
            return redirect("record_completeness")
    shown = what_is_shown(day=day_in(request), organ=officer.unit_code, alias="default")
    context = {"form": form, "organ": officer.unit_name, **shown}
    return render(request, "registry/completeness.html", context, status=status)


def day_in(request: HttpRequest) -> date:
    """Return the day that the address names, which must be over (default: yesterday), or raise Http404."""
    yesterday = timezone.localdate() - timedelta(days=1)
    try:
        day = date.fromisoformat(request.GET.get("day") or yesterday.isoformat())
    except ValueError:
        raise Http404 from None
    if day > yesterday or day.year < yesterday.year - 50:
        raise Http404
    return day


def what_is_shown(*, day: date, organ: str, alias: str) -> dict[str, Any]:
    """Return what both pages show: the board as it is now, and the signed statement of a day that is over."""
    stated = statement(day=day, organ=organ, alias=alias)
    return {
        "board": board(organ=organ, alias=alias),
        "gaps_shown": GAPS_SHOWN,
        "stated": stated,
        "day": day,
        "before": day - timedelta(days=1),
        "whole": is_whole(stated),
        "unstated": unstated(stated),
        "signed": signed(stated),
    }
