"""Parts of the administration: a model's pages are open only where the site says that this account may.

Permission is asked of the site (`permits`), never of `is_superuser`; a site that cannot say permits nothing.
Nothing is deleted here, and Django's own list of recent actions is not written: what staff change is kept by
the append-only staff change log.
"""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.forms.renderers import TemplatesSetting
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from sealing.audit_log import NotEntered

VIEW, ADD, CHANGE = "view", "add", "change"


class PartForm(ModelForm):
    """A form in the administration's own layout."""

    default_renderer = TemplatesSetting


class Part(admin.ModelAdmin):
    """A model in the administration: default deny, no deletion, no actions on many rows."""

    form = PartForm
    actions = None
    view_on_site = False
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the site whether the account may see this part."""
        return self._permitted(request, VIEW)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the site whether the account may add to this part."""
        return self._permitted(request, ADD)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the site whether the account may change this part."""
        return self._permitted(request, CHANGE)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: what was once relied upon stays."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the part in the index to those who may see it."""
        return self._permitted(request, VIEW)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Answer 404: the staff change log is the history, and auditors read it."""
        raise Http404

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: Any = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Add or change in one transaction with its audit entry; without the entry nothing is changed."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except NotEntered:
            return self.not_entered(request)

    def not_entered(self, request: HttpRequest) -> HttpResponse:
        """Answer 503: the audit entry could not be written, so nothing was shown or changed."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("The audit log could not be written"),
        }
        return TemplateResponse(request, "admin/not_entered.html", context, status=503)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write no second list of changes."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write no second list of changes."""

    def _permitted(self, request: HttpRequest, act: str) -> bool:
        permits = getattr(self.admin_site, "permits", None)
        return bool(permits and permits(request.user, act, self.model))
