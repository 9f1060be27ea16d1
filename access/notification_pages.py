"""The verifying officer's pages for notices under Article 134: the register, a first notice, one made good.

A notice is shown once, as the answer to the form that made it, to be printed. The register shows no person.
"""

from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access import notification_words, notifications
from access.accounts import User
from access.notification import Notification
from access.notification_forms import FirstNoticeForm, NotificationForm
from access.notifications import Notice
from access.units import Unit
from registry.officers import Officer
from registry.page_roles import for_verifying_officers
from sealing.audit_log import NotEntered

PAGE_LENGTH = 50


@for_verifying_officers
@require_GET
def register(request: HttpRequest, officer: Officer) -> HttpResponse:
    """List the notices of the officer's organ, newest first, and above them those that must be made again."""
    made = notifications.made_by(officer.unit_code)
    since = notifications.due(officer.unit_code)
    before = request.GET.get("before")
    try:
        older = made.filter(pk__lt=UUID(before)) if before else made
    except ValueError:
        raise Http404 from None
    rows = list(older[: PAGE_LENGTH + 1])
    shown = {
        "due": [(row, since[row.pk]) for row in made.filter(pk__in=since).order_by("pk")],
        "rows": rows[:PAGE_LENGTH],
        "next_href": f"?before={rows[PAGE_LENGTH - 1].pk}" if len(rows) > PAGE_LENGTH else "",
    }
    return render(request, "access/notifications.html", shown)


@for_verifying_officers
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, officer: Officer) -> HttpResponse:
    """Name a record, the recipient and the document; the answer is the notice."""
    by = cast(User, request.user)
    form = FirstNoticeForm(request.POST or None, by=by)
    if not form.is_valid() or form.named is None:
        return _form(request, form)
    if _was_made(form, officer):
        return _once_only(request, form)
    try:
        notice = notifications.notify(
            named=form.named, person=form.person(), sending=form.sending(), by=by
        )
    except NotEntered:
        return _not_entered(request)
    return _answered(request, form, notice, officer)


@for_verifying_officers
@require_http_methods(["GET", "POST"])
def again(request: HttpRequest, officer: Officer, key: UUID) -> HttpResponse:
    """Notify the same recipient of what became of a record; only where that is due, so nothing is read without need."""
    by = cast(User, request.user)
    earlier = get_object_or_404(notifications.made_by(officer.unit_code), pk=key)
    form = NotificationForm(request.POST or None, by=by)
    if form.is_bound and _was_made(form, officer):
        return _once_only(request, form)
    if key not in notifications.due(officer.unit_code):
        raise Http404
    if not form.is_valid():
        return _form(request, form, earlier=earlier)
    try:
        notice = notifications.notify_again(
            earlier=earlier,
            person=form.person(),
            sending=form.sent_to(earlier.recipient_kind, earlier.recipient),
            by=by,
        )
    except NotEntered:
        return _not_entered(request)
    return _answered(request, form, notice, officer, earlier=earlier)


def _was_made(form: NotificationForm, officer: Officer) -> bool:
    return notifications.made_by(officer.unit_code).filter(pk=form.key()).exists()


def _form(
    request: HttpRequest,
    form: NotificationForm,
    *,
    earlier: Notification | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "earlier": earlier}
    return render(request, "access/notification_form.html", context, status=status)


def _answered(
    request: HttpRequest,
    form: NotificationForm,
    notice: Notice | None,
    officer: Officer,
    *,
    earlier: Notification | None = None,
) -> HttpResponse:
    """Show the notice; or say, in one sentence for every cause, that there is nothing to notify of."""
    if notice is None:
        form.add_error(
            None,
            _(
                "Your organ has no such record to notify of. Compare number, name and decision with the paper."
                " The attempt is in the audit log."
            ),
        )
        return _form(request, form, earlier=earlier, status=409)
    context: dict[str, Any] = {
        "kept": notice.kept,
        "words": notification_words.in_words(notice.told),
        "earlier": earlier,
        "organ": Unit.objects.get(code=officer.unit_code),
    }
    return render(request, "access/notification.html", context)


def _once_only(request: HttpRequest, form: NotificationForm) -> HttpResponse:
    context = {"entry": Notification.objects.get(pk=form.key()).entry}
    return render(request, "access/notification_made.html", context, status=409)


def _not_entered(request: HttpRequest) -> HttpResponse:
    return render(request, "access/notification_not_entered.html", status=503)
