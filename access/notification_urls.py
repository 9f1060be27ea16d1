"""Addresses below /notifications/: a notice's key is random, and nothing of a person is ever part of one."""

from django.urls import path

from access import notification_pages

urlpatterns = [
    path("", notification_pages.register, name="notifications"),
    path("new/", notification_pages.new, name="new_notification"),
    path("<uuid:key>/again/", notification_pages.again, name="notification_again"),
]
