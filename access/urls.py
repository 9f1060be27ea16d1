"""The addresses of the inquirers' pages; the receipt is all that one ever holds."""

from django.urls import path, re_path

from access import copies_pages, pages, reply_pages
from access.inquiry import ALPHABET, RECEIPT_LENGTH

RECEIPT = rf"(?P<receipt>[{ALPHABET}]{{{RECEIPT_LENGTH}}})"

urlpatterns = [
    path("", pages.inquiries, name="inquiries"),
    path("new/", pages.new, name="new_inquiry"),
    path("copies/", copies_pages.due, name="copies_due"),
    re_path(rf"^{RECEIPT}/$", pages.inquiry, name="inquiry"),
    re_path(rf"^{RECEIPT}/proof/$", pages.proof, name="proof"),
    re_path(rf"^{RECEIPT}/answer/$", pages.answer, name="answer"),
    re_path(rf"^{RECEIPT}/copies/$", copies_pages.copies, name="copies"),
    re_path(rf"^{RECEIPT}/reply/$", reply_pages.reply, name="reply"),
]
