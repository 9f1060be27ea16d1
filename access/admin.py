"""The security administrator's pages: units, what they are authorised to ask for, and accounts with their roles.

Each page is open to whom the site permits (`config.admin_site`). Roles go through `access.roles` and
authorisations through their lock, so every change is entered in the audit log in the same transaction.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from access import (
    alerts_admin,
    authorisation_lock,
    authorisations,
    copies_admin,
    review_admin,
    roles,
    staff_log_admin,
)
from access.account_standing import follow_roles
from access.admin_filters import GroundFilter, KindFilter
from access.admin_forms import AccountForm, AuthorisationForm, UnitForm
from access.ground_words import authorised_ground
from access.models import Authorisation, Unit, User
from access.roles import NAMES, Role
from access.unit_kinds import kind_name
from sealing.admin_parts import Part
from sealing.audit_log import NotEntered

__all__ = [
    "Accounts",
    "Authorisations",
    "Units",
    "alerts_admin",
    "copies_admin",
    "review_admin",
    "staff_log_admin",
]


@admin.register(Unit)
class Units(Part):
    """Units; a unit that was ever used is closed, never removed, and its code stays."""

    form = UnitForm
    list_display = (
        "code",
        "name",
        "kind_in_words",
        "level",
        "daily_budget",
        "official_budget",
        "active",
    )
    list_filter = ("active", KindFilter, "level")
    search_fields = ("^code", "name")
    fields = ("code", "name", "kind", "level", "daily_budget", "official_budget", "active")

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> tuple[str, ...]:
        """Keep the code: the audit log names units by it."""
        return ("code",) if obj else ()

    @admin.display(description=_("kind"), ordering="kind")
    def kind_in_words(self, unit: Unit) -> str:
        """Show the kind in words."""
        return kind_name(unit.kind)


@admin.register(Authorisation)
class Authorisations(Part):
    """What a unit may ask for, by which officials, from when until when."""

    form = AuthorisationForm
    list_display = ("asking_unit", "ground_in_words", "valid_from", "valid_to", "is_suspended")
    list_filter = (GroundFilter,)
    list_select_related = ("unit",)
    search_fields = ("^unit__code", "ground")
    fields = ("unit", "ground", "valid_from", "valid_to", "officials")
    autocomplete_fields = ("unit", "officials")
    change_form_template = "admin/access/authorisation/change_form.html"

    def get_readonly_fields(
        self, request: HttpRequest, obj: Authorisation | None = None
    ) -> tuple[str, ...]:
        """Keep unit and ground: what was asked under an authorisation stays what it was."""
        return ("asking_unit", "ground_in_words", "ground") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Authorisation | None = None) -> tuple[str, ...]:
        """Show unit and ground as text once they are chosen."""
        return ("asking_unit", "ground_in_words", *self.fields[2:]) if obj else self.fields

    @admin.display(description=_("unit"))
    def asking_unit(self, authorisation: Authorisation) -> str:
        """Show code and name of the unit."""
        return str(authorisation.unit)

    @admin.display(description=_("ground"), ordering="ground")
    def ground_in_words(self, authorisation: Authorisation) -> str:
        """Show what the authorisation is for in words."""
        return authorised_ground(authorisation.ground)

    @admin.display(boolean=True, description=_("suspended"))
    def is_suspended(self, authorisation: Authorisation) -> bool:
        """Show whether an authorisation is taken away for now."""
        return authorisation.suspended_at is not None

    def save_model(self, request: HttpRequest, obj: Authorisation, form: Any, change: bool) -> None:
        """Wait for whoever relies on the authorisation at this moment, then save."""
        authorisation_lock.exclusive(unit_id=obj.unit_id, ground=obj.ground)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the named officials, then enter the authorisation as it now is."""
        super().save_related(request, form, formsets, change)
        if form.has_changed():
            act = "changed" if change else "made"
            authorisations.enter(form.instance, act=act, by=request.user.get_username())

    def get_urls(self) -> list[URLPattern]:
        """Add the two buttons: suspend and resume."""
        own = [
            path(
                f"<int:key>/{act}/",
                self.admin_site.admin_view(self.suspend_or_resume),
                {"act": act},
                name=f"access_authorisation_{act}",
            )
            for act in ("suspend", "resume")
        ]
        return [*own, *super().get_urls()]

    def suspend_or_resume(self, request: HttpRequest, key: int, act: str) -> HttpResponse:
        """Take an authorisation away at once, or give it back; only by POST."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        authorisation = get_object_or_404(Authorisation, pk=key)
        try:
            getattr(authorisations, act)(authorisation=authorisation, by=request.user)
        except NotEntered:
            return self.not_entered(request)
        done = (
            now_("The authorisation is suspended.")
            if act == "suspend"
            else now_("The authorisation is valid again.")
        )
        messages.success(request, done)
        return HttpResponseRedirect(reverse("admin:access_authorisation_change", args=[key]))


@admin.register(User)
class Accounts(Part):
    """Accounts and their roles. Nobody changes his own, and `is_superuser` is on no form."""

    form = AccountForm
    list_display = ("number", "unit", "held_roles", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("unit",)
    search_fields = ("^number",)
    autocomplete_fields = ("unit",)
    fields = ("number", "unit", "is_active", "roles", "new_password")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        """Read the roles of a page's accounts at once."""
        return super().get_queryset(request).prefetch_related("groups")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Show who may only look which roles there are, and no field for a password."""
        if self._may_write(request, obj):
            return self.fields
        return ("number", "unit", "is_active", "held_roles")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Keep the number: records and the audit log name officials by it."""
        if not self._may_write(request, obj):
            return ("held_roles",)
        return ("number",) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse one's own account, and that of a superuser."""
        if obj is not None and (obj.pk == request.user.pk or obj.is_superuser):
            return False
        return super().has_change_permission(request, obj)

    @admin.display(description=_("roles"))
    def held_roles(self, user: User) -> str:
        """Show the roles in words."""
        held = {group.name for group in user.groups.all()}
        return ", ".join(str(NAMES[role]) for role in Role if role in held)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Take and give roles one by one, each with its audit entry, then the standing that goes with them."""
        user, by = form.instance, request.user.get_username()
        wanted = {Role(name) for name in form.cleaned_data["roles"]}
        held = {Role(name) for name in user.groups.values_list("name", flat=True)}
        for role in sorted(held - wanted):
            roles.withdraw(user=user, role=role, by=by)
        for role in sorted(wanted - held):
            roles.grant(user=user, role=role, by=by)
        follow_roles(user)

    def _may_write(self, request: HttpRequest, obj: User | None) -> bool:
        return self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
