"""Form fields that take what is typed as it is typed: `decision_row` reads it, once, for form and import alike."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from registry.split_date import SplitDateField


class Stated(forms.Field):
    """Text, a choice or a tick, handed on as text; refuses nothing by itself."""

    def __init__(
        self, label: Any, *, optional: bool = False, longest: int = 0, **more: Any
    ) -> None:
        """Take the label, whether the law lets the field be empty, and the length that gives its width."""
        super().__init__(label=label, required=False, **more)
        self.marks_optional = optional
        self.max_length = longest or None

    def clean(self, value: Any) -> str:
        """Return the text."""
        if isinstance(value, bool):
            return "1" if value else "0"
        return str(value or "").strip()


class StatedDate(SplitDateField):
    """Year, month and day, handed on as YYYY-MM-DD; what is no date is handed on as it was typed."""

    def __init__(self, label: Any, *, optional: bool = False, **more: Any) -> None:
        """Take the label and whether the law lets the date be empty."""
        super().__init__(label=label, required=False, **more)
        self.marks_optional = optional

    def clean(self, value: Any) -> Any:
        """Return the date as text."""
        try:
            day = super().clean(value)
        except ValidationError:
            return "-".join(str(part or "") for part in value)
        return day.isoformat() if day else ""


def choice(label: Any, values: Mapping[str, Any], *, radios: bool = False, **more: Any) -> Stated:
    """Return a field that offers a closed list."""
    offered = list(values.items())
    widget = forms.RadioSelect(choices=offered) if radios else forms.Select(choices=offered)
    return Stated(label, widget=widget, **more)


def number(label: Any, **more: Any) -> Stated:
    """Return a field for a whole number."""
    widget = forms.TextInput(attrs={"inputmode": "numeric"})
    return Stated(label, optional=True, longest=5, widget=widget, **more)
