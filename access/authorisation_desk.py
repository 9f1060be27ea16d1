"""The security administrators' page of what waits: proposals to approve, what ends soon, what is suspended.

Shows the unit's application letter to whoever decides about it. Knows no inquiry and no record.
"""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as now_
from django.views.decorators.http import require_GET, require_POST

from access import authorisations, countdown, proposals
from access.accounts import User
from access.ground_words import authorised_ground
from access.proposal import AuthorisationProposal
from access.roles import Role, holds
from access.units import Authorisation
from sealing.audit_log import NotEntered


def addresses(site: admin.AdminSite) -> list[URLPattern]:
    """Return the addresses of the page and of its acts, for the administration."""
    return [
        path("approvals/", site.admin_view(desk), name="approvals"),
        path("approvals/<uuid:key>/", site.admin_view(proposal), name="approval"),
        path("approvals/<uuid:key>/approve/", site.admin_view(approve), name="approval_approve"),
        path("approvals/<uuid:key>/close/", site.admin_view(close), name="approval_close"),
    ]


def waiting(user: Any) -> int:
    """Return how many proposals of others an account can decide; 0 for whoever is no security administrator."""
    if not holds(user, Role.SECURITY_ADMINISTRATOR):
        return 0
    return proposals.waiting().exclude(made_by=user).count()


def stopped(user: Any) -> int:
    """Return how many authorisations their own units have suspended, for security administrators."""
    if not holds(user, Role.SECURITY_ADMINISTRATOR):
        return 0
    return sum(row["by_unit"] for row in _suspended())


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """List what waits for approval, what ends within 30 days, and what is suspended."""
    by = _administrator(request)
    found = [(one, authorised_ground(one.ground), one.made_by == by) for one in proposals.waiting()]
    context = {
        **admin.site.each_context(request),
        "title": now_("Approvals"),
        "proposals": found,
        "ending": countdown.ending(),
        "suspended": _suspended(),
    }
    return TemplateResponse(request, "admin/approvals.html", context)


@require_GET
def proposal(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show one proposal beside what is held now, with the buttons that are open to this administrator."""
    by, one = _administrator(request), _proposal(key)
    held = authorisations.terms_of(one.authorisation) if one.authorisation else None
    context = {
        **admin.site.each_context(request),
        "title": now_("Proposal"),
        "proposal": one,
        "ground": authorised_ground(one.ground),
        "held": held,
        "held_officials": sorted(held.officials) if held else [],
        "is_own": one.made_by_id == by.pk,
        "is_open": one.state == AuthorisationProposal.State.OPEN,
    }
    return TemplateResponse(request, "admin/approval.html", context)


@require_POST
def approve(request: HttpRequest, key: UUID) -> HttpResponse:
    """Put somebody else's proposal into force."""
    by, one = _administrator(request), _proposal(key)
    return _decided(
        request,
        lambda: proposals.approve(proposal=one, by=by),
        now_("Approved. It is in force now."),
    )


@require_POST
def close(request: HttpRequest, key: UUID) -> HttpResponse:
    """Refuse somebody else's proposal, or take one's own back."""
    by, one = _administrator(request), _proposal(key)
    is_own = one.made_by_id == by.pk
    done = now_("The proposal was taken back.") if is_own else now_("The proposal was refused.")
    return _decided(request, lambda: proposals.close(proposal=one, by=by), done)


def _decided(request: HttpRequest, act: Any, done: str) -> HttpResponse:
    try:
        act()
    except proposals.NotOpen:
        messages.error(request, now_("Nothing was changed: the proposal is decided or lapsed."))
    except proposals.Stale:
        words = now_(
            "Nothing was changed: an official is no longer of the unit, or an authorisation from that day exists."
        )
        messages.error(request, words)
    except NotEntered:
        return _not_entered(request)
    else:
        messages.success(request, done)
    return HttpResponseRedirect(reverse("admin:approvals"))


def _suspended() -> list[dict[str, Any]]:
    """Return what is suspended, with who did it, and whether that was somebody of the unit itself."""
    held = Authorisation.objects.filter(suspended_at__isnull=False).select_related("unit")
    found = list(held.order_by("-suspended_at"))
    accounts = User.objects.filter(number__in=[one.suspended_by for one in found])
    units = dict(accounts.values_list("number", "unit"))
    return [
        {
            "authorisation": one,
            "ground": authorised_ground(one.ground),
            "by_unit": units.get(one.suspended_by) == one.unit_id,
        }
        for one in found
    ]


def _proposal(key: UUID) -> AuthorisationProposal:
    known = AuthorisationProposal.objects.select_related(
        "unit", "made_by", "decided_by", "authorisation__unit"
    )
    return get_object_or_404(known, pk=key)


def _administrator(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    authorisations.administrator(user)
    return user


def _not_entered(request: HttpRequest) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "opts": Authorisation._meta,
        "title": now_("The audit log could not be written"),
    }
    return TemplateResponse(request, "admin/not_entered.html", context, status=503)
