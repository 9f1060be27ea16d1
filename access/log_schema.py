"""The description (OpenAPI 3.1) of what the interface tells of the log. Decides nothing."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter

from access.api_schema import COUNT, PROBLEM, Schema, answers, members
from access.problems import MEDIA_TYPE

NOTE: Schema = {"type": "string", "description": "A signed note (C2SP signed-note)."}
HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
HASHES: Schema = {"type": "array", "items": HASH, "maxItems": 63}
KEY: Schema = {"type": "string", "format": "uuid"}
SIZE: Schema = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}


def _asked(name: str, schema: Schema, words: str) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, required=True, description=words)


CHECKPOINT: Mapping[str, Any] = {
    "operation_id": "checkpoint",
    "tags": ["log"],
    "auth": [],
    "responses": {(200, "text/plain"): NOTE, (404, MEDIA_TYPE): PROBLEM},
}
INCLUSION: Mapping[str, Any] = {
    "operation_id": "inclusion_proof",
    "tags": ["log"],
    "parameters": [
        _asked("entry", KEY, "The key of an entry, as an answer or a receipt names it.")
    ],
    **answers(
        (
            200,
            members(entry=KEY, index=COUNT, leaf_hash=HASH, proof=HASHES, checkpoint=NOTE),
        ),
        *(400, 401, 404, 429, 503),
    ),
}
CONSISTENCY: Mapping[str, Any] = {
    "operation_id": "consistency_proof",
    "tags": ["log"],
    "parameters": [
        _asked("first", SIZE, "The size of the smaller tree."),
        _asked("second", SIZE, "The size of the larger tree, the newest checkpoint's at most."),
    ],
    **answers((200, members(first=COUNT, second=COUNT, proof=HASHES)), *(400, 401, 404, 429, 503)),
}
