"""The security administrator's pages of authorisations: what is held, and the form that proposes more or cuts down.

Nothing is saved from the form itself: what gives more becomes a proposal that another administrator approves
(`access.authorisation_desk`), what only cuts down takes effect at once.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from access import authorisations, proposals
from access.admin_filters import GroundFilter
from access.admin_forms import AuthorisationForm
from access.ground_words import authorised_ground
from access.models import Authorisation, User
from sealing.admin_parts import Part
from sealing.audit_log import NotEntered

LETTER = ("letter_number", "letter_issued_on")


@admin.register(Authorisation)
class Authorisations(Part):
    """What a unit may ask for, by which officials, from when until when."""

    form = AuthorisationForm
    list_display = (
        *("asking_unit", "ground_in_words", "valid_from", "valid_to"),
        *("daily_budget", "is_suspended"),
    )
    list_filter = (GroundFilter,)
    list_select_related = ("unit",)
    search_fields = ("^unit__code", "ground")
    fields = ("unit", "ground", "valid_from", "valid_to", "officials", "daily_budget", *LETTER)
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

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer one button: the form proposes or cuts down, and leads to what waits for approval."""
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Authorisation, form: Any, change: bool) -> None:
        """Save nothing: `save_related` proposes or cuts down through the verbs."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Cut down at once, or propose what gives more."""
        by, held = _administrator(request), form.instance
        if not form.has_changed():
            return
        if form.only_cuts_down():
            authorisations.narrow(authorisation=held, terms=form.terms(), by=by)
            messages.success(request, now_("The authorisation was cut down at once."))
            return
        try:
            proposals.propose(
                unit=held.unit,
                ground=held.ground,
                terms=form.terms(),
                letter=form.letter(),
                by=by,
                authorisation=held if change else None,
            )
        except (proposals.NotOpen, proposals.Stale):
            _say_refused(request)
        else:
            _say_proposed(request)

    def construct_change_message(self, request: HttpRequest, form: Any, *args: Any) -> Any:
        """Say nothing: no second list of changes is kept."""
        return []

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """Go to what waits for approval."""
        return HttpResponseRedirect(reverse("admin:approvals"))

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        """Go to what waits for approval."""
        return HttpResponseRedirect(reverse("admin:approvals"))

    def get_urls(self) -> list[URLPattern]:
        """Add the two buttons: suspend, and propose to give back."""
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
        """Take an authorisation away at once, or propose that it is given back; only by POST."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        by, held = _administrator(request), get_object_or_404(Authorisation, pk=key)
        try:
            if act == "suspend":
                authorisations.suspend(authorisation=held, by=by)
                messages.success(request, now_("The authorisation is suspended."))
            else:
                proposals.propose_return(authorisation=held, by=by)
                _say_proposed(request)
        except (proposals.NotOpen, proposals.Stale):
            _say_refused(request)
        except NotEntered:
            return self.not_entered(request)
        return HttpResponseRedirect(reverse("admin:access_authorisation_change", args=[key]))


def _administrator(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _say_proposed(request: HttpRequest) -> None:
    words = now_("It was proposed. It has force when another security administrator approves it.")
    messages.success(request, words)


def _say_refused(request: HttpRequest) -> None:
    words = now_(
        "Nothing was proposed: another proposal about this authorisation waits already, or it changed meanwhile."
    )
    messages.error(request, words)
