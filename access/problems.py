"""Why a call was not answered: RFC 9457 problem documents with a code, in the caller's language.

A problem says nothing of what was sent. One that names a client we know is entered in the audit log before it is
told: who tries keys, tokens and nonces of an agency leaves a trace. Malformed calls are no attempt and are not.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from access.agency_clients import AgencyClient
from sealing import audit_log
from sealing.audit_log import Entry, Kind, NotEntered, Outcome

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:problem-type:"


@dataclass(frozen=True, slots=True)
class Told:
    """Status, title and detail of a problem, and whether it is entered in the log when we know the client."""

    status: HTTPStatus
    title: str | Promise
    detail: str | Promise
    is_entered: bool = False


_IDENTITY, _CONFLICT, _MALFORMED = (
    _("The call is not yours"),
    _("Conflict"),
    _("The call is malformed"),
)


def _identity(detail: Any) -> Told:
    return Told(HTTPStatus.UNAUTHORIZED, _IDENTITY, detail, is_entered=True)


PROBLEMS: dict[str, Told] = {
    "malformed": Told(
        HTTPStatus.BAD_REQUEST,
        _MALFORMED,
        _("The body is not as the interface demands; `errors` names the places."),
    ),
    "parameter_malformed": Told(
        HTTPStatus.BAD_REQUEST,
        _MALFORMED,
        _(
            "A parameter of the address is missing or not as the interface demands; `errors` names it."
        ),
    ),
    "not_json": Told(
        HTTPStatus.BAD_REQUEST,
        _MALFORMED,
        _("The body is not JSON in UTF-8, is no object, or names a member twice."),
    ),
    "too_large": Told(
        HTTPStatus.BAD_REQUEST, _MALFORMED, _("The body is larger than an inquiry can be.")
    ),
    "idempotency_key_malformed": Told(
        HTTPStatus.BAD_REQUEST,
        _MALFORMED,
        _("Idempotency-Key has 1 to 128 printable ASCII characters."),
    ),
    "token_missing": _identity(_("There is no bearer token. Fetch one at the token address.")),
    "token_unknown": _identity(_("The token is not one of ours, or ended long ago.")),
    "token_expired": _identity(_("The token has expired. Fetch a new one.")),
    "client_refused": _identity(_("The client is not known, or its secret is another.")),
    "client_revoked": _identity(_("The client is revoked. Ask the security administrator.")),
    "unit_closed": _identity(_("The unit is closed. Ask the security administrator.")),
    "signature_missing": _identity(
        _("Signature-Input, Signature or Content-Digest is missing: every inquiry is signed.")
    ),
    "signature_incomplete": _identity(
        _(
            "The signature covers other components or has other parameters than the interface demands."
        )
    ),
    "signature_invalid": _identity(
        _("The signature does not fit this method and this address, or was made with another key.")
    ),
    "signature_expired": _identity(
        _("The signature was made more than 300 seconds ago or in the future. Check your clock.")
    ),
    "key_unknown": _identity(_("The key is not that of the client whose token this is.")),
    "body_changed": _identity(_("The body is not the one that was signed.")),
    "not_found": Told(
        HTTPStatus.NOT_FOUND, _("Not found"), _("There is nothing here that is yours to see.")
    ),
    "method_not_allowed": Told(
        HTTPStatus.METHOD_NOT_ALLOWED,
        _("Method not allowed"),
        _("This address does not take this method."),
    ),
    "nonce_used": Told(
        HTTPStatus.CONFLICT, _CONFLICT, _("The nonce was used before. Sign anew."), is_entered=True
    ),
    "idempotency_conflict": Told(
        HTTPStatus.CONFLICT,
        _CONFLICT,
        _("The Idempotency-Key was used for another body. Take a new one."),
        is_entered=True,
    ),
    "not_granted": Told(
        HTTPStatus.CONFLICT,
        _CONFLICT,
        _("The inquiry is not granted, or its authorisation no longer holds."),
    ),
    "answer_expired": Told(
        HTTPStatus.GONE,
        _("Expired"),
        _("The answer was open for a limited time and number of views, and that is over."),
    ),
    "too_many_calls": Told(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many calls"),
        _("The client has made too many calls this minute. Wait for the next."),
    ),
    "confirmation_overdue": Told(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many answers unaccounted for"),
        _(
            "The officials of this inquiry must first say on the site what became of the copies of earlier answers."
        ),
    ),
    "not_entered": Told(
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("Not available"),
        _("The audit entry could not be written, so nothing was done. Try again later."),
    ),
}


class Problem(exceptions.APIException):
    """A refusal by its code; `errors` names places in the body, `client` whose call it was."""

    def __init__(
        self,
        code: str,
        *,
        client: AgencyClient | None = None,
        errors: list[dict[str, str]] | None = None,
        is_entered: bool | None = None,
    ) -> None:
        super().__init__(code=code)
        self.code, self.client, self.errors = code, client, errors or []
        self.told = PROBLEMS[code]
        self.status_code = self.told.status
        self.is_entered = self.told.is_entered if is_entered is None else is_entered


def answered(error: Exception, context: dict[str, Any]) -> JsonResponse | None:
    """Return the problem document for an error, entered in the log where it names a client; None is a failure."""
    problem = _problem(error)
    if problem is None:
        return None
    if problem.client is not None and problem.is_entered:
        try:
            enter(problem, problem.client, context["request"].path)
        except NotEntered:
            problem = Problem("not_entered")
    response = JsonResponse(
        document(problem),
        status=problem.status_code,
        content_type=MEDIA_TYPE,
        headers=headers(problem),
    )
    if isinstance(error, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def document(problem: Problem) -> dict[str, Any]:
    """Return the members of the problem document, in the language of the call."""
    told: dict[str, Any] = {
        "type": TYPE + problem.code,
        "title": str(problem.told.title),
        "status": int(problem.status_code),
        "detail": str(problem.told.detail),
        "code": problem.code,
    }
    return {**told, "errors": problem.errors} if problem.errors else told


def headers(problem: Problem) -> dict[str, str]:
    """Return what the status demands beside the document."""
    if problem.status_code == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="registry", scope="inquiry"'}
    if problem.code == "too_many_calls":
        return {"Retry-After": "60"}
    return {}


def enter(problem: Problem, client: AgencyClient, path: str) -> None:
    """Enter the refusal of a client's call in the audit log, committed on its own; NotEntered when it fails."""
    audit_log.enter_alone(
        Entry(
            kind=Kind.AUTHORISATION,
            outcome=Outcome.DENIED,
            unit=client.unit.code,
            official=client.key_id,
            reasons=(problem.code,),
            details={"client": client.key_id, "address": path[:200]},
        )
    )


def _problem(error: Exception) -> Problem | None:
    if isinstance(error, Problem):
        return error
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return Problem("token_missing")
    if isinstance(error, exceptions.MethodNotAllowed):
        return Problem("method_not_allowed")
    if isinstance(error, exceptions.ParseError | exceptions.UnsupportedMediaType):
        return Problem("not_json")
    if isinstance(error, RequestDataTooBig):
        return Problem("too_large")
    if isinstance(error, Http404):
        return Problem("not_found")
    if isinstance(error, NotEntered | DatabaseError):
        return Problem("not_entered")
    return None
