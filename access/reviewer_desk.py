"""The security administrator's page on reviews: who is assigned, what is overdue, where officers are missing.

Assigns and reassigns; shows no vote, no person and nothing that the unit stated beyond the ground. Whether an
officer has voted is shown, because only an open review can be given to another.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as now_
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from access import (
    contest_officers,
    contest_words,
    ground_words,
    review_clock,
    review_words,
    reviewers,
)
from access.accounts import User
from access.inquiry import Inquiry
from access.roles import Role, holds
from sealing.audit_log import NotEntered


def addresses(site: admin.AdminSite) -> list[URLPattern]:
    """Return the addresses of the page and of its two acts, for the administration."""
    return [
        path("reviewers/", site.admin_view(desk), name="reviewers"),
        path("reviewers/assign/", site.admin_view(assign), name="reviewers_assign"),
        path(
            "reviewers/<str:receipt>/reassign/",
            site.admin_view(reassign),
            name="reviewers_reassign",
        ),
    ]


def missing(user: Any) -> int:
    """Return how many inquiries have too few reviewers; 0 for whoever is no security administrator."""
    if not holds(user, Role.SECURITY_ADMINISTRATOR):
        return 0
    return len(reviewers.too_few()) + len(contest_officers.too_few())


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """List the inquiries under review, overdue first, with their officers."""
    _administrator(request)
    context = {
        **admin.site.each_context(request),
        "title": now_("Reviewers"),
        "rows": _rows(),
        "contests": _contests(),
        "causes": reviewers.CAUSES,
    }
    return TemplateResponse(request, "admin/reviewers.html", context)


def _rows() -> list[dict[str, Any]]:
    counted = review_clock.clocks(review_clock.under_review(), today=timezone.localdate())
    inquiries = [inquiry for inquiry, _clock in counted]
    held, lacking = reviewers.assigned_to(inquiries), dict(reviewers.too_few())
    return [
        {
            "receipt": inquiry.receipt,
            "unit": inquiry.unit,
            "ground": ground_words.ground_name(inquiry),
            "clock": clock,
            "due": review_words.due_text(clock),
            "lacking": lacking.get(inquiry, 0),
            "officers": [(officer.number, officer.pk in cast) for officer in held[inquiry.pk]],
        }
        for inquiry, clock in counted
        for cast in [reviewers.voted(inquiry)]
    ]


def _contests() -> list[dict[str, Any]]:
    lacking = dict(contest_officers.too_few())
    return [
        {
            "receipt": made.inquiry.receipt,
            "unit": made.inquiry.unit,
            "ground": ground_words.ground_name(made.inquiry),
            "due": contest_words.day_text(clock.due),
            "overdue": clock.overdue,
            "lacking": lacking.get(made, 0),
            "officers": [
                (officer.number, officer.pk in cast) for officer in contest_officers.assigned(made)
            ],
        }
        for made in contest_officers.under_way()
        for clock, cast in [(contest_officers.clock(made), contest_officers.voted(made))]
    ]


@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Assign officers wherever some are missing."""
    _administrator(request)
    try:
        waiting = reviewers.staff_waiting() + contest_officers.staff_waiting()
    except NotEntered:
        return _not_entered(request)
    if waiting:
        words = ngettext(
            "%(count)d inquiry still has too few reviewers.",
            "%(count)d inquiries still have too few reviewers.",
            waiting,
        )
        messages.warning(request, words % {"count": waiting})
    else:
        messages.success(request, now_("Every inquiry under review has its reviewers."))
    return HttpResponseRedirect(reverse("admin:reviewers"))


@require_POST
def reassign(request: HttpRequest, receipt: str) -> HttpResponse:
    """Give one officer's open review, or second look, to another."""
    by = _administrator(request)
    cause = request.POST.get("cause", "")
    officer = User.objects.filter(number=request.POST.get("officer", "")).first()
    made = contest_officers.under_way().filter(inquiry__receipt=receipt).first()
    try:
        if made is not None:
            chosen = contest_officers.reassign(made=made, officer=officer, cause=cause, by=by)
        else:
            under_review = Inquiry.objects.filter(status=Inquiry.Status.UNDER_REVIEW)
            inquiry = get_object_or_404(under_review, receipt=receipt)
            chosen = reviewers.reassign(inquiry=inquiry, officer=officer, cause=cause, by=by)
    except reviewers.NotAssignable:
        messages.error(
            request,
            now_(
                "Nothing was changed: the officer has voted, the clock has not run out, or nobody else is free."
            ),
        )
    except NotEntered:
        return _not_entered(request)
    else:
        words = now_("The review is now with %(officer)s.")
        messages.success(request, words % {"officer": chosen.number})
    return HttpResponseRedirect(reverse("admin:reviewers"))


def _administrator(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User) or user.is_superuser:
        raise PermissionDenied
    if not holds(user, Role.SECURITY_ADMINISTRATOR):
        raise PermissionDenied
    return user


def _not_entered(request: HttpRequest) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "opts": Inquiry._meta,
        "title": now_("The audit log could not be written"),
    }
    return TemplateResponse(request, "admin/not_entered.html", context, status=503)
