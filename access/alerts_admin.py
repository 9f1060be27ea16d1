"""The auditor's pages of alerts: what the rules found, the entries behind it, and the verdict. No person is named."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from access import alert_words, judging
from access.accounts import User
from access.alerts import Alert, AlertNote, Canary
from access.ground_words import ID_TYPES
from access.units import Unit
from sealing import log_words
from sealing.admin_parts import Part
from sealing.audit_log import NotEntered
from sealing.models import AuditEntry

SHOWN = 200


class VerdictForm(forms.Form):
    """An auditor's verdict; whoever finds misuse says what he found."""

    verdict = forms.ChoiceField(
        label=_("verdict"), choices=Alert.Verdict.choices[1:], widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Sealed. Only auditors read it."),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a finding of misuse without a word about it."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("verdict") == Alert.Verdict.MISUSE and not cleaned.get("note", "").strip():
            self.add_error("note", _("Say what you found."))
        return cleaned


class CanaryForm(forms.Form):
    """A document by type and number; a keyed hash is all that is kept of it."""

    id_type = forms.ChoiceField(label=_("Type of document"), choices=list(ID_TYPES.items()))
    id_number = forms.CharField(
        label=_("Document number"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@admin.register(Alert)
class Alerts(Part):
    """The list, open ones first; one alert with its entries and its verdict."""

    def get_urls(self) -> list[URLPattern]:
        """Leave out every page that adds, changes or deletes in the usual way."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="access_alert_changelist"),
            path("canaries/", view(self.canaries_view), name="access_alert_canaries"),
            path("<uuid:key>/", view(self.alert_view), name="access_alert_change"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the alerts: those nobody has looked at first."""
        self._auditor(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        alerts = list(Alert.objects.all()[:SHOWN])
        lines = [(alert, alert_words.title(alert), alert_words.concerns(alert)) for alert in alerts]
        context = {"title": _("Alerts"), "lines": lines, "shown": SHOWN, "placeless": _placeless()}
        return self._page(request, "list", context)

    def alert_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Show one alert with its entries; POST keeps a verdict."""
        auditor = self._auditor(request)
        alert = Alert.objects.filter(pk=key).first()
        if alert is None:
            raise Http404
        form = VerdictForm(request.POST or None, initial={"verdict": alert.verdict})
        try:
            if request.method == "POST" and form.is_valid():
                verdict = Alert.Verdict(form.cleaned_data["verdict"])
                note = form.cleaned_data["note"]
                judging.judge(alert=alert, verdict=verdict, note=note, by=auditor)
                messages.success(request, now_("The verdict is kept."))
                return HttpResponseRedirect(reverse("admin:access_alert_changelist"))
            judging.read(alert=alert, by=auditor)
        except NotEntered:
            return self.not_entered(request)
        context = {
            "title": alert_words.title(alert),
            "alert": alert,
            "concerns": alert_words.concerns(alert),
            "look_at": alert_words.LOOK_AT.get(alert.rule, ""),
            "form": form,
            "notes": AlertNote.objects.filter(alert=alert),
            "entries": [
                (entry, log_words.when(entry), log_words.outcome(entry.outcome))
                for entry in AuditEntry.objects.using("audit")
                .defer("body")
                .filter(pk__in=alert.entries[:SHOWN])
                .order_by("pk")
            ],
        }
        return self._page(request, "alert", context)

    def canaries_view(self, request: HttpRequest) -> HttpResponse:
        """Say how many canary persons there are, never who; POST adds one."""
        auditor, form = self._auditor(request), CanaryForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                judging.set_canary(**form.cleaned_data, by=auditor)
            except NotEntered:
                return self.not_entered(request)
            messages.success(request, now_("Every inquiry about this person raises an alert now."))
            return HttpResponseRedirect(reverse("admin:access_alert_canaries"))
        context = {"title": _("Canary persons"), "form": form, "count": Canary.objects.count()}
        return self._page(request, "canaries", context)

    def _auditor(self, request: HttpRequest) -> User:
        if not self.has_view_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        return request.user

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"admin/access/alert/{name}.html", {**common, **context})


def _placeless() -> int:
    """Return for how many units that ask surname and place cannot be compared, since their code names no place."""
    units = Unit.objects.filter(active=True, sandbox=False, authorisations__isnull=False).distinct()
    return sum(not unit.division for unit in units)
