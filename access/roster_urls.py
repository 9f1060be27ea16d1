"""The addresses of staff rosters; the receipt is all that one ever holds."""

from django.urls import path, re_path

from access import roster_pages
from access.inquiry import ALPHABET, RECEIPT_LENGTH

RECEIPT = rf"(?P<receipt>[{ALPHABET}]{{{RECEIPT_LENGTH}}})"

urlpatterns = [
    path("", roster_pages.listed, name="rosters"),
    path("new/", roster_pages.new, name="new_roster"),
    re_path(rf"^{RECEIPT}/$", roster_pages.roster, name="roster"),
    re_path(rf"^{RECEIPT}/add/$", roster_pages.add, name="roster_add"),
    re_path(rf"^{RECEIPT}/paste/$", roster_pages.paste, name="roster_paste"),
    re_path(rf"^{RECEIPT}/remove/$", roster_pages.remove, name="roster_remove"),
    re_path(rf"^{RECEIPT}/discard/$", roster_pages.discard, name="roster_discard"),
    re_path(rf"^{RECEIPT}/send/$", roster_pages.send, name="roster_send"),
    re_path(rf"^{RECEIPT}/progress/$", roster_pages.progress, name="roster_progress"),
]
