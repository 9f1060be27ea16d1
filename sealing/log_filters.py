"""What auditors narrow the log by. Every filter is an exact value or a span of days: nothing scans the log's text.

The choice travels in the address as a sealed word, since it may hold an official's number.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sealing import cipher
from sealing.keyring import KeyringError
from sealing.log_period import PeriodForm
from sealing.log_words import KINDS, OUTCOMES, Words, vocabulary
from sealing.models import AuditEntry

PLACE = "sealing_log_filters"
EQUAL = ("unit", "official", "kind", "exception", "provision", "outcome", "inquiry")


class LogFilters(PeriodForm):
    """The filters of the audit log; all of them are optional and all must hold together."""

    field_order = (
        *("unit", "official", "kind", "exception", "provision"),
        *("outcome", "reason", "inquiry", "since", "until"),
    )

    unit = forms.CharField(label=_("Unit code"), max_length=40, required=False)
    official = forms.CharField(label=_("Official number"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    exception = forms.ChoiceField(label=_("Exception"), required=False)
    provision = forms.ChoiceField(label=_("Provision"), required=False)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    inquiry = forms.CharField(label=_("Receipt"), max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in (
            ("kind", KINDS),
            ("exception", vocabulary.exceptions()),
            ("provision", vocabulary.provisions()),
            ("outcome", OUTCOMES),
            ("reason", vocabulary.reasons()),
        ):
            self._choice(name).choices = choices(name, words)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker what is declared above
        return field

    def applied(self, entries: "QuerySet[AuditEntry]") -> "QuerySet[AuditEntry]":
        """Return the entries that all filters in use let through."""
        values = self.cleaned_data
        entries = entries.filter(**{name: values[name] for name in EQUAL if values.get(name)})
        if values.get("reason"):
            entries = entries.filter(reasons__contains=[values["reason"]])
        return super().applied(entries)


def told(chosen: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return filters that are or were in use as (label, value), a choice in its words."""
    fields, found = LogFilters().fields, []
    for name, value in chosen.items():
        field = fields.get(name)
        listed = field.widget.choices if isinstance(field, forms.ChoiceField) else ()
        words = next((str(words) for code, words in listed if code == value), value)
        found.append((str(field.label) if field else name, words))
    return found


def choices(name: str, words: Words) -> list[tuple[str, Any]]:
    """Return the choices of a filter; a provision is listed with its code."""
    listed = [
        (code, f"{code} {text}" if name == "provision" else text) for code, text in words.items()
    ]
    return [("", _("all")), *listed]


def in_address(chosen: Mapping[str, str], *, reader: str) -> str:
    """Return the filters as a sealed word for an address, good for one reader only."""
    envelope = cipher.seal(json.dumps(dict(chosen)).encode(), place=(PLACE, reader))
    return base64.urlsafe_b64encode(envelope).decode().rstrip("=")


def from_address(word: str, *, reader: str) -> dict[str, str]:
    """Return the filters of a sealed word; ValueError when it was not made for this reader."""
    try:
        envelope = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        return dict(json.loads(cipher.opened(envelope, place=(PLACE, reader))))
    except (cipher.Unopenable, KeyringError, binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("These filters were made by somebody else, or were changed.") from error
