"""The addresses that give a paper: the answer of a fresh lookup, and the notice of a denial, as PDF.

Nothing is kept: an answer's paper is a lookup, with its view spent and its audit entries, and leaves as the response.
The file is called by the receipt alone.
"""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from access import answer_paper, paper, paper_fonts
from access.accounts import User
from access.answer_paper import Checking
from access.inquiry import Inquiry
from access.lookups import Disclosure
from access.origin import origin_of
from access.pages import answer_page, looked_up, visible


@require_POST
def answer(request: HttpRequest, receipt: str) -> HttpResponse:
    """Look up, after a fresh confirmation of the undertaking, and give the answer as PDF.

    Without a font nothing is looked up, so no view is spent in vain; when this one answer cannot be set, its page is
    shown instead.
    """
    try:
        paper_fonts.fonts()
    except paper_fonts.NoFont:
        visible(request, receipt)
        return _no_font(request, receipt)
    return looked_up(request, receipt, shown=_as_pdf)


@require_GET
def refusal(request: HttpRequest, receipt: str) -> HttpResponse:
    """Give the notice of a denial as PDF; 404 for an inquiry that is not denied, or not one's own."""
    found = visible(request, receipt)
    if not answer_paper.may_have_notice(found):
        raise Http404
    notice = answer_paper.refusal(found, checking=_checking(request))
    try:
        return _file(paper.pdf(notice), receipt)
    except (paper_fonts.NoFont, paper.NotSet):
        return _no_font(request, receipt)


def _as_pdf(request: HttpRequest, found: Inquiry, disclosure: Disclosure) -> HttpResponse:
    number, at = cast(User, request.user).number, timezone.now()
    told = answer_paper.answer(found, disclosure, number=number, at=at, checking=_checking(request))
    try:
        return _file(paper.pdf(told), found.receipt)
    except paper.NotSet:
        return answer_page(request, found, disclosure, not_set=True)


def _checking(request: HttpRequest) -> Checking:
    return Checking(origin_of(request) + reverse("check", args=["-"]).removesuffix("-/"))


def _file(content: bytes, receipt: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{receipt}.pdf"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _no_font(request: HttpRequest, receipt: str) -> HttpResponse:
    return render(request, "access/no_font.html", {"receipt": receipt}, status=503)
