"""The administration's page of the programs that ask for units: which keys there are, when each was last used, and the stop.

Security administrators see and revoke; nobody makes a client here, as its secrets would pass through a page.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Max
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as now_

from access import agency_clients
from access.accounts import User
from access.agency_clients import AgencyClient
from access.call_counts import CallCount
from access.roles import Role, holds
from sealing.admin_parts import Part
from sealing.audit_log import NotEntered


@admin.register(AgencyClient)
class Programs(Part):
    """The clients of units: those in use first, then the revoked ones."""

    def get_urls(self) -> list[URLPattern]:
        """Leave out every page that adds, changes or deletes."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="access_agencyclient_changelist"),
            path("<int:key>/revoke/", view(self.revoke_view), name="access_agencyclient_revoke"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List every client with its unit, its key, and when it was made, last used and revoked."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        known = AgencyClient.objects.select_related("unit")
        clients = list(known.order_by(F("revoked_at").desc(nulls_first=True), "unit__code", "pk"))
        used = _last_used(clients)
        rows = [(client, used.get(client.pk)) for client in clients]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": now_("Programs of agencies"),
            "rows": rows,
        }
        return TemplateResponse(request, "admin/access/agencyclient/list.html", context)

    def revoke_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Refuse a client from this moment on; only by POST."""
        user = request.user
        if not isinstance(user, User) or not holds(user, Role.SECURITY_ADMINISTRATOR):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        client = get_object_or_404(AgencyClient.objects.select_related("unit"), pk=key)
        try:
            done = agency_clients.revoke(unit=client.unit, by=user.number, client=client)
        except NotEntered:
            return self.not_entered(request)
        if done is None:
            messages.error(request, now_("Nothing was changed: the program was revoked before."))
        else:
            messages.success(request, now_("The program is revoked. Its calls are refused."))
        return HttpResponseRedirect(reverse("admin:access_agencyclient_changelist"))


def _last_used(clients: Iterable[AgencyClient]) -> dict[int, datetime]:
    """Return when each client last called: by the counts of calls, which are kept for a day, or by its inquiries."""
    by_caller = {f"call:{client.key_id}": client.pk for client in clients}
    counted = CallCount.objects.filter(caller__in=by_caller)
    found = {
        by_caller[caller]: minute
        for caller, minute in counted.values_list("caller").annotate(Max("minute"))
    }
    asked = AgencyClient.objects.annotate(last=Max("inquiries__made_at")).filter(last__isnull=False)
    for pk, last in asked.values_list("pk", "last"):
        found[pk] = max(last, found.get(pk, last))
    return found
