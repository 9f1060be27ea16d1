"""The addresses of the site. No name and no number of a person is ever part of one."""

from allauth.account import views as account
from django.contrib import admin
from django.urls import include, path

from config import pages

accounts = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
]

urlpatterns = [
    path("", pages.home, name="home"),
    path("language/", pages.language, name="language"),
    path("health/", pages.health, name="health"),
    path("accounts/", include(accounts)),
    path("records/", include("registry.urls")),
    path("inquiries/", include("access.urls")),
    path("notifications/", include("access.notification_urls")),
    path("reviews/", include("access.review_urls")),
    path("api/v1/", include("access.api_urls")),
    path("admin/", admin.site.urls),
]
