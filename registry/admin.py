"""The auditor's page of completeness: gaps of every organ and the filing statement, read-only, and never a record."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from registry.completeness_pages import day_in, what_is_shown
from registry.number_models import IssuedRange
from sealing.admin_parts import Part


@admin.register(IssuedRange)
class Completeness(Part):
    """One page, read as the auditors' database role."""

    def get_urls(self) -> list[URLPattern]:
        """Leave out every page that adds, changes or deletes."""
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="registry_issuedrange_changelist")]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the board of all organs and the statement of a day that is over (`day`, default: yesterday)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        context = {
            **self.admin_site.each_context(request),
            **what_is_shown(day=day_in(request), organ="", alias="audit"),
            "opts": self.opts,
            "title": _("Completeness"),
        }
        return TemplateResponse(request, "admin/registry/completeness.html", context)
