"""The inquiry 查询申请: one unit's request about one person, and what was decided. Holds no answer."""

import secrets
from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.accounts import User
from access.units import Unit
from sealing.fields import SealedField
from sealing.uuid7 import uuid7

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
RECEIPT_LENGTH = 20
#: How long, and how often, a granted answer may be read.
ANSWER_OPEN_FOR = timedelta(days=7)
VIEWS_ALLOWED = 5


def new_receipt() -> str:
    """Return a random receipt of constant length, about 99 bits, that says nothing."""
    return "".join(secrets.choice(ALPHABET) for _ in range(RECEIPT_LENGTH))


class Inquiry(models.Model):
    """What was asked is sealed where it names a person, a case or a letter; the ground stays readable."""

    class Status(models.TextChoices):
        """Received, then decided; nothing else, ever."""

        RECEIVED = "received", _("Received")
        UNDER_REVIEW = "under_review", _("Under review")
        GRANTED = "granted", _("Granted")
        DENIED = "denied", _("Denied")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receipt = models.CharField(
        _("receipt"), max_length=RECEIPT_LENGTH, unique=True, default=new_receipt, editable=False
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="inquiries", verbose_name=_("unit"))
    made_by = models.ForeignKey(
        User, models.PROTECT, related_name="inquiries", verbose_name=_("made by")
    )
    client = models.ForeignKey(
        "access.AgencyClient",
        models.PROTECT,
        null=True,
        related_name="inquiries",
        verbose_name=_("agency client"),
    )
    made_at = models.DateTimeField(_("received at"), auto_now_add=True)
    made_on = models.DateField(_("received on"))

    exception = models.CharField(_("exception"), max_length=20)
    provision = models.CharField(_("provision"), max_length=40, blank=True)
    case_kind = models.CharField(_("kind of case"), max_length=30, blank=True)
    check_kind = models.CharField(_("check"), max_length=20, blank=True)
    officials = ArrayField(models.CharField(max_length=40), verbose_name=_("officials"))
    letter_issued_on = models.DateField(_("letter issued on"), null=True)
    case_opened_on = models.DateField(_("case opened on"), null=True)
    undertaking = models.BooleanField(_("undertaking"), default=False)

    purpose = SealedField(_("purpose"))
    post = SealedField(_("post"))
    case_number = SealedField(_("case number"))
    letter_number = SealedField(_("letter number"))
    id_type = SealedField(_("type of document"))
    id_number = SealedField(_("document number"))
    name = SealedField(_("name"))
    sweep_key = models.BinaryField(editable=False, null=True)
    person_key = models.BinaryField(editable=False, null=True)

    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.RECEIVED)
    reasons = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("reasons"))
    review_reasons = ArrayField(
        models.CharField(max_length=40), default=list, verbose_name=_("reasons of the reviewers")
    )
    scope = models.JSONField(_("scope"), null=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    expires_at = models.DateTimeField(_("answer may be read until"), null=True)
    proof = models.JSONField(_("signed receipt"), null=True)
    views = models.PositiveSmallIntegerField(_("times read"), default=0)

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        ordering = ["-id"]
        permissions = [("review_inquiry", _("Can review the inquiry"))]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="denied") | Q(scope__isnull=True), name="denied_has_no_scope"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "made_on"], name="inquiry_budget_unit"),
            models.Index(fields=["made_by", "made_on"], name="inquiry_budget_official"),
            models.Index(fields=["unit", "sweep_key", "made_on"], name="inquiry_sweep"),
        ]

    def __str__(self) -> str:
        return self.receipt

    def may_be_viewed(self, *, now: datetime) -> bool:
        """Say whether the answer of a granted inquiry has a view and time left; its authorisation is another question."""
        is_open = self.expires_at is not None and now < self.expires_at
        return self.status == self.Status.GRANTED and is_open and self.views < VIEWS_ALLOWED

    @property
    def ground(self) -> str:
        """What the unit's authorisation must be for: the provision, or case handling."""
        return self.provision or self.exception
