"""Retention of the log in the administration: one account proposes to drop the oldest month, another one approves or refuses.

Shows numbers and digests, no entry. Who may propose (add) and who may approve (change) is the site's to say.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.forms.renderers import TemplatesSetting
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from sealing import retention
from sealing.admin_parts import Part
from sealing.audit_log import NotEntered
from sealing.models import DropProposal
from sealing.retention import Course, NotDroppable

WHY_NOT: dict[str, str | Promise] = {
    "no_term": _("The log is kept without end: no term is set."),
    "too_young": _("The oldest month has not been kept for the whole term."),
    "not_sequenced": _("Not every entry of this month is under a signed checkpoint."),
    "standing": _("This month is proposed already."),
    "same_account": _("Whoever proposes does not decide."),
    "decided": _("This was decided already."),
}
SHOWN = 100


class ProposalForm(forms.Form):
    """What a proposal states; the month is the oldest one."""

    default_renderer = TemplatesSetting

    archive = forms.CharField(
        label=_("SHA-256 of the archive"),
        max_length=64,
        validators=[RegexValidator(r"^[0-9a-f]{64}\Z", _("Enter 64 digits, 0 to 9 and a to f."))],
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"


@admin.register(DropProposal)
class Retention(Part):
    """Two pages: the term with all proposals and the form, and one proposal with its decision."""

    def get_urls(self) -> list[URLPattern]:
        """Leave out every page that adds, changes or deletes in the usual way."""
        view, name = self.admin_site.admin_view, "sealing_dropproposal"
        return [
            path("", view(self.changelist_view), name=f"{name}_changelist"),
            path("<uuid:key>/", view(self.proposal_view), name=f"{name}_change"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show term, oldest month and proposals; POST proposes."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD", "POST"}:
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        form = ProposalForm(request.POST or None)
        if request.method == "POST":
            if not self.has_add_permission(request):
                raise PermissionDenied
            if form.is_valid() and (answer := self._proposed(request, form)):
                return answer
        month, term = retention.oldest_month(), retention.term()
        context = {
            "title": _("Retention of the log"),
            "month": month,
            "term": term,
            "ends": term.ends(month) if term else None,
            "form": form if term and self.has_add_permission(request) else None,
            "lines": [
                (made, state(retention.course(made))) for made in DropProposal.objects.all()[:SHOWN]
            ],
        }
        return self._page(request, "list", context)

    def proposal_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Show one proposal; POST approves or refuses it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD", "POST"}:
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        made = DropProposal.objects.filter(pk=key).first()
        if made is None:
            raise Http404
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            return self._decided(request, made)
        went = retention.course(made)
        decides = self.has_change_permission(request) and went.approved is None
        context = {
            "title": _("Order to drop a month"),
            "facts": _facts(made, went),
            "note": went.note,
            "decides": decides,
        }
        return self._page(request, "order", context)

    def _proposed(self, request: HttpRequest, form: ProposalForm) -> HttpResponse | None:
        try:
            key = retention.propose(**form.cleaned_data, by=request.user.get_username())
        except NotDroppable as problem:
            form.add_error("archive", str(WHY_NOT[problem.code]))
            return None
        except NotEntered:
            return self.not_entered(request)
        messages.success(request, now_("It is proposed. A security administrator decides."))
        return HttpResponseRedirect(_address(key))

    def _decided(self, request: HttpRequest, made: DropProposal) -> HttpResponse:
        act = {"approve": retention.approve, "refuse": retention.refuse}.get(
            request.POST.get("act", "")
        )
        if act is None:
            return HttpResponse(status=400)
        try:
            act(made, by=request.user.get_username())
            messages.success(request, now_("Your decision is kept and entered in the log."))
        except NotDroppable as problem:
            messages.error(request, str(WHY_NOT[problem.code]))
        except NotEntered:
            return self.not_entered(request)
        return HttpResponseRedirect(_address(made.pk))

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(
            request, f"admin/sealing/dropproposal/{name}.html", {**common, **context}
        )


def state(went: Course) -> str:
    """Say how far a proposal has come."""
    if went.dropped_at:
        return now_("Dropped")
    if went.approved is None:
        return now_("Proposed")
    return now_("Ordered") if went.approved else now_("Refused")


def _address(key: UUID) -> str:
    return reverse("admin:sealing_dropproposal_change", args=[key])


def _facts(made: DropProposal, went: Course) -> list[tuple[str, Any]]:
    said = made.document
    return [
        (now_("Order"), made.pk),
        (now_("State"), state(went)),
        (now_("Month"), said["month"]),
        (now_("Entries"), said["entries"]),
        (now_("First and last index"), f"{said['first']} – {said['last']}"),
        (now_("Digest of the leaves"), said["leaves"]),
        (now_("Under the checkpoint of size"), said["size"]),
        (now_("SHA-256 of the archive"), said["archive"]),
        (now_("Reason"), said["reason"]),
        (now_("Legal basis"), said["legal_basis"]),
        (now_("Proposed by"), made.proposed_by),
        (now_("Decided by"), went.decided_by or "—"),
        (now_("Dropped by"), went.dropped_by or "—"),
    ]
