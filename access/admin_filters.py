"""Filters of the security administrator's lists that say in words what the tables keep as codes.

Only what some row has is offered. Decides nothing and permits nothing.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from access.ground_words import authorised_ground
from access.unit_kinds import kind_name


class CodeFilter(admin.SimpleListFilter):
    """Filters by one column that holds a code; `words` gives the code's words."""

    parameter_name: str

    def words(self, code: str) -> str:
        """Return a code as it is; a filter that knows words for it says so here."""
        return code

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Return the codes in use, in the order of the codes."""
        name = self.parameter_name
        used = model_admin.model.objects.order_by(name).values_list(name, flat=True).distinct()
        return [(code, self.words(code)) for code in used]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Return the rows of the chosen code, or all."""
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class KindFilter(CodeFilter):
    """Units of one kind."""

    title = _("kind")
    parameter_name = "kind"

    def words(self, code: str) -> str:
        """Return the kind in words."""
        return kind_name(code)


class GroundFilter(CodeFilter):
    """Authorisations for one ground."""

    title = _("ground")
    parameter_name = "ground"

    def words(self, code: str) -> str:
        """Return case handling, or the provision's id and name."""
        return authorised_ground(code)
