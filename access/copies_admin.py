"""The administration's pages about copies: which units are overdue, and for auditors the way from a photo to an inquiry.

Read-only. The register itself is in no administration: an auditor sees it beside the log, for one traced view.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access import confirmations, leaks, watermark_code
from access.accounts import User
from access.copies import Reminder
from access.roles import Role, holds
from access.watermark_code import Pointed, Unreadable
from sealing.admin_parts import Part
from sealing.audit_log import NotEntered

WHY_UNREADABLE = {
    watermark_code.WRONG_LENGTH: _("A code has twelve characters. Type ? for one you cannot read."),
    watermark_code.WRONG_CHARACTER: _("A code has letters and digits only."),
    watermark_code.TOO_MANY_ILLEGIBLE: _("At most two characters may be left open with ?."),
    watermark_code.CHECK_FAILED: _(
        "The check characters do not agree: at least one character is misread. Compare 5 and S, 8 and B, 6 and G."
    ),
}


class LeakForm(forms.Form):
    """The code as it was read from a photo or a print, and why it is traced."""

    code = forms.CharField(
        label=_("Code of the watermark"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=list(leaks.REASONS.items()))

    def clean_code(self) -> Pointed:
        """Return what the code points at; a slip is told before anything is looked for."""
        try:
            return watermark_code.read(self.cleaned_data["code"])
        except Unreadable as error:
            raise forms.ValidationError(WHY_UNREADABLE[error.code], code=error.code) from None


@admin.register(Reminder)
class OverdueConfirmations(Part):
    """The units that have not said what became of answers; and the leak drill, which is for auditors."""

    def get_urls(self) -> list[URLPattern]:
        """Leave out every page that adds, changes or deletes, and the reminder of a single inquiry."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="access_reminder_changelist"),
            path("leaks/", view(self.leaks_view), name="access_reminder_leaks"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List the units with overdue confirmations, longest overdue first; no inquiry is named."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        units = confirmations.overdue_units(today=timezone.localdate())
        context = {"title": _("Overdue confirmations"), "units": units}
        return self._page(request, "list", {**context, "grace": confirmations.grace().days})

    def leaks_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a code; POST shows what it points at, after the search is entered."""
        user = request.user
        if not isinstance(user, User) or not holds(user, Role.AUDITOR):
            raise PermissionDenied
        form = LeakForm(request.POST or None)
        context: dict[str, Any] = {"title": _("Trace a watermark"), "form": form}
        if request.method == "POST" and form.is_valid():
            stated = form.cleaned_data
            try:
                found = leaks.trace(pointed=stated["code"], reason=stated["reason"], by=user)
            except NotEntered:
                return self.not_entered(request)
            context |= {"searched": stated["code"].text, "found": found}
        return self._page(request, "leaks", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(
            request, f"admin/access/reminder/{name}.html", {**common, **context}
        )
