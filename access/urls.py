"""The addresses of the inquirers' pages; the receipt is all that one ever holds."""

from django.urls import include, path, re_path

from access import (
    contest_pages,
    copies_pages,
    emergency_pages,
    pages,
    paper_pages,
    reply_pages,
)
from access.inquiry import ALPHABET, RECEIPT_LENGTH

RECEIPT = rf"(?P<receipt>[{ALPHABET}]{{{RECEIPT_LENGTH}}})"

urlpatterns = [
    path("", pages.inquiries, name="inquiries"),
    path("new/", pages.new, name="new_inquiry"),
    path("copies/", copies_pages.due, name="copies_due"),
    path("rosters/", include("access.roster_urls")),
    re_path(rf"^{RECEIPT}/$", pages.inquiry, name="inquiry"),
    re_path(rf"^{RECEIPT}/proof/$", pages.proof, name="proof"),
    re_path(rf"^{RECEIPT}/answer/$", pages.answer, name="answer"),
    re_path(rf"^{RECEIPT}/copies/$", copies_pages.copies, name="copies"),
    re_path(rf"^{RECEIPT}/answer/paper/$", paper_pages.answer, name="answer_paper"),
    re_path(rf"^{RECEIPT}/refusal/$", paper_pages.refusal, name="refusal"),
    path("emergency/", emergency_pages.emergency, name="emergency"),
    re_path(rf"^{RECEIPT}/contest/$", contest_pages.contest, name="contest"),
    re_path(rf"^{RECEIPT}/reply/$", reply_pages.reply, name="reply"),
]
