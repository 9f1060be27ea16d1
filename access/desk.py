"""What the pages of the auditor's desk 审计台 share: who may open them, what is entered first, and the frame.

A page is shown after the entry about its reading is committed; without the entry nothing is shown. Other roles and
superusers are refused, whatever rights they hold.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.translation import gettext as now_

from access.accounts import User
from access.roles import Role, holds
from sealing import audit_log
from sealing.audit_log import Entry, Kind, NotEntered, Outcome
from sealing.log_reading import TooWide
from sealing.models import AuditEntry

Page = Callable[..., HttpResponse]
#: Pages that say more about the reading than their name, and so enter it themselves.
ENTERED_BY_THEMSELVES = frozenset(
    {
        "sealing_auditentry_changelist",
        "sealing_auditentry_change",
        "access_alert_change",
        "desk",
        "desk_person_answer",
        "desk_auditors",
        "desk_sample",
        "desk_drawn",
    }
)
#: Asked for by a page's script each second; it tells a number, and the page that asks is entered.
ASKED_BY_A_SCRIPT = frozenset({"sealing_verification_progress"})


def for_auditors(*methods: str) -> Callable[[Page], Page]:
    """Open a page to auditors alone, for some methods.

    Answers 503 when its entry could not be written, and 400 with what to narrow when it wants too much of the log.
    """

    def opened(page: Page) -> Page:
        @wraps(page)
        def guarded(request: HttpRequest, **parts: Any) -> HttpResponse:
            user = request.user
            if not isinstance(user, User) or user.is_superuser or not holds(user, Role.AUDITOR):
                raise PermissionDenied
            if request.method not in {*methods, "HEAD"}:
                return HttpResponseNotAllowed(methods)
            try:
                return page(request, by=user, **parts)
            except NotEntered:
                return not_entered(request)
            except TooWide:
                return too_wide(request)

        return guarded

    return opened


def reading(by: User, *, person: str = "", **details: Any) -> Entry:
    """Return the entry about something an auditor reads or does; `details` hold codes, never a name or free text."""
    return Entry(
        kind=Kind.SEARCH,
        outcome=Outcome.DONE,
        official=by.number,
        unit=by.unit.code if by.unit else "",
        person=person,
        details=details,
    )


def enter(entry: Entry) -> UUID:
    """Commit an entry on its own before anything is read; NotEntered when that fails for any cause."""
    try:
        return audit_log.enter_alone(entry).id
    except DatabaseError as error:
        raise NotEntered("The audit entry could not be written.") from error


def entered_before(request: HttpRequest) -> bool:
    """Enter that an auditor opens a page of the administration, unless the page does that itself; False if it failed.

    So a page that is new is in the log without being thought of. Acts, which are no readings, enter themselves.
    """
    user, where = request.user, request.resolver_match
    if not isinstance(user, User) or not holds(user, Role.AUDITOR):
        return True
    name = where.url_name if where else ""
    if request.method not in {"GET", "HEAD"} or name in ENTERED_BY_THEMSELVES | ASKED_BY_A_SCRIPT:
        return True
    try:
        enter(reading(user, page=name or ""))
    except NotEntered:
        return False
    return True


def show(
    request: HttpRequest, name: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page of the desk."""
    common = {**admin.site.each_context(request), "opts": AuditEntry._meta}
    return TemplateResponse(
        request, f"admin/desk/{name}.html", {**common, **context}, status=status
    )


def key_in(request: HttpRequest, name: str) -> UUID | None:
    """Return the key that an address names, None without one; Http404 for what is no key."""
    text = request.GET.get(name)
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None


def not_entered(request: HttpRequest) -> HttpResponse:
    """Answer 503: nothing was shown and nothing was done."""
    context = {
        **admin.site.each_context(request),
        "opts": AuditEntry._meta,
        "title": now_("The audit log could not be written"),
    }
    return TemplateResponse(request, "admin/not_entered.html", context, status=503)


def too_wide(request: HttpRequest, *, again: str = "") -> HttpResponse:
    """Answer 400: say what to narrow; `again` is the address where that is done."""
    context = {"title": now_("This is too much at once"), "again": again}
    return show(request, "too_wide", context, status=HTTPStatus.BAD_REQUEST)
