"""The inquirers' pages about copies: what became of one answer, and what must be confirmed.

No person stands on them. An inquiry that one may not see is one that does not exist, unless it holds up the whole unit:
then every inquirer of the unit may state what became of it, and sees nothing of what others stated.
"""

from collections.abc import Iterable
from datetime import date
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from access import confirmations, inquiry_words, standing
from access.accounts import User
from access.copies import CopyStatement, Reminder
from access.copies_form import CopiesForm
from access.inquiry import Inquiry
from access.units import Unit
from sealing.audit_log import NotEntered

SHOWN = 100


@require_GET
def due(request: HttpRequest) -> HttpResponse:
    """List what the official may confirm, what is due first on top."""
    unit, today = standing.inquiring_unit(request.user), timezone.localdate()
    reminders = confirmations.pending(cast(User, request.user), unit=unit, today=today)
    context = {"rows": in_rows(reminders[:SHOWN], today=today), "shown": SHOWN}
    return render(request, "access/copies_due.html", context)


@require_http_methods(["GET", "POST"])
def copies(request: HttpRequest, receipt: str) -> HttpResponse:
    """Show the register of one answer; POST adds a statement to it."""
    unit, by = standing.inquiring_unit(request.user), cast(User, request.user)
    inquiry, sees_all = _found(by, unit, receipt)
    form = CopiesForm(request.POST or None, inquiry=inquiry, by=by.number)
    if not form.is_valid():
        return _page(request, inquiry, form, sees_all=sees_all)
    try:
        confirmations.state(inquiry=inquiry, stated=form.stated(), by=by)
    except NotEntered:
        return render(request, "access/not_entered.html", status=503)
    return redirect("copies", receipt) if sees_all else redirect("copies_due")


def held_up(
    request: HttpRequest, *, unit: Unit, official: User, today: date
) -> HttpResponse | None:
    """Return the page that says what to confirm before a new inquiry, None when nothing is overdue."""
    late = confirmations.overdue(unit=unit, officials=[official.number], today=today)
    rows = in_rows(late[:SHOWN], today=today)
    if not rows:
        return None
    return render(request, "access/confirm_first.html", {"rows": rows}, status=409)


def in_rows(reminders: Iterable[Reminder], *, today: date) -> list[dict[str, object]]:
    """Return each reminder as a page lists it: receipt, ground, due day and whether that is over."""
    return [
        {
            "receipt": reminder.inquiry.receipt,
            "words": inquiry_words.in_words(reminder.inquiry),
            "due_on": reminder.due_on,
            "is_overdue": reminder.due_on < today,
        }
        for reminder in reminders
    ]


def _found(by: User, unit: Unit, receipt: str) -> tuple[Inquiry, bool]:
    """Return an opened inquiry, and whether the official sees what others stated about it."""
    opened = Inquiry.objects.filter(views__gt=0).select_related("unit")
    own = standing.visible_inquiries(by, unit=unit)
    inquiry = opened.filter(pk__in=own.values("pk"), receipt=receipt).first()
    if inquiry is not None:
        return inquiry, True
    pending = confirmations.pending(by, unit=unit, today=timezone.localdate())
    return get_object_or_404(opened, reminder__in=pending.values("pk"), receipt=receipt), False


def _page(
    request: HttpRequest, inquiry: Inquiry, form: CopiesForm, *, sees_all: bool
) -> HttpResponse:
    statements = list(CopyStatement.objects.filter(inquiry=inquiry))
    context = {
        "receipt": inquiry.receipt,
        "words": inquiry_words.in_words(inquiry),
        "statements": statements if sees_all else [],
        "due_on": confirmations.due_on(inquiry, statements),
        "form": form,
    }
    return render(request, "access/copies.html", context)
