"""The calendar of holidays 节假日安排, a row a year, as the State Council announces it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.working_days import AnnouncedYear, Calendar


class HolidayYear(models.Model):
    """One year: announced or not, its weekdays off, and the days of weekends that are worked instead."""

    year = models.PositiveSmallIntegerField(_("year"), primary_key=True)
    announced = models.BooleanField(_("announced"), default=False)
    days_off = ArrayField(models.DateField(), default=list, blank=True, verbose_name=_("days off"))
    days_worked = ArrayField(
        models.DateField(), default=list, blank=True, verbose_name=_("days worked instead")
    )

    class Meta:
        verbose_name = _("calendar of holidays")
        verbose_name_plural = _("calendars of holidays")
        ordering = ["-year"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(announced=True) | Q(days_off=[], days_worked=[]),
                name="holidays_only_when_announced",
            )
        ]

    def __str__(self) -> str:
        return str(self.year)


def calendar() -> Calendar:
    """Return the announced years as plain values."""
    return {
        known.year: AnnouncedYear(frozenset(known.days_off), frozenset(known.days_worked))
        for known in HolidayYear.objects.filter(announced=True)
    }
