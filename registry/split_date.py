"""A date as three number inputs in the order of Chinese documents: year, month, day (年, 月, 日).

A browser's own date picker follows the browser's language, not the page's. Knows no particular form.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

WHOLE_DATE = re.compile(r"^\s*(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?\s*$")


class SplitDateInput(forms.MultiWidget):
    """Year, month and day beside each other; a whole date pasted into the year is spread over the three."""

    template_name = "forms/split_date.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__([forms.TextInput(), forms.TextInput(), forms.TextInput()], attrs)

    def decompress(self, value: date | None) -> list[int | None]:
        """Return year, month and day of a date."""
        return [value.year, value.month, value.day] if value else [None, None, None]

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Any]:
        """Return what was typed; `2026-01-31`, `20260131` or `2026年1月31日` in the year counts as all three."""
        parts = super().value_from_datadict(data, files, name)
        whole = WHOLE_DATE.match(parts[0] or "") if not any(parts[1:]) else None
        return list(whole.groups()) if whole else parts

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Give each input its label and width."""
        context = super().get_context(name, value, attrs)
        labels = (_("Year"), _("Month"), _("Day"))
        for part, label, width in zip(
            context["widget"]["subwidgets"], labels, (4, 2, 2), strict=True
        ):
            own = part["attrs"]
            own.update(label=label, width=width, invalid=own.get("aria-invalid") == "true")
        return context


class SplitDateField(forms.MultiValueField):
    """A calendar date typed as year, month and day; each must be given and together they must exist."""

    widget = SplitDateInput
    default_error_messages = {
        "required": _("Enter the date."),
        "incomplete": _("Enter year, month and day."),
        "invalid_date": _("Enter a date that exists, for example 2026, 1, 31."),
    }

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of any form field; the three numbers are checked here, not one by one."""
        wrong = {"invalid": self.default_error_messages["invalid_date"]}
        parts = tuple(forms.IntegerField(error_messages=wrong) for _part in range(3))
        super().__init__(parts, require_all_fields=False, **kwargs)

    def clean(self, value: Any) -> date | None:
        """Return the date, or None when it is optional and empty; raise one ValidationError otherwise."""
        given = [part for part in value or [] if part not in self.empty_values]
        if given and len(given) < len(self.fields):
            raise ValidationError(self.error_messages["incomplete"], code="incomplete")
        try:
            return super().clean(value)
        except ValidationError as error:
            first = error.error_list[0]
            code = "required" if first.code == "required" else "invalid_date"
            raise ValidationError(first.messages[0], code=code) from None

    def compress(self, data_list: list[int]) -> date | None:
        """Join the three numbers into a date."""
        if not data_list:
            return None
        try:
            return date(*data_list)
        except (ValueError, OverflowError):
            raise ValidationError(
                self.error_messages["invalid_date"], code="invalid_date"
            ) from None
