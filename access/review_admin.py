"""The calendar of holidays in the administration: what the State Council announced, a row a year."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from access.holiday_years import HolidayYear
from access.working_days import SATURDAY
from sealing.admin_parts import Part, PartForm

EARLIEST, LATEST = 2026, 2100


class HolidayYearForm(PartForm):
    """One year: weekdays off and weekend days worked, all of that year, and none before it is announced."""

    class Meta:
        model = HolidayYear
        fields = ("year", "announced", "days_off", "days_worked")
        widgets = {
            "days_off": forms.Textarea(attrs={"rows": 4, "cols": 60}),
            "days_worked": forms.Textarea(attrs={"rows": 2, "cols": 60}),
        }
        help_texts = {
            "announced": _("Whether the State Council has announced the holidays of this year."),
            "days_off": _(
                "Mondays to Fridays that are off, separated by commas: 2026-01-01,2026-01-02."
            ),
            "days_worked": _("Saturdays and Sundays that are worked instead, separated by commas."),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse days of another year, weekends off, weekdays worked instead, and days of an open year."""
        found = super().clean() or self.cleaned_data
        year = found.get("year") or self.instance.year
        if year and not EARLIEST <= year <= LATEST:
            self.add_error(None, ValidationError(_("The year is out of range."), code="year"))
        for name, is_weekend in (("days_off", False), ("days_worked", True)):
            days = found.get(name) or []
            if any(day.year != year for day in days):
                self.add_error(name, _("Every day must be of the year itself."))
            elif any((day.weekday() >= SATURDAY) is not is_weekend for day in days):
                self.add_error(
                    name,
                    _(
                        "Days off are Mondays to Fridays, days worked instead Saturdays and Sundays."
                    ),
                )
            elif days and not found.get("announced"):
                self.add_error(name, _("A year that is not announced has no days yet."))
        return found


@admin.register(HolidayYear)
class HolidayYears(Part):
    """Holidays a year: terms that reach into a year that is not announced are marked as provisional."""

    form = HolidayYearForm
    list_display = ("year", "announced")
    fields = ("year", "announced", "days_off", "days_worked")

    def get_readonly_fields(
        self, request: HttpRequest, obj: HolidayYear | None = None
    ) -> tuple[str, ...]:
        """Keep the year once it is there."""
        return ("year",) if obj else ()
