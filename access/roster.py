"""The staff roster 从业人员名册: a unit's yearly check as one statement and the persons it is about.

A person's row has the key of the inquiry that is made of it, and gives up its own copy of the person when that is
there. Holds no decision and no answer.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from access.accounts import User
from access.inquiry import RECEIPT_LENGTH, new_receipt
from access.units import Unit
from sealing.fields import SealedField
from sealing.uuid7 import uuid7


class Roster(models.Model):
    """What is the same for everybody on it; `size` is the staff the unit states it has."""

    class State(models.TextChoices):
        """Entered, then sent person by person; the last two are ends."""

        DRAFT = "draft", pgettext_lazy("roster", "Being entered")
        SENDING = "sending", pgettext_lazy("roster", "Being sent")
        SENT = "sent", pgettext_lazy("roster", "Sent")
        STOPPED = "stopped", pgettext_lazy("roster", "Stopped")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receipt = models.CharField(
        _("receipt"), max_length=RECEIPT_LENGTH, unique=True, default=new_receipt, editable=False
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="rosters", verbose_name=_("unit"))
    made_by = models.ForeignKey(
        User, models.PROTECT, related_name="rosters", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("begun at"), auto_now_add=True)
    provision = models.CharField(_("provision"), max_length=40)
    size = models.PositiveSmallIntegerField(_("staff of the unit"))
    officials = ArrayField(models.CharField(max_length=40), verbose_name=_("officials"))
    letter_issued_on = models.DateField(_("letter issued on"))
    purpose = SealedField(_("purpose"))
    letter_number = SealedField(_("letter number"))
    undertaking = models.BooleanField(_("undertaking"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    sent_at = models.DateTimeField(_("sent at"), null=True)

    class Meta:
        verbose_name = _("staff roster")
        verbose_name_plural = _("staff rosters")
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "sending", "sent", "stopped"]),
                name="roster_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(undertaking=True, sent_at__isnull=False),
                name="roster_sent_with_undertaking",
            ),
        ]

    def __str__(self) -> str:
        return self.receipt

    @property
    def is_draft(self) -> bool:
        """Whether persons may still be entered."""
        return self.state == self.State.DRAFT


class RosterPerson(models.Model):
    """One person and post. `person_key` tells apart whom one unit enters; it agrees with no other unit's and no index."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    roster = models.ForeignKey(Roster, models.PROTECT, related_name="persons")
    number = models.PositiveSmallIntegerField(_("number"))
    person_key = models.BinaryField(editable=False)
    id_type = SealedField(_("type of document"), null=True)
    id_number = SealedField(_("document number"), null=True)
    name = SealedField(_("name"), null=True)
    post = SealedField(_("post"), null=True)

    class Meta:
        verbose_name = _("person on a roster")
        verbose_name_plural = _("persons on a roster")
        ordering = ["number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["roster", "person_key"], name="roster_person_once"),
            models.UniqueConstraint(fields=["roster", "number"], name="roster_number_once"),
        ]
        indexes = [models.Index(fields=["person_key"], name="roster_person_known")]

    def __str__(self) -> str:
        return str(self.id)
