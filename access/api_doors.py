"""What every door of the interface asks before it opens: a token, and for inquiries and answers a signature.

The signature says that the agency sent exactly this call, to this address, now, and once. Knows no inquiry.
"""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.views import APIView

from access import call_counts, request_signatures
from access.agency_clients import AgencyClient
from access.api_callers import Caller
from access.problems import Problem
from access.request_signatures import NotSigned, SignedCall

#: An inquiry is far smaller; what is larger is not read.
LARGEST_BODY = 64 * 1024


class AgencyView(APIView):
    """A door of the interface: one method, for a client with a token."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that no call needs before it is read."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            raise Problem("too_large")
        super().initial(request, *args, **kwargs)


class SignedView(AgencyView):
    """A door that wants the agency's signature on the call as well; its nonce is spent here."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the signature, then spend the nonce, committed before anything is done."""
        super().initial(request, *args, **kwargs)
        if request.method not in self.allowed_methods:
            return
        client = client_of(request)
        try:
            nonce = request_signatures.checked_nonce(
                _signed_call(request._request),
                request.body,
                key_id=client.key_id,
                public_key=client.public_key_bytes,
            )
        except NotSigned as error:
            raise Problem(error.code, client=client) from error
        if not call_counts.spend(client=client, nonce=nonce):
            raise Problem("nonce_used", client=client)


def client_of(request: Request) -> AgencyClient:
    """Return the client whose token the call bears."""
    return cast(Caller, request.user).client


def _signed_call(request: HttpRequest) -> SignedCall:
    """Return the call as its sender saw it: behind a proxy the host is told, never the scheme."""
    scheme = "https" if settings.PRODUCTION else request.scheme
    origin = settings.REGISTRY_PUBLIC_URL or f"{scheme}://{request.get_host()}"
    headers = {
        name: value
        for name in request_signatures.HEADERS
        if (value := request.headers.get(name)) is not None
    }
    return SignedCall(request.method or "", origin + request.get_full_path(), headers)
