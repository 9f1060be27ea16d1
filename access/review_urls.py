"""The addresses of the reviewing officers' pages; the receipt is all that one ever holds."""

from django.urls import path, re_path

from access import review_pages, second_look_pages
from access.urls import RECEIPT

urlpatterns = [
    path("", review_pages.queue, name="reviews"),
    path("voted/", review_pages.voted, name="voted"),
    re_path(rf"^contests/{RECEIPT}/$", second_look_pages.look, name="second_look"),
    re_path(rf"^contests/{RECEIPT}/vote/$", second_look_pages.vote, name="second_look_vote"),
    re_path(rf"^{RECEIPT}/$", review_pages.review, name="review"),
    re_path(rf"^{RECEIPT}/vote/$", review_pages.vote, name="review_vote"),
    re_path(rf"^{RECEIPT}/name/$", review_pages.show_name, name="review_name"),
]
