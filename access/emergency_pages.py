"""The asking unit's emergency button (紧急停用): everything it is authorised for is suspended at once, by one official.

To give it back takes two security administrators. Knows no inquiry and no record.
"""

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access import authorisations, standing
from access.accounts import User
from access.ground_words import authorised_ground
from access.units import Authorisation
from sealing.audit_log import NotEntered


class EmergencyForm(forms.Form):
    """One confirmation, so that nobody stops his unit by mistake."""

    sure = forms.BooleanField(
        label=_("Suspend every authorisation of my unit now"),
        error_messages={"required": _("Confirm that everything is to be suspended now.")},
    )


@require_http_methods(["GET", "POST"])
def emergency(request: HttpRequest) -> HttpResponse:
    """Show what is in force, and suspend it on confirmation; what is suspended stays so until two give it back."""
    unit = standing.inquiring_unit(request.user)
    form = EmergencyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            authorisations.suspend_all_of(unit=unit, by=cast(User, request.user))
        except NotEntered:
            return render(request, "access/not_entered.html", status=503)
        return redirect("emergency")
    held = Authorisation.objects.filter(unit=unit, valid_to__gte=timezone.localdate())
    rows = [(authorised_ground(one.ground), one) for one in held]
    context = {
        "rows": rows,
        "in_force": any(one.suspended_at is None for _ground, one in rows),
        "form": form,
    }
    return render(request, "access/emergency.html", context)
