"""The interface's own description (OpenAPI 3.1): which status, which members, in which form. Decides nothing.

The document is made from this and from `access.serializers`; a test walks the interface by it and finds no answer
that it does not name.
"""

from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, extend_schema

from access import undertakings
from access.idempotency import LONGEST_KEY
from access.problems import MEDIA_TYPE, PROBLEMS
from access.serializers import InquirySerializer

JSON = "application/json"
CONFIDENTIALITY = undertakings.DUTY
Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
TRUTH: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}


def members(**named: Schema) -> Schema:
    """Return an object that has exactly these members."""
    return {
        "type": "object",
        "properties": named,
        "required": list(named),
        "additionalProperties": False,
    }


def maybe(schema: Schema) -> Schema:
    """Return a value that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


PENALTY = members(
    warning=TRUTH,
    fine=maybe(COUNT),
    detention_days=maybe(COUNT),
    licence_revoked=maybe(TEXT),
    foreigner_measure=TEXT,
)
LINE = members(
    decided_on=DAY,
    acted_on=DAY,
    offence_code=TEXT,
    offence=TEXT,
    article=TEXT,
    penalty=PENALTY,
    decision_number=TEXT,
    organ=TEXT,
)
# The rest of the decision (Art. 115) is there in the shape `decision` and in no other.
LINE["properties"]["decision"] = {"type": "object"}
SIGNED_RECEIPT = members(
    format=TEXT,
    receipt=TEXT,
    entry={"type": "string", "format": "uuid"},
    outcome=TEXT,
    leaf_hash=TEXT,
    issued_at=MOMENT,
    key=COUNT,
    signature=TEXT,
)
PROBLEM: Schema = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "code": {"type": "string", "enum": sorted(PROBLEMS)},
        "errors": {"type": "array", "items": members(place=TEXT, code=TEXT)},
    },
    "required": ["type", "title", "status", "detail", "code"],
}
RECEIPT = OpenApiParameter(
    "receipt", TEXT, OpenApiParameter.PATH, description="What asking was answered with."
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": r"^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="The same key with the same body is one inquiry and one receipt, however often it is sent.",
)


def answers(good: tuple[int, Schema], *refusals: int) -> dict[str, Any]:
    """Return the answers of a door: the good one in JSON, and each refusal as a problem document."""
    status, schema = good
    told: dict[tuple[int, str], Schema] = {(status, JSON): schema}
    for refusal in refusals:
        told[refusal, MEDIA_TYPE] = PROBLEM
    return {"responses": told}


ASK: Mapping[str, Any] = {
    "operation_id": "ask",
    "parameters": [IDEMPOTENCY_KEY],
    "request": InquirySerializer,
    **answers((202, members(receipt=TEXT, received_at=MOMENT)), 400, 401, 409, 429, 503),
}
DECISION: Mapping[str, Any] = {
    "operation_id": "decision",
    "parameters": [RECEIPT],
    **answers(
        (
            200,
            members(
                receipt=TEXT,
                status={
                    "type": "string",
                    "enum": ["received", "under_review", "granted", "denied"],
                },
                reasons={"type": "array", "items": members(code=TEXT, text=TEXT)},
                provision=maybe(TEXT),
                scope=maybe({"type": "object"}),
                decided_at=maybe(MOMENT),
                contest=maybe(TEXT),
            ),
        ),
        *(401, 404, 429, 503),
    ),
}
PROOF: Mapping[str, Any] = {
    "operation_id": "decision_proof",
    "parameters": [RECEIPT],
    **answers((200, SIGNED_RECEIPT), 401, 404, 429, 503),
}
ANSWER: Mapping[str, Any] = {
    "operation_id": "answer",
    "parameters": [RECEIPT],
    "request": None,
    **answers(
        (
            200,
            members(
                receipt=TEXT,
                entry={"type": "string", "format": "uuid"},
                provision=maybe(TEXT),
                answer={"type": "string", "enum": ["nothing_disclosable", "disclosable"]},
                shape=TEXT,
                matters=TEXTS,
                met=maybe(TRUTH),
                lines={"type": "array", "items": LINE},
                confidentiality=TEXT,
                expires_at=maybe(MOMENT),
                proof=SIGNED_RECEIPT,
            ),
        ),
        *(400, 401, 404, 409, 410, 429, 503),
    ),
}
PROVISIONS: Mapping[str, Any] = {
    "operation_id": "provisions",
    **answers(
        (
            200,
            {
                "type": "array",
                "items": members(
                    id=TEXT,
                    name=TEXT,
                    matters=TEXTS,
                    shape=TEXT,
                    look_back_years=maybe(COUNT),
                    threshold=maybe({"type": "object"}),
                    decided_by=TEXT,
                ),
            },
        ),
        *(401, 429, 503),
    ),
}
RECEIPT_KEYS: Mapping[str, Any] = {
    "operation_id": "receipt_keys",
    "auth": [],
    **answers(
        (
            200,
            members(
                keys={"type": "array", "items": members(key=COUNT, algorithm=TEXT, public_key=TEXT)}
            ),
        ),
    ),
}
TOKEN: Schema = {
    "post": {
        "operationId": "token",
        "description": "Fetch a token that is good for five minutes (RFC 6749, client credentials). Keep it: fetching is slow.",
        "tags": ["token"],
        "security": [{"client": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "grant_type": {"type": "string", "const": "client_credentials"},
                            "scope": {"type": "string", "const": "inquiry"},
                        },
                        "required": ["grant_type"],
                    }
                }
            },
        },
        "responses": {
            "200": {
                "description": "",
                "content": {
                    JSON: {
                        "schema": members(
                            access_token=TEXT, expires_in=COUNT, token_type=TEXT, scope=TEXT
                        )
                    }
                },
            },
            **{
                str(status): {
                    "description": "",
                    "content": {
                        MEDIA_TYPE: {
                            "schema": {
                                **PROBLEM,
                                "properties": {**PROBLEM["properties"], "error": TEXT},
                            }
                        }
                    },
                }
                for status in (400, 401, 429, 503)
            },
        },
    }
}


def described(words: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Give a door its description."""
    return extend_schema(**{"tags": ["inquiries"], **words})


def with_token(result: Schema, **_: Any) -> Schema:
    """Add the token's address, which is no door of ours, and how its clients prove themselves."""
    result["paths"] = {"/api/v1/token/": TOKEN, **result["paths"]}
    result["components"].setdefault("securitySchemes", {})["client"] = {
        "type": "http",
        "scheme": "basic",
        "description": "`client_id` and `client_secret` of the unit's credentials.",
    }
    return result


class AgencyTokenScheme(OpenApiAuthenticationExtension):
    """Tells how a client proves who it is: a token, and for what is asked a signature as well."""

    target_class = "access.api_callers.AgencyToken"
    name = ["token", "signature"]

    def get_security_definition(self, auto_schema: Any) -> Any:
        return [
            {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": "/api/v1/token/",
                        "scopes": {"inquiry": "Inquiries of one's own unit"},
                    }
                },
            },
            {
                "type": "apiKey",
                "in": "header",
                "name": "Signature",
                "description": "RFC 9421 with Ed25519; see the guide for agencies' programs.",
            },
        ]

    def get_security_requirement(self, auto_schema: Any) -> Any:
        from access.api_doors import SignedView

        required: dict[str, list[str]] = {"token": ["inquiry"]}
        if isinstance(auto_schema.view, SignedView):
            required["signature"] = []
        return required
