"""Which filing role a page is for; every other account is refused, whatever else it may be."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from registry.officers import Officer, officer_of

View = Callable[..., HttpResponse]


def _for_role(holds: Callable[[Officer], bool]) -> Callable[[View], View]:
    def decorated(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            officer = officer_of(request.user)
            if not holds(officer):
                raise PermissionDenied
            return view(request, officer, *args, **kwargs)

        return guarded

    return decorated


for_clerks = _for_role(lambda officer: officer.is_clerk)
for_filing_officers = _for_role(lambda officer: officer.is_clerk or officer.is_verifying_officer)
for_verifying_officers = _for_role(lambda officer: officer.is_verifying_officer)
