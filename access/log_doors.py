"""What the interface tells of the log: its newest checkpoint to anybody, and proofs to whoever has a token.

A proof is hashes and a place, never what an entry says. Who knows the key of an entry may have its place proved:
the keys are random and are told to those whom the entry concerns. Knows no inquiry.
"""

import re
from uuid import UUID

from django.http import HttpResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access import log_schema
from access.api_doors import AgencyView
from access.api_schema import described
from access.problems import Problem
from sealing import cosignatures, tree
from sealing.checkpoints import SIZE
from sealing.tree import NotInTree

TEXT = "text/plain; charset=utf-8"
KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class CheckpointDoor(APIView):
    """GET: the newest checkpoint as a signed note, for anybody."""

    http_method_names = ["get"]
    authentication_classes = []
    permission_classes = [AllowAny]

    @described(log_schema.CHECKPOINT)
    def get(self, request: Request) -> HttpResponse:
        """Fetch the newest checkpoint (C2SP tlog-checkpoint) with the cosignatures of witnesses under it."""
        head = tree.latest_checkpoint()
        if head is None:
            raise Problem("not_found")
        return HttpResponse(cosignatures.shown(head), content_type=TEXT)


class InclusionDoor(AgencyView):
    """GET: that an entry is in the log."""

    http_method_names = ["get"]

    @described(log_schema.INCLUSION)
    def get(self, request: Request) -> Response:
        """Fetch the proof (RFC 9162) that an entry is under the newest checkpoint; 404 while it is under none."""
        entry = request.query_params.get("entry", "")
        if not KEY.fullmatch(entry):
            raise _malformed("entry")
        try:
            found = tree.inclusion_proof(UUID(entry))
        except NotInTree as error:
            raise Problem("not_found") from error
        return Response(
            {
                "entry": str(found.entry),
                "index": found.index,
                "leaf_hash": found.leaf_hash.hex(),
                "proof": [hash.hex() for hash in found.proof],
                "checkpoint": cosignatures.shown(found.head),
            }
        )


class ConsistencyDoor(AgencyView):
    """GET: that a larger tree begins with a smaller one."""

    http_method_names = ["get"]

    @described(log_schema.CONSISTENCY)
    def get(self, request: Request) -> Response:
        """Fetch the proof (RFC 9162) that the tree of `second` entries begins with that of `first`."""
        first, second = (_size(request, name) for name in ("first", "second"))
        try:
            proof = tree.consistency_proof(first, second)
        except NotInTree as error:
            raise Problem("not_found") from error
        return Response({"first": first, "second": second, "proof": [hash.hex() for hash in proof]})


def _size(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not SIZE.fullmatch(text):
        raise _malformed(name)
    return int(text)


def _malformed(name: str) -> Problem:
    return Problem("parameter_malformed", errors=[{"place": name, "code": "invalid"}])
