"""What an agency's program may send, and in which form it is answered.

Two kinds of fault are kept apart, as on the form: what cannot be read is malformed, and nothing is stored; what is left
out (no purpose, no letter) is a reason for denial. An unknown member is malformed: a misspelt `check` would otherwise
ask for more than was meant. What a fault says names a place, never a value.
"""

import re
from datetime import date
from typing import Any

from rest_framework import serializers
from rest_framework.settings import api_settings

from access.exceptions import CaseKind, Check, StatutoryException
from access.facts import CaseFacts, InquiryFacts, LetterFacts
from access.ground_words import ID_TYPES
from access.inquiries import Person
from access.person_form import PersonForm

#: Under this name the library tells faults of a whole object.
NON_FIELD = api_settings.NON_FIELD_ERRORS_KEY
NUMBER = r"^[A-Za-z0-9_-]{1,40}$"
MOST_OFFICIALS = 10
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Text(serializers.CharField):
    """A JSON string; a number is none."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)


class Day(serializers.DateField):
    """A date as YYYY-MM-DD and in no other form of ISO 8601."""

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class Truth(serializers.BooleanField):
    """`true` or `false`; no word stands for either."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input="")
        return data


class Strict(serializers.Serializer[Any]):
    """An object with the members listed here and no others."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and set(data) - set(self.fields):
            raise serializers.ValidationError({"": "unknown"}, code="unknown_member")
        return super().to_internal_value(data)


class PersonSerializer(Strict):
    """Whom the inquiry asks about: document and name, checked as on the form."""

    id_type = serializers.ChoiceField(choices=list(ID_TYPES))
    id_number = Text(max_length=64)
    name = Text(max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what cannot be the number of such a document."""
        form = PersonForm(attrs)
        if not form.is_valid():
            raise serializers.ValidationError(dict.fromkeys(form.errors, "invalid"))
        return {"person": form.person()}


class OfficialSerializer(Strict):
    """An official behind the inquiry. The number decides; the name is that of the number's holder."""

    name = Text(max_length=200)
    number = serializers.RegexField(NUMBER)


class CaseSerializer(Strict):
    """The case that is handled."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in CaseKind])
    number = Text(max_length=100, allow_blank=True, allow_null=True)
    opened_on = Day(required=False, allow_null=True)
    check = serializers.ChoiceField(
        choices=[check.value for check in Check], required=False, allow_null=True
    )


class LetterSerializer(Strict):
    """The unit's official letter."""

    number = Text(max_length=100, allow_blank=True, allow_null=True)
    issued_on = Day(allow_null=True)


class InquirySerializer(Strict):
    """One inquiry about one person."""

    exception = serializers.ChoiceField(choices=[known.value for known in StatutoryException])
    provision = Text(max_length=40, required=False, allow_null=True, allow_blank=True)
    purpose = Text(max_length=500, required=False, allow_null=True, allow_blank=True)
    post = Text(max_length=100, required=False, allow_null=True, allow_blank=True)
    case = CaseSerializer(required=False, allow_null=True)
    check = serializers.ChoiceField(
        choices=[check.value for check in Check], required=False, allow_null=True
    )
    person = PersonSerializer()
    officials = OfficialSerializer(many=True, max_length=MOST_OFFICIALS)  # type: ignore[call-arg]
    letter = LetterSerializer(required=False, allow_null=True)
    undertaking = Truth(required=False)

    def facts(self) -> InquiryFacts:
        """Return what the inquiry states about itself; the person is not among it."""
        found = self.validated_data
        is_case = found["exception"] == StatutoryException.CASE_HANDLING
        letter = found.get("letter")
        return InquiryFacts(
            exception=found["exception"],
            provision=None if is_case else found.get("provision") or None,
            purpose=found.get("purpose") or None,
            post=None if is_case else found.get("post") or None,
            case=_case(found) if is_case else None,
            officials=tuple(official["number"] for official in found["officials"]),
            letter=LetterFacts(letter["number"] or "", letter["issued_on"]) if letter else None,
            undertaking=found.get("undertaking", False),
        )

    def asked_about(self) -> Person:
        """Return whom the inquiry asks about."""
        person: Person = self.validated_data["person"]["person"]
        return person


def _case(found: dict[str, Any]) -> CaseFacts | None:
    """The narrower question may stand in the case or beside it."""
    case = found.get("case")
    if not case:
        return None
    return CaseFacts(
        kind=case["kind"],
        number=case["number"] or "",
        opened_on=case.get("opened_on"),
        check=case.get("check") or found.get("check"),
    )


def places(errors: Any, before: str = "") -> list[dict[str, str]]:
    """Return each fault as its place in the body and a code; places are our own words, never the sender's."""
    if isinstance(errors, dict):
        return [
            fault for name, inner in errors.items() for fault in places(inner, _place(before, name))
        ]
    codes = sorted({str(getattr(error, "code", "invalid")) for error in errors})
    return [{"place": before, "code": code} for code in codes]


def _place(before: str, name: str | int) -> str:
    """Return the place of a member (a name) or of an item (its index, from 0); a fault of the whole has none."""
    if isinstance(name, int):
        return f"{before}[{name}]"
    return f"{before}.{name}".strip(".") if name not in {"", NON_FIELD} else before
