"""The security administrator's pages: units, and accounts with their roles.

Each page is open to whom the site permits (`config.admin_site`). Roles go through `access.roles`, so every change is
entered in the audit log in the same transaction. Authorisations have a module of their own.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import Script
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from access import (
    alerts_admin,
    authorisation_admin,
    clients_admin,
    copies_admin,
    review_admin,
    roles,
    staff_log_admin,
)
from access.account_standing import follow_roles
from access.admin_filters import KindFilter
from access.admin_forms import AccountForm, UnitForm
from access.models import Unit, User
from access.roles import NAMES, Role
from access.unit_kinds import kind_name
from sealing.admin_parts import Part

__all__ = [
    "Accounts",
    "Units",
    "alerts_admin",
    "authorisation_admin",
    "clients_admin",
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
        "roster_limit",
        "active",
        "sandbox",
    )
    list_filter = ("active", "sandbox", KindFilter, "level")
    search_fields = ("^code", "name")
    fields = (
        "code",
        "name",
        "kind",
        "level",
        "daily_budget",
        "official_budget",
        "roster_limit",
        "active",
        "sandbox",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> tuple[str, ...]:
        """Keep the code: the audit log names units by it. A sandbox is loaded from the units file, and stays one."""
        return ("code", "sandbox") if obj else ("sandbox",)

    @admin.display(description=_("kind"), ordering="kind")
    def kind_in_words(self, unit: Unit) -> str:
        """Show the kind in words."""
        return kind_name(unit.kind)


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

    class Media:
        js = (Script("admin_names.js", type="module"),)

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
