"""The administration: which role sees which part, and nothing else for anybody.

Permission is group membership, never `is_superuser`. Only parts written for this site are taken in: what other
packages register for Django's own administration stays out. Nobody signs in here: the site's own sign-in, with
its second factor, is the only one.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from access import authorisation_desk, desk, desk_addresses, reviewer_desk
from access.accounts import User
from access.roles import EXCLUSIVE, Role, holds, roles_of
from config import checkpoint_page
from sealing import cosignatures, verifying
from sealing.admin_parts import ADD, CHANGE, VIEW, Part

PARTS: dict[Role, dict[str, frozenset[str]]] = {
    Role.AUDITOR: {
        "sealing.auditentry": frozenset({VIEW}),
        "sealing.dropproposal": frozenset({VIEW, ADD}),
        "sealing.verification": frozenset({VIEW}),
        "auditlog.logentry": frozenset({VIEW}),
        "registry.issuedrange": frozenset({VIEW}),
        "access.alert": frozenset({VIEW}),
        "access.reminder": frozenset({VIEW}),
    },
    Role.SECURITY_ADMINISTRATOR: {
        "access.unit": frozenset({VIEW, ADD, CHANGE}),
        "access.authorisation": frozenset({VIEW, ADD, CHANGE}),
        "access.user": frozenset({VIEW, ADD, CHANGE}),
        "access.agencyclient": frozenset({VIEW}),
        "access.reminder": frozenset({VIEW}),
        "access.holidayyear": frozenset({VIEW, ADD, CHANGE}),
        "sealing.dropproposal": frozenset({VIEW, CHANGE}),
    },
    Role.SYSTEM_ADMINISTRATOR: {
        "sealing.dropproposal": frozenset({VIEW}),
        "access.unit": frozenset({VIEW}),
        "access.user": frozenset({VIEW}),
        "access.holidayyear": frozenset({VIEW, ADD, CHANGE}),
    },
}
STAFF_CHANGES = _("Staff changes")


def may_enter(user: User | AnonymousUser) -> bool:
    """Say whether an account has any part in the administration; a superuser has none."""
    return bool(roles_of(user) & EXCLUSIVE) and not user.is_superuser


class Administration(AdminSite):
    """Django's admin with the registry's roles for permissions."""

    site_header = _("Registry of Sealed Violation Records")
    site_title = _("Registry of Sealed Violation Records")
    index_title = _("Administration")
    site_url = "/"
    enable_nav_sidebar = False

    def permits(self, user: User | AnonymousUser, act: str, model: type[Model]) -> bool:
        """Say whether an account may view, add to or change a part; default deny."""
        if not may_enter(user):
            return False
        parts = (PARTS[role] for role in roles_of(user) & EXCLUSIVE)
        return any(act in part.get(model._meta.label_lower, ()) for part in parts)

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in who holds one of the three administrative roles."""
        return may_enter(request.user)

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin] | None = None,
        **options: Any,
    ) -> None:
        """Take in a part; leave out what was not written for this site."""
        if admin_class is not None and issubclass(admin_class, Part):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Refuse with 403 who is signed in without a part here; lead others to the sign-in."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_permission(request):
                return self.login(request)
            if not desk.entered_before(request):
                return desk.not_entered(request)
            return inner(request, *args, **kwargs)

        return guarded

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the site's sign-in; this site has no form of its own that would skip the second factor."""
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(_wanted(request), reverse("account_login"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Lead to the site's page for signing out."""
        return HttpResponseRedirect(reverse("account_logout"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Lead to the site's page for changing one's password."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the pages of the site's own: operations, the log's checkpoint on paper, and the desks."""
        own = [
            path("operations/", self.admin_view(self.operations), name="operations"),
            path("checkpoint/", self.admin_view(checkpoint_page.printed), name="checkpoint"),
        ]
        desks = (reviewer_desk, authorisation_desk, desk_addresses)
        pages = (page for one in desks for page in one.addresses(self))
        return [*own, *pages, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Tell pages which of the site's own pages to link to; what is missing is counted only where it is shown."""
        runs_it = holds(request.user, Role.SYSTEM_ADMINISTRATOR)
        return {
            **super().each_context(request),
            "shows_operations": runs_it,
            "shows_desk": holds(request.user, Role.AUDITOR),
            "traces_leaks": holds(request.user, Role.AUDITOR),
            "shows_reviewers": holds(request.user, Role.SECURITY_ADMINISTRATOR),
            "approvals_waiting": partial(authorisation_desk.waiting, request.user),
            "units_stopped": partial(authorisation_desk.stopped, request.user),
            "reviewers_missing": partial(reviewer_desk.missing, request.user),
            "shows_checkpoint": runs_it or holds(request.user, Role.AUDITOR),
            "shows_log_health": holds(request.user, Role.AUDITOR),
            "log_verified": verifying.newest,
            "log_cosigned": cosignatures.latest,
        }

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Call the other package's log by what it holds here."""
        listed = super().get_app_list(request, app_label)
        for app in listed:
            if app["app_label"] == "auditlog":
                app["name"] = STAFF_CHANGES
                for model in app["models"]:
                    model["name"] = STAFF_CHANGES
        return sorted(listed, key=lambda app: app["app_label"] != "sealing")

    def operations(self, request: HttpRequest) -> HttpResponse:
        """Show which guarantees hold now; no record, no log row, no count of either."""
        from config import checks

        if not holds(request.user, Role.SYSTEM_ADMINISTRATOR):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        context = {
            **self.each_context(request),
            "title": gettext("Operations"),
            "guarantees": checks.report(),
            "months_ahead": checks.months_ahead(),
            "cosigned": cosignatures.latest(),
        }
        return TemplateResponse(request, "admin/operations.html", context)


def _wanted(request: HttpRequest) -> str:
    """Return the page that somebody who is not signed in asked for: an address of this site."""
    if request.path != reverse("admin:login"):
        return request.get_full_path()
    named = request.GET.get("next", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(named, hosts, require_https=request.is_secure())
    return named if is_ours else reverse("admin:index")
