"""Which decision numbers are on file, and which were issued: numbers of organs, not of persons.

Rows are added and never changed. Nothing leads from here to a record: there is no key of one, no time of day and
no order of arrival, and a number of an unusual form is kept as a keyed hash only.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.number_series import SERIES_LENGTH
from sealing.uuid7 import uuid7


class FiledNumber(models.Model):
    """A decision number with at least one record on file; several acts and persons share it."""

    pk = models.CompositePrimaryKey("organ_code", "series", "year", "sequence")
    organ_code = models.CharField(_("organ code"), max_length=40)
    series = models.CharField(_("series"), max_length=SERIES_LENGTH)
    year = models.PositiveSmallIntegerField(_("year"))
    sequence = models.PositiveIntegerField(_("number"))
    filed_on = models.DateField(_("filed on"))

    class Meta:
        verbose_name = _("filed number")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.series}〔{self.year}〕{self.sequence}号"


class OddNumber(models.Model):
    """A decision number that is not of the usual form, as a keyed hash; `year` is the decision's."""

    pk = models.CompositePrimaryKey("organ_code", "year", "number_key")
    organ_code = models.CharField(_("organ code"), max_length=40)
    year = models.PositiveSmallIntegerField(_("year"))
    number_key = models.BinaryField(max_length=32, editable=False)
    filed_on = models.DateField(_("filed on"))

    class Meta:
        verbose_name = _("number of an unusual form")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.organ_code} {self.year}"


class IssuedRange(models.Model):
    """What a verifying officer stated: from which to which number a series ran; the latest statement counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organ_code = models.CharField(_("organ code"), max_length=40)
    series = models.CharField(_("series"), max_length=SERIES_LENGTH)
    year = models.PositiveSmallIntegerField(_("year"))
    first_number = models.PositiveIntegerField(_("first number"))
    last_number = models.PositiveIntegerField(_("last number"))
    stated_by = models.CharField(_("stated by"), max_length=40)
    stated_at = models.DateTimeField(_("stated at"))

    class Meta:
        verbose_name = _("completeness")
        verbose_name_plural = _("completeness")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_number__gte=models.F("first_number"), first_number__gte=1),
                name="issued_range_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["organ_code", "series", "year", "id"], name="issued_latest")
        ]

    def __str__(self) -> str:
        return f"{self.series}〔{self.year}〕{self.first_number}–{self.last_number}"
