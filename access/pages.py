"""The inquirers' pages: choose a ground, ask, read what was decided, view an answer.

What an inquiry's page shows depends on the request and on the decision alone. Person, time of day and anything
a record could change stay off it, so two denials of the same kind are the same bytes apart from the receipt.
"""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access import answer_words, grounds, lookups, standing, undertakings
from access.accounts import User
from access.exceptions import StatutoryException
from access.forms import AnswerForm, InquiryForm
from access.inquiries import submit
from access.inquiry import Inquiry
from access.inquiry_words import described, listed
from sealing.audit_log import NotEntered

PAGE_LENGTH = 25


@require_GET
def inquiries(request: HttpRequest) -> HttpResponse:
    """List the inquiries of one's unit that one may see, newest first; `before` and `after` are receipts."""
    visible = standing.visible_inquiries(_official(request))
    page, older, newer = _keyset(request, visible)
    rows = [listed(inquiry) for inquiry in page]
    return render(request, "access/inquiries.html", {"rows": rows, "older": older, "newer": newer})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose exception and ground, then ask: one POST carries the whole inquiry.

    What is left out is said once; with `confirm` the inquiry is sent as it is, and denied with its reasons.
    """
    official, today = _official(request), timezone.localdate()
    unit = standing.inquiring_unit(official)
    if request.method == "GET":
        return _choose(request, official) or _ask(request, InquiryForm(by=official, initial=request.GET.dict()))
    form = InquiryForm(request.POST, by=official)
    if not form.is_ready(today=today):
        return _ask(request, form)
    try:
        inquiry = submit(
            facts=form.facts(), person=form.person(), by=official, today=today, id=form.inquiry_id()
        )
    except NotEntered:
        return render(request, "access/not_entered.html", status=503)
    return redirect("inquiry", inquiry.receipt)
