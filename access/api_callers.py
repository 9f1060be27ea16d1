"""Whose call is this? The token says which client, and whether it may ask at all, now.

Every call is counted for its client before anything else is looked at. Knows no inquiry and no person.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import IO, Any, NoReturn

from django.conf import settings
from oauth2_provider.models import AccessToken
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from access import call_counts
from access.agency_clients import AgencyClient
from access.problems import Problem

SCOPE = "inquiry"


@dataclass(frozen=True)
class Caller:
    """A client that has shown a good token, in the place of a signed-in user."""

    client: AgencyClient
    is_authenticated: bool = True


class AnyJSON(JSONParser):
    """Reads every body as JSON, whatever its sender calls it; anything else is malformed."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], *_context: Any, **_more: Any) -> Any:
        """Return what the body says; ParseError where it is no JSON, too deep to be read, or says a thing twice."""
        try:
            return _DECODER.decode(stream.read().decode())
        except (ValueError, RecursionError) as error:
            raise ParseError from error


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a member that stands twice: two readers of one signed body could take different ones."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_number(_name: str) -> NoReturn:
    """Refuse NaN and the infinities, which JSON does not know."""
    raise ValueError("no number")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_no_number)


class JSONOnly(BaseContentNegotiation):
    """Answers in JSON, whatever the caller would rather have."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class AgencyToken(BaseAuthentication):
    """A bearer token (RFC 6750) of a client that is not revoked, of a unit that is open, now."""

    def authenticate(self, request: Request) -> tuple[Caller, AccessToken]:
        scheme, _, word = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not word.strip():
            call_counts.count(call_counts.UNKNOWN)
            raise Problem("token_missing")
        token, client = _found(word.strip())
        if token is None or client is None:
            call_counts.count(call_counts.UNKNOWN)
            raise Problem("token_unknown")
        count(client, "call", limit=settings.REGISTRY_CALLS_A_MINUTE)
        if refusal := unfit(client):
            raise Problem(refusal, client=client)
        if not token.is_valid([SCOPE]):
            raise Problem("token_expired", client=client)
        return Caller(client), token

    def authenticate_header(self, request: Request) -> str:
        """Make a refusal 401, not 403."""
        return "Bearer"


def _found(word: str) -> tuple[AccessToken | None, AgencyClient | None]:
    checksum = hashlib.sha256(word.encode("utf-8", "surrogateescape")).hexdigest()
    token = (
        AccessToken.objects.select_related("application__agency_client__unit")
        .filter(token_checksum=checksum)
        .first()
    )
    return token, getattr(token.application, "agency_client", None) if token else None


def unfit(client: AgencyClient) -> str:
    """Return the code of what keeps a client out, whatever it shows; empty when nothing does."""
    if client.revoked_at is not None:
        return "client_revoked"
    return "" if client.unit.active else "unit_closed"


def count(client: AgencyClient, what: str, *, limit: int) -> None:
    """Count a call of a client; Problem above the limit, in the log once a minute."""
    calls = call_counts.count(f"{what}:{client.key_id}")
    if calls > limit:
        raise Problem("too_many_calls", client=client, is_entered=calls == limit + 1)
