"""Units and what they are authorised to ask for: which ground, by which officials, from when until when."""

import re
from datetime import date

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

ORGAN_CODE = re.compile(r"([0-9]{6})[0-9]{6}", re.ASCII)
CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}([0-9]{6})[0-9A-HJ-NPQRTUWXY]{10}", re.ASCII)
#: As many staff as any unit may be given, whatever a security administrator types.
LARGEST_ROSTER = 1000


class Unit(models.Model):
    """单位: an organ that files records, or a body that may ask. Budgets count inquiries a day.

    A `sandbox` 测试单位 is told of made-up persons only (`access.sandbox`). It is one from the beginning or never: the
    database refuses to make one of a unit, or a unit of one.
    """

    class Level(models.TextChoices):
        """Level of an organ that decides penalties (Art. 109)."""

        STATION = "station", _("Police station")
        COUNTY = "county", _("County")
        CITY = "city", _("City")
        PROVINCE = "province", _("Province")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=40)
    level = models.CharField(
        _("level of the organ"), max_length=10, choices=Level, blank=True, default=""
    )
    daily_budget = models.PositiveIntegerField(_("inquiries a day, unit"), default=1000)
    official_budget = models.PositiveIntegerField(_("inquiries a day, official"), default=200)
    roster_limit = models.PositiveSmallIntegerField(
        _("largest staff roster, persons a year"),
        default=0,
        validators=[MaxValueValidator(LARGEST_ROSTER)],
        help_text=_("0: the unit files no rosters."),
    )
    active = models.BooleanField(_("active"), default=True)
    sandbox = models.BooleanField(_("sandbox"), default=False, editable=False)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["code"]
        permissions = [
            ("inquire_for", _("Can inquire for the unit")),
            ("file_for", _("Can enter decisions for the unit")),
            ("verify_for", _("Can verify decisions for the unit")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def division(self) -> str:
        """Return the first four or six digits of the division that the unit's code names, or nothing.

        An organ's code of twelve digits begins with them; a unified social credit code (GB 32100) has them from its third
        place on. What is no county or prefecture (a province, the state) is too wide to say anything.
        """
        found = ORGAN_CODE.fullmatch(self.code) or CREDIT_CODE.fullmatch(self.code)
        digits = found[1].removesuffix("00") if found else ""
        return "" if digits.endswith("00") else digits


class Authorisation(models.Model):
    """授权. `ground` is a provision's id or `case_handling`; both days of validity are included.

    `entry` is the audit entry under which its terms came into force: of an approval, or of a load. The database takes
    no new authorisation, and nothing that gives more, without it; null only for rows older than that rule.
    """

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="authorisations", verbose_name=_("unit")
    )
    ground = models.CharField(_("ground"), max_length=40)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"))
    officials = models.ManyToManyField(
        "access.User", related_name="authorisations", verbose_name=_("named officials"), blank=True
    )
    daily_budget = models.PositiveIntegerField(
        _("inquiries a day under this ground"),
        null=True,
        blank=True,
        help_text=_(
            "Empty: no limit of its own. Those of the unit and of its officials hold in any case."
        ),
    )
    suspended_at = models.DateTimeField(_("suspended at"), null=True, blank=True)
    suspended_by = models.CharField(
        _("suspended by"), max_length=40, blank=True, default="", editable=False
    )
    entry = models.UUIDField(_("audit entry"), null=True, editable=False)

    class Meta:
        verbose_name = _("authorisation")
        verbose_name_plural = _("authorisations")
        ordering = ["unit", "ground", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "ground", "valid_from"], name="authorisation_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")), name="authorisation_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        unit = self.unit.code if self.unit_id else "–"
        return f"{unit} {self.ground} {self.valid_from}"

    def valid_on(self, day: date) -> bool:
        """Say whether the authorisation holds on a day."""
        return self.suspended_at is None and self.valid_from <= day <= self.valid_to
