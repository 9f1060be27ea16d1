"""The inquirers' pages: choose a ground, ask, read what was decided, view an answer.

What an inquiry's page shows depends on the request and on the decision alone. Person, time of day and anything
a record could change stay off it, so two denials of the same kind are the same bytes apart from the receipt.
"""

from collections.abc import Callable
from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access import (
    answer_paper,
    answer_words,
    confirmations,
    contest_pages,
    copies_pages,
    grounds,
    inquiry_words,
    lookups,
    reply_pages,
    roster_words,
    standing,
    undertakings,
    yearly_checks,
)
from access.accounts import User
from access.forms import AnswerForm, InquiryForm
from access.ground_words import EXCEPTIONS
from access.inquiries import submit
from access.inquiry import Inquiry
from access.units import Unit
from access.watermark import watermark
from sealing.audit_log import NotEntered

PAGE_LENGTH = 25
#: What the address of the form may say: the ground, and nothing about anybody.
GROUND_FIELDS = ("exception", "provision", "case_kind", "check")


@require_GET
def inquiries(request: HttpRequest) -> HttpResponse:
    """List the inquiries of one's unit that one may see, newest first; `before` and `after` are receipts."""
    official, unit = _asker(request)
    found, older, newer = _page(request, standing.visible_inquiries(official, unit=unit))
    rows = [(inquiry.receipt, inquiry_words.in_words(inquiry)) for inquiry in found]
    yearly = yearly_checks.possible(unit_kind=unit.kind, today=timezone.localdate())
    context = {"rows": rows, "older": older, "newer": newer, "has_rosters": bool(yearly)}
    return render(request, "access/inquiries.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose the ground, then ask: one POST carries the whole inquiry.

    What is left out is said once; with `confirm` the inquiry is sent as it is, and denied with its reasons. Whoever
    has left copies of earlier answers unaccounted for gets no further than the door: nothing is decided or stored.
    """
    official, unit = _asker(request)
    today = timezone.localdate()
    if request.method == "GET":
        held_up = copies_pages.held_up(request, unit=unit, official=official, today=today)
        return held_up or _choice(request, official, unit)
    form = InquiryForm(request.POST, by=official)
    if not form.is_ready(today=today):
        return _form(request, form, unit)
    facts, person, id = form.facts(), form.person(), form.inquiry_id()
    if confirmations.overdue(unit=unit, officials=facts.officials, today=today).exists():
        form.add_error(None, confirmations.HELD_UP)
        return _form(request, form, unit)
    try:
        inquiry = submit(facts=facts, person=person, by=official, today=today, id=id)
    except NotEntered:
        return render(request, "access/not_entered.html", status=503)
    return redirect("inquiry", inquiry.receipt)


@require_GET
def inquiry(request: HttpRequest, receipt: str) -> HttpResponse:
    """Show what was decided; an inquiry one may not see is one that does not exist."""
    return _decided(request, visible(request, receipt), AnswerForm())


@require_POST
def answer(request: HttpRequest, receipt: str) -> HttpResponse:
    """Look up, after a fresh confirmation of the undertaking; each view is a lookup of its own."""
    return looked_up(request, receipt, shown=answer_page)


def looked_up(
    request: HttpRequest,
    receipt: str,
    *,
    shown: Callable[[HttpRequest, Inquiry, lookups.Disclosure], HttpResponse],
) -> HttpResponse:
    """Look up when the undertaking is given, and let `shown` answer with what was disclosed."""
    found, form = visible(request, receipt), AnswerForm(request.POST)
    if found.may_be_viewed(now=timezone.now()) and not form.is_valid():
        return _decided(request, found, form)
    try:
        disclosure = lookups.look_up(inquiry=found, by=cast(User, request.user))
    except lookups.NotGranted:
        return render(request, "access/not_granted.html", {"receipt": receipt}, status=409)
    except lookups.Expired:
        return render(request, "access/expired.html", {"receipt": receipt}, status=410)
    except NotEntered:
        return render(request, "access/not_entered.html", status=503)
    return shown(request, found, disclosure)


@require_GET
def proof(request: HttpRequest, receipt: str) -> JsonResponse:
    """Give the signed receipt of the decision as a file.

    It differs from one inquiry to the next, so it is not on the inquiry's page.
    """
    found = visible(request, receipt)
    if found.proof is None:
        raise Http404
    name = f'attachment; filename="receipt-{receipt}.json"'
    return JsonResponse(found.proof, headers={"Content-Disposition": name})


def _asker(request: HttpRequest) -> tuple[User, Unit]:
    """Return who is signed in and the unit he may ask for; PermissionDenied for everybody else."""
    unit = standing.inquiring_unit(request.user)
    official = cast(User, request.user)
    official.unit = unit
    return official, unit


def _own(request: HttpRequest) -> QuerySet[Inquiry]:
    official, unit = _asker(request)
    return standing.visible_inquiries(official, unit=unit)


def visible(request: HttpRequest, receipt: str) -> Inquiry:
    """Return an inquiry of one's own; one statement answers for "none", "another unit's" and "not yours" alike: 404."""
    return get_object_or_404(_own(request).select_related("unit"), receipt=receipt)


def _choice(request: HttpRequest, official: User, unit: Unit) -> HttpResponse:
    """First the exception, then the ground, then the form; only what holds today is offered."""
    today = timezone.localdate()
    held = standing.grounds_held(unit, today=today)
    offered = grounds.offered(unit_kind=unit.kind, held=held, today=today)
    exception = request.GET.get("exception", "")
    asked = {name: request.GET.get(name, "") for name in GROUND_FIELDS}
    if grounds.chosen(asked, unit.kind) in offered.get(exception, []):
        return _form(request, InquiryForm(by=official, initial=asked), unit)
    context = {
        "exceptions": [(id, EXCEPTIONS[id], offered[id]) for id in offered],
        "exception": EXCEPTIONS.get(exception),
        "grounds": offered.get(exception),
        "step": 2 if exception in offered else 1,
    }
    return render(request, "access/choose.html", context)


def _form(request: HttpRequest, form: InquiryForm, unit: Unit) -> HttpResponse:
    stated = {name: form[name].value() or "" for name in GROUND_FIELDS if name in form.fields}
    ground = grounds.chosen(stated, unit.kind)
    context = {"form": form, "ground": ground, "exception": EXCEPTIONS.get(stated["exception"])}
    return render(request, "access/new.html", context)


def _decided(request: HttpRequest, found: Inquiry, form: AnswerForm) -> HttpResponse:
    context = {
        "receipt": found.receipt,
        "words": inquiry_words.in_words(found),
        "is_granted": found.status == Inquiry.Status.GRANTED,
        "may_be_viewed": found.may_be_viewed(now=timezone.now()),
        "was_opened": found.views > 0,
        "is_under_review": found.status == Inquiry.Status.UNDER_REVIEW,
        "form": form,
        "roster": roster_words.of_inquiry(found),
        **reply_pages.asked(found),
        "has_proof": found.proof is not None,
        "has_notice": answer_paper.may_have_notice(found),
        **contest_pages.shown(found),
    }
    return render(request, "access/inquiry.html", context)


def answer_page(
    request: HttpRequest, found: Inquiry, disclosure: lookups.Disclosure, *, not_set: bool = False
) -> HttpResponse:
    """Show an answer; `not_set` when it was asked for as PDF and could not be set as one."""
    now, number = timezone.localtime(), cast(User, request.user).number
    context = {
        "mark": watermark(unit=found.unit, number=number, at=now, entry=disclosure.entry),
        "receipt": found.receipt,
        "disclosure": disclosure,
        "words": answer_words.in_words(disclosure.answer, found),
        "decided": inquiry_words.in_words(found),
        "duty": undertakings.DUTY,
        "unit": found.unit,
        "not_set": not_set,
        "now": now,
    }
    return render(request, "access/answer.html", context)


def _page(request: HttpRequest, visible: QuerySet[Inquiry]) -> tuple[list[Inquiry], Any, Any]:
    """Return one page and the receipts that lead to the older and to the newer one, without counting."""
    before, after = request.GET.get("before"), request.GET.get("after")
    found = visible
    if before:
        found = visible.filter(id__lt=get_object_or_404(visible, receipt=before).pk)
    elif after:
        found = visible.filter(id__gt=get_object_or_404(visible, receipt=after).pk).order_by("id")
    rows = list(found[: PAGE_LENGTH + 1])
    more, rows = len(rows) > PAGE_LENGTH, rows[:PAGE_LENGTH]
    if after and not before:
        rows.reverse()
        is_older, is_newer = True, more
    else:
        is_older, is_newer = more, bool(before)
    older = rows[-1].receipt if rows and is_older else None
    newer = rows[0].receipt if rows and is_newer else None
    return rows, older, newer
