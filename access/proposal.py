"""What one security administrator proposes and another approves (提请与核准): an authorisation, more of one, or its return.

A proposal states the whole of what is to be, and with it the unit's application. It is made, decided once, and kept.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from access.accounts import User
from access.terms import Terms
from access.units import Authorisation, Unit
from sealing.fields import SealedField
from sealing.uuid7 import uuid7


class AuthorisationProposal(models.Model):
    """Unit and ground, days, officials by number, budget, and the application letter; `resumes` ends a suspension."""

    class State(models.TextChoices):
        """Open, then decided once. Superseded: the authorisation was cut down or loaded meanwhile."""

        OPEN = "open", _("Waiting for approval")
        APPROVED = "approved", pgettext_lazy("proposal", "Approved")
        REFUSED = "refused", pgettext_lazy("proposal", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("proposal", "Withdrawn")
        SUPERSEDED = "superseded", pgettext_lazy("proposal", "Superseded")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    authorisation = models.ForeignKey(
        Authorisation, models.PROTECT, related_name="proposals", null=True
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="proposals")
    ground = models.CharField(_("ground"), max_length=40)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"))
    officials = ArrayField(models.CharField(max_length=40), verbose_name=_("named officials"))
    daily_budget = models.PositiveIntegerField(_("inquiries a day under this ground"), null=True)
    resumes = models.BooleanField(_("ends the suspension"), default=False)
    letter_number = SealedField(_("number of the application letter"))
    letter_issued_on = models.DateField(_("application letter issued on"), null=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="proposals_made")
    made_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(
        User, models.PROTECT, related_name="proposals_decided", null=True
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("made_by")),
                name="proposal_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")), name="proposal_dates_in_order"
            ),
            models.CheckConstraint(
                condition=Q(resumes=True) | Q(letter_issued_on__isnull=False),
                name="proposal_has_its_letter",
            ),
            models.UniqueConstraint(
                fields=["authorisation"], condition=Q(state="open"), name="one_proposal_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["unit", "ground", "valid_from"],
                condition=Q(state="open", authorisation__isnull=True),
                name="one_new_proposal_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def terms(self) -> Terms:
        """Return what the authorisation is to allow."""
        officials = frozenset(self.officials)
        return Terms(self.valid_from, self.valid_to, officials, self.daily_budget)
