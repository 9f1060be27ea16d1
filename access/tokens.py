"""Tokens for clients: client credentials of OAuth 2.0 (RFC 6749 §4.4) and no other grant, five minutes long.

Of a token the database keeps a checksum only. Checking a secret is slow on purpose, so it is done a limited number of
times a minute for each client, and not at all for a client nobody knows.
"""

import base64
import binascii
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.views import TokenView

from access import api_callers, call_counts, problems
from access.agency_clients import AgencyClient
from access.problems import Problem
from sealing.audit_log import NotEntered

REFUSED = HTTPStatus.UNAUTHORIZED


class AgencyValidator(OAuth2Validator):
    """Takes the secret of a client of a unit, as long as neither is shut out."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Say whether the secret is right and the client may ask at all."""
        if not super().authenticate_client(request, *args, **kwargs):
            return False
        client = getattr(request.client, "agency_client", None)
        return client is not None and not api_callers.unfit(client)


class AgencyTokenView(TokenView):
    """POST only; errors are those of OAuth (`error`) and problem documents at the same time."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Give a token, or say why not; a refusal of a client we know is in the log first."""
        try:
            client = _client(request)
            if client is None:
                call_counts.count(call_counts.UNKNOWN)
                return _refused(Problem("client_refused"), error="invalid_client")
            api_callers.count(client, "token", limit=settings.REGISTRY_TOKENS_A_MINUTE)
            response = self.authorization_flow_token_response(request)
            if response.status_code == HTTPStatus.OK:
                response["Content-Type"] = "application/json"
                return response
            return _refused(_problem(response, client), error=_oauth_error(response))
        except RequestDataTooBig:
            return _refused(Problem("too_large"), error="invalid_request")
        except (SuspiciousOperation, MultiPartParserError):
            return _refused(Problem("malformed"), error="invalid_request")
        except Problem as problem:
            return _refused(problem, error="temporarily_unavailable")
        except NotEntered:
            return _refused(Problem("not_entered"), error="temporarily_unavailable")

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Tell it as every door of the interface does."""
        response = _refused(Problem("method_not_allowed"), error="invalid_request")
        response["Allow"] = "POST"
        return response


def _client(request: HttpRequest) -> AgencyClient | None:
    """Return the client that is named, whatever its secret."""
    named = request.POST.get("client_id", "")
    scheme, _, word = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            named = unquote_plus(base64.b64decode(word).decode().partition(":")[0])
        except (binascii.Error, ValueError):
            return None
    if not named.isascii() or not named.isprintable():
        return None
    return AgencyClient.objects.select_related("unit").filter(application__client_id=named).first()


def _problem(response: HttpResponse, client: AgencyClient) -> Problem:
    if _oauth_error(response) != "invalid_client":
        return Problem("malformed")
    return Problem(api_callers.unfit(client) or "client_refused", client=client)


def _oauth_error(response: HttpResponse) -> str:
    return str(json.loads(response.content).get("error", "invalid_request"))


def _refused(problem: Problem, *, error: str) -> JsonResponse:
    if problem.client is not None and problem.is_entered:
        problems.enter(problem, problem.client, "token")
    headers = problems.headers(problem)
    if problem.status_code == REFUSED:
        headers = {"WWW-Authenticate": 'Basic realm="registry"'}
    return JsonResponse(
        {"error": error, **problems.document(problem)},
        status=problem.status_code,
        content_type=problems.MEDIA_TYPE,
        headers=headers,
    )
