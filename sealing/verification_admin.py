"""The auditors' page on which the log is verified: a button, how far it is, and what was found when, against what."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from sealing import finding_words, verification_request, verifying
from sealing.admin_parts import Part
from sealing.audit_log import NotEntered
from sealing.models import Verification, VerificationRun

NAME = "sealing_verification"
SHOWN = 50


@admin.register(Verification)
class Verifications(Part):
    """The list with the button, one result, and the progress of a run for the page's script."""

    def get_urls(self) -> list[URLPattern]:
        """Leave out every page that adds, changes or deletes in the usual way."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name=f"{NAME}_changelist"),
            path("<uuid:key>/", view(self.result_view), name=f"{NAME}_change"),
            path("<uuid:key>/progress/", view(self.progress_view), name=f"{NAME}_progress"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show what was found so far and how far the run is that is under way; POST asks for another."""
        self._refuse_others(request)
        if request.method == "POST":
            return self._asked(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        run = verifying.under_way()
        context = {
            "title": _("Verification of the log"),
            "run": run,
            "told": verifying.told(run) if run else "",
            "stalled": bool(run and verifying.has_stalled(run)),
            "results": verifying.newest_first(SHOWN),
        }
        return self._page(request, "list", context)

    def result_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Show what one verification found; the first bad entry is named first."""
        self._refuse_others(request)
        result = Verification.objects.filter(pk=key).first()
        if result is None:
            raise Http404
        context = {
            "title": _("Verification of the log"),
            "result": result,
            "findings": [finding_words.told(one) for one in result.found()],
        }
        return self._page(request, "result", context)

    def progress_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Tell the page's script how far a run is."""
        self._refuse_others(request)
        run = VerificationRun.objects.filter(pk=key).first()
        if run is None:
            raise Http404
        is_done = Verification.objects.filter(pk=key).exists()
        state = "done" if is_done else "working"
        return JsonResponse(
            {"state": state, "done": run.done, "total": run.total, "told": verifying.told(run)}
        )

    def _asked(self, request: HttpRequest) -> HttpResponse:
        unit = getattr(request.user, "unit", None)
        try:
            verification_request.ask(by=request.user.get_username(), unit=unit.code if unit else "")
        except verification_request.AlreadyAsked:
            messages.info(request, _("A verification waits to be begun already."))
        except NotEntered:
            return self.not_entered(request)
        return HttpResponseRedirect(reverse(f"{self.admin_site.name}:{NAME}_changelist"))

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts}
        template = f"admin/sealing/verification/{name}.html"
        return TemplateResponse(request, template, {**common, **context})

    def _refuse_others(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied
