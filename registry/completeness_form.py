"""The form on which a verifying officer states from which to which number a series of his organ ran."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.completeness import Series
from registry.normalise import normalise_decision_number
from registry.number_series import HIGHEST, SERIES, SERIES_LENGTH

MOST_NUMBERS = 1_000_000
EARLIEST_YEAR = 2000


class IssuedForm(forms.Form):
    """Series, year, first and last number. What stands here is stated of the officer's own organ."""

    series = forms.CharField(
        label=_("Series"),
        max_length=SERIES_LENGTH,
        help_text=_("What stands before the year, for example 京公朝行罚决字."),
    )
    year = forms.IntegerField(label=_("Year"), min_value=EARLIEST_YEAR)
    first = forms.IntegerField(
        label=_("First number issued"), min_value=1, max_value=HIGHEST, initial=1
    )
    last = forms.IntegerField(label=_("Last number issued"), min_value=1, max_value=HIGHEST)

    def __init__(self, data: Any = None, *, known: list[Series]) -> None:
        newest = known[0] if known else None
        initial: dict[str, Any] = {"year": newest.year if newest else timezone.localdate().year}
        if newest:
            initial |= {"series": newest.name, "first": newest.first or 1}
        super().__init__(data, initial=initial)
        for name in ("year", "first", "last"):
            self.fields[name].widget = forms.TextInput(
                attrs={"inputmode": "numeric", "class": "govuk-input--width-10"}
            )

    def clean_series(self) -> str:
        """Return the series in the one form in which numbers are compared."""
        series = normalise_decision_number(self.cleaned_data["series"])
        if not SERIES.fullmatch(series):
            raise forms.ValidationError(_("Enter Chinese characters that end with 字."))
        return series

    def clean_year(self) -> int:
        """Return a year that has begun."""
        year: int = self.cleaned_data["year"]
        if year > timezone.localdate().year:
            raise forms.ValidationError(_("This year has not begun."))
        return year

    def clean(self) -> dict[str, Any]:
        """Refuse a last number before the first, and more numbers than an organ issues in a year."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last number lies before the first."))
        elif first and last and last - first >= MOST_NUMBERS:
            self.add_error("last", _("These are more than a million numbers. Check both."))
        return cleaned
