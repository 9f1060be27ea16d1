"""What auditors narrow the log by. Every filter is an exact value or a span of days: nothing scans the log's text.

The choice travels in the address as a sealed word, since it may hold an official's number.
"""

import base64
import binascii
import calendar
import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.renderers import TemplatesSetting
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sealing import cipher
from sealing.keyring import KeyringError
from sealing.log_paging import first_key
from sealing.log_words import KINDS, OUTCOMES, Words, vocabulary
from sealing.models import AuditEntry

PLACE = "sealing_log_filters"
EQUAL = ("unit", "official", "kind", "exception", "provision", "outcome", "inquiry")


class PeriodField(forms.CharField):
    """A month (2026-11) or a day (2026-11-20), as its first and its last day."""

    default_error_messages = {
        "invalid": _("Enter a month such as 2026-11 or a day such as 2026-11-20.")
    }

    def clean(self, value: Any) -> tuple[date, date] | None:
        """Return the first and the last day, or None for an empty value."""
        text = super().clean(value)
        if not text:
            return None
        found = re.fullmatch(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?", text)
        try:
            year, month, day = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
            if day:
                return date(year, month, day), date(year, month, day)
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        except (ValueError, calendar.IllegalMonthError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class LogFilters(forms.Form):
    """The filters of the audit log; all of them are optional and all must hold together."""

    default_renderer = TemplatesSetting

    unit = forms.CharField(label=_("Unit code"), max_length=40, required=False)
    official = forms.CharField(label=_("Official number"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    exception = forms.ChoiceField(label=_("Exception"), required=False)
    provision = forms.ChoiceField(label=_("Provision"), required=False)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    inquiry = forms.CharField(label=_("Receipt"), max_length=40, required=False)
    since = PeriodField(label=_("From month or day"), max_length=10, required=False)
    until = PeriodField(label=_("To month or day"), max_length=10, required=False)

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

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins."""
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until[1] < since[0]:
            self.add_error("until", _("The end is before the beginning."))
        return cleaned

    def chosen(self) -> dict[str, str]:
        """Return the filters in use as they were typed, for the address and for the entry about this search."""
        return {
            name: str(self.data.get(name, "")).strip()
            for name in self.fields
            if self.cleaned_data.get(name)
        }

    def applied(self, entries: "QuerySet[AuditEntry]") -> "QuerySet[AuditEntry]":
        """Return the entries that all filters in use let through."""
        values = self.cleaned_data
        entries = entries.filter(**{name: values[name] for name in EQUAL if values.get(name)})
        if values.get("reason"):
            entries = entries.filter(reasons__contains=[values["reason"]])
        if values.get("since"):
            entries = entries.filter(pk__gte=first_key(_midnight(values["since"][0])))
        if values.get("until"):
            entries = entries.filter(
                pk__lt=first_key(_midnight(values["until"][1] + timedelta(days=1)))
            )
        return entries


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


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))
