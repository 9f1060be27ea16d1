"""Which accounts must have a second factor, and where they are sent until they have one.

allauth asks for the factor at sign-in once an account has it; this sees to it that it has.
"""

from collections.abc import Callable

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from access.roles import EXCLUSIVE, Role, roles_of

REQUIRED = EXCLUSIVE | {Role.REVIEWING_OFFICER}
OPEN = ("/accounts/", "/language/", "/health/")


class SecondFactorMiddleware:
    """Leads administrators, auditors and reviewing officers without a second factor to its set-up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.REGISTRY_REQUIRE_SECOND_FACTOR and is_missing(request):
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        return self.get_response(request)


def is_missing(request: HttpRequest) -> bool:
    """Say whether this page is closed to the account for want of a second factor."""
    if request.path.startswith(OPEN) or not roles_of(request.user) & REQUIRED:
        return False
    records = get_authentication_records(request, request.user)
    if any(record.get("method") == "mfa" for record in records):
        return False
    return not is_mfa_enabled(request.user)
