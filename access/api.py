"""The agencies' interface: ask, read what was decided, fetch the answer, see what one may ask under.

The same verbs as the pages (`inquiries.submit`, `lookups.look_up`), behind another door. Whatever is asked in good form
is answered 202 with a receipt and nothing else, whoever is asked about and however it is decided.
"""

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access import api_schema, confirmations, denials, lookups, serializers, standing
from access.agency_clients import AgencyClient
from access.api_doors import AgencyView, SignedView, client_of
from access.api_schema import described
from access.ground_words import provision_name
from access.idempotency import LONGEST_KEY, Call, KeyReused
from access.inquiries import submit
from access.inquiry import Inquiry
from access.problems import Problem
from access.provisions import Provision, usable_by
from access.serializers import InquirySerializer
from sealing import receipts


class InquiryDoor(SignedView):
    """POST: one inquiry about one person."""

    http_method_names = ["post"]

    @described(api_schema.ASK)
    def post(self, request: Request) -> Response:
        """Ask about one person. Always 202 with a receipt when authentic and well formed."""
        client, key = client_of(request), _idempotency_key(request)
        asked = InquirySerializer(data=_object(request))
        if not asked.is_valid():
            raise Problem("malformed", errors=serializers.places(asked.errors))
        facts = asked.facts()
        today = timezone.localdate()
        if confirmations.overdue(unit=client.unit, officials=facts.officials, today=today).exists():
            raise Problem("confirmation_overdue", client=client)
        official = standing.official_of(client.unit, facts.officials) or client.account
        try:
            inquiry = submit(
                facts=facts,
                person=asked.asked_about(),
                by=official,
                today=today,
                call=Call(client, request.body, key),
            )
        except KeyReused as error:
            raise Problem("idempotency_conflict", client=client) from error
        return Response(
            {"receipt": inquiry.receipt, "received_at": _moment(inquiry.made_at)}, status=202
        )


class DecisionDoor(AgencyView):
    """GET: what was decided."""

    http_method_names = ["get"]

    @described(api_schema.DECISION)
    def get(self, request: Request, receipt: str) -> Response:
        """Read what was decided about an inquiry, and how to contest a denial."""
        inquiry = _own(client_of(request), receipt)
        is_denied = inquiry.status == Inquiry.Status.DENIED
        return Response(
            {
                "receipt": inquiry.receipt,
                "status": inquiry.status,
                "reasons": [
                    {"code": reason.code, "text": str(reason.text)}
                    for reason in denials.explained(inquiry.reasons)
                ],
                "provision": inquiry.provision or None,
                "scope": inquiry.scope,
                "decided_at": _moment(inquiry.decided_at) if inquiry.decided_at else None,
                "contest": "\n".join(map(str, denials.CONTEST)) if is_denied else None,
            }
        )


class ProofDoor(AgencyView):
    """GET: the signed receipt of the decision."""

    http_method_names = ["get"]

    @described(api_schema.PROOF)
    def get(self, request: Request, receipt: str) -> Response:
        """Fetch the signed receipt of what was decided, a denial above all; it can be checked offline."""
        inquiry = _own(client_of(request), receipt)
        if inquiry.proof is None:
            raise Problem("not_found")
        return Response(inquiry.proof)


class AnswerDoor(SignedView):
    """POST: the lookup."""

    http_method_names = ["post"]

    @described(api_schema.ANSWER)
    def post(self, request: Request, receipt: str) -> Response:
        """Look up and answer. Each call is a lookup with an audit entry of its own, and spends one view."""
        client = client_of(request)
        inquiry = _own(client, receipt)
        ground = inquiry.ground
        reader = standing.official_of(client.unit, inquiry.officials, ground=ground)
        try:
            disclosure = lookups.look_up(inquiry=inquiry, by=reader or client.account)
        except lookups.NotGranted as error:
            raise Problem("not_granted") from error
        except lookups.Expired as error:
            raise Problem("answer_expired") from error
        until = disclosure.expires_at
        return Response(
            {
                "receipt": inquiry.receipt,
                "entry": str(disclosure.entry),
                "provision": inquiry.provision or None,
                **disclosure.answer.as_dict(),
                "confidentiality": str(api_schema.CONFIDENTIALITY),
                "expires_at": _moment(until) if until else None,
                "proof": disclosure.proof,
            }
        )


class ProvisionsDoor(AgencyView):
    """GET: the provisions this unit may use today."""

    http_method_names = ["get"]

    @described(api_schema.PROVISIONS)
    def get(self, request: Request) -> Response:
        """List the provisions under which the unit may ask today: in force, entitling it, and authorised."""
        unit, today = client_of(request).unit, timezone.localdate()
        held = standing.grounds_held(unit, today=today)
        return Response(
            [_provision(known) for known in usable_by(unit.kind, today) if known.id in held]
        )


class ReceiptKeysDoor(APIView):
    """GET: the public keys of signed receipts, for anybody."""

    http_method_names = ["get"]
    authentication_classes = []
    permission_classes = [AllowAny]

    @described(api_schema.RECEIPT_KEYS)
    def get(self, request: Request) -> Response:
        """Fetch the public keys with which signed receipts are checked; older ones stay listed."""
        return Response({"keys": receipts.public_keys()})


class NoDoor(APIView):
    """Every other address below the interface's own: nothing is there."""

    authentication_classes = []
    permission_classes = [AllowAny]
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Say so, whatever the method."""
        raise Problem("not_found")


def _own(client: AgencyClient, receipt: str) -> Inquiry:
    """One statement answers for "none", "another unit's" and "asked on the pages" alike: not found."""
    own = Inquiry.objects.select_related("unit").filter(unit=client.unit, client__isnull=False)
    found = own.filter(receipt=receipt).first() if receipt.isascii() and receipt.isalnum() else None
    if found is None:
        raise Problem("not_found")
    return found


def _object(request: Request) -> dict[str, Any]:
    data = request.data
    if not isinstance(data, dict):
        raise Problem("not_json")
    return data


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Problem("idempotency_key_malformed")
    return key


def _provision(known: Provision) -> dict[str, Any]:
    return {
        "id": known.id,
        "name": str(provision_name(known)),
        "matters": list(known.matters),
        "shape": known.shape.value,
        "look_back_years": known.look_back_years,
        "threshold": known.threshold.as_dict() if known.threshold else None,
        "decided_by": known.decided_by.value,
    }


def _moment(at: datetime) -> str:
    """Return a time in local time, always of the same length."""
    return timezone.localtime(at).isoformat(timespec="milliseconds")
