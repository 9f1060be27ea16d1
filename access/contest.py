"""What is kept of a contest 异议: the unit's grounds, and the votes of the officers who look a second time.

Who looks is kept nowhere here: the object permission on the contest says so, and only that.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from access.accounts import User
from access.inquiry import Inquiry
from access.reviewing import Vote
from sealing.fields import SealedField
from sealing.uuid7 import uuid7


class Contest(models.Model):
    """One contest of one denial. Reasons and time of the denial are kept as they were then."""

    class State(models.TextChoices):
        """Open, then decided once."""

        OPEN = "open", _("Being looked at a second time")
        UPHELD = "upheld", _("The denial was upheld")
        SET_ASIDE = "set_aside", _("The denial was set aside")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    inquiry = models.OneToOneField(Inquiry, models.PROTECT, related_name="contest_made")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="contests")
    made_on = models.DateField(_("contested on"))
    grounds = SealedField(_("grounds"))
    denied_at = models.DateTimeField(_("denied at"))
    denied_for = ArrayField(models.CharField(max_length=40), verbose_name=_("reasons"))
    denied_on_review = ArrayField(
        models.CharField(max_length=40), default=list, verbose_name=_("reasons of the reviewers")
    )
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.OPEN)
    codes = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("reasons"))
    reasons_today = ArrayField(
        models.CharField(max_length=40), default=list, verbose_name=_("reasons on that day")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = pgettext_lazy("of a denial", "contest")
        default_permissions = ()
        permissions = [("review_contest", _("Can look at the contest"))]
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.pk)


class ContestVote(models.Model):
    """One officer's vote, with his number and unit as they were; the database sets its time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contest = models.ForeignKey(Contest, models.PROTECT, related_name="votes")
    officer = models.ForeignKey(User, models.PROTECT, related_name="contest_votes")
    officer_number = models.CharField(_("official number"), max_length=40)
    officer_unit = models.CharField(_("unit"), max_length=40, blank=True)
    vote = models.CharField(
        _("vote"), max_length=20, choices=[(v.value, v.value) for v in Vote if v is not Vote.ASK]
    )
    reasons = ArrayField(models.CharField(max_length=40), verbose_name=_("reasons"))
    text = SealedField(_("explanation"))
    scope = models.JSONField(_("scope"), null=True)
    cast_at = models.DateTimeField(_("cast at"), auto_now_add=True)

    class Meta:
        verbose_name = _("vote")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["contest", "officer"], name="one_vote_a_contest"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
