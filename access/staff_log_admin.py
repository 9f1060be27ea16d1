"""The auditor's page of staff changes: read-only, through the alias `audit`, by key and never counted.

The auditors' database role reads this table alone; who and what is named by numbers looked up apart from it.
"""

from typing import Any

from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from access import staff_change_words
from access.models import Unit, User
from sealing.admin_parts import Part
from sealing.log_paging import page

ACTIONS = {
    LogEntry.Action.CREATE: _("made"),
    LogEntry.Action.UPDATE: _("changed"),
    LogEntry.Action.DELETE: _("removed"),
    LogEntry.Action.ACCESS: _("read"),
}
LARGEST_KEY = 2**63 - 1


@admin.register(LogEntry)
class StaffChanges(Part):
    """One page: who changed which unit, authorisation or account, and how."""

    def get_urls(self) -> list[URLPattern]:
        """Leave out every page that adds, changes or deletes."""
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="auditlog_logentry_changelist")]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show a page of staff changes, newest first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        found = page(
            LogEntry.objects.using("audit").select_related(None),
            older_than=_key(request, "older_than"),
            newer_than=_key(request, "newer_than"),
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": now_("Staff changes"),
            "found": found,
            "lines": list(_lines(found.rows)),
        }
        return TemplateResponse(request, "admin/auditlog/logentry/list.html", context)


def _key(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) > LARGEST_KEY:
        raise Http404
    return int(text)


def _lines(rows: Any) -> Any:
    numbers = dict(
        User.objects.filter(pk__in={row.actor_id for row in rows if row.actor_id}).values_list(
            "pk", "number"
        )
    )
    units = _units(rows)
    for row in rows:
        kind = ContentType.objects.get_for_id(row.content_type_id).model_class()
        yield {
            "at": row.timestamp,
            "by": numbers.get(row.actor_id, ""),
            "action": ACTIONS[row.action],
            "kind": capfirst(str(kind._meta.verbose_name)) if kind else "",
            "what": staff_change_words.what(row.object_repr, kind),
            "changes": list(staff_change_words.changes(row.changes or {}, kind, units=units)),
        }


def _units(rows: Any) -> dict[str, str]:
    keys = {key for row in rows for key in staff_change_words.units_in(row.changes or {})}
    return {str(unit.pk): str(unit) for unit in Unit.objects.filter(pk__in=keys)} if keys else {}
