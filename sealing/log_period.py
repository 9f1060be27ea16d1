"""From which day to which day the log is looked through: months or days that an auditor types, and the keys they stand for."""

import calendar
import re
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.renderers import TemplatesSetting
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sealing.log_paging import first_key
from sealing.models import AuditEntry


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


class PeriodForm(forms.Form):
    """The days of the log that are looked through; open at an end that is left empty."""

    default_renderer = TemplatesSetting

    since = PeriodField(label=_("From month or day"), max_length=10, required=False)
    until = PeriodField(label=_("To month or day"), max_length=10, required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins."""
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until[1] < since[0]:
            self.add_error("until", _("The end is before the beginning."))
        return cleaned

    def chosen(self) -> dict[str, str]:
        """Return what is in use as it was typed, for the address and for the entry about this search."""
        return {
            name: str(self.data.get(name, "")).strip()
            for name in self.fields
            if self.cleaned_data.get(name)
        }

    def days(self) -> dict[str, date | None]:
        """Return the first and the last day that were chosen, each None where the period is open."""
        since, until = (self.cleaned_data.get(name) for name in ("since", "until"))
        return {"since": since and since[0], "until": until and until[1]}

    def applied(self, entries: "QuerySet[AuditEntry]") -> "QuerySet[AuditEntry]":
        """Return the entries of the days in question."""
        days = self.days()
        if days["since"]:
            entries = entries.filter(pk__gte=first_key(_midnight(days["since"])))
        if days["until"]:
            entries = entries.filter(pk__lt=first_key(_midnight(days["until"] + timedelta(days=1))))
        return entries


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))
