"""What is kept of a review 审查: votes, questions put to the unit, and its replies. Rows are added and never changed.

Who reviews is kept nowhere here: the object permission on the inquiry says so, and only that.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from access.accounts import User
from access.inquiry import Inquiry
from access.reviewing import Vote
from sealing.fields import SealedField
from sealing.uuid7 import uuid7

CODE_LENGTH = 40


class ReviewVote(models.Model):
    """One officer's vote in one round, with his number and unit as they were; the database sets its time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="votes")
    round = models.PositiveSmallIntegerField(_("round"))
    officer = models.ForeignKey(User, models.PROTECT, related_name="votes")
    officer_number = models.CharField(_("official number"), max_length=40)
    officer_unit = models.CharField(_("unit"), max_length=40, blank=True)
    vote = models.CharField(_("vote"), max_length=20, choices=[(v.value, v.value) for v in Vote])
    reasons = ArrayField(models.CharField(max_length=CODE_LENGTH), verbose_name=_("reasons"))
    text = SealedField(_("explanation"))
    scope = models.JSONField(_("scope"), null=True)
    cast_at = models.DateTimeField(_("cast at"), auto_now_add=True)

    class Meta:
        verbose_name = _("vote")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["inquiry", "round", "officer"], name="one_vote_an_officer_and_round"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ReviewQuestion(models.Model):
    """What the unit was asked when a round ended with a question; the clock stands still from that day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="questions")
    round = models.PositiveSmallIntegerField(_("round"))
    codes = ArrayField(models.CharField(max_length=CODE_LENGTH), verbose_name=_("questions"))
    text = SealedField(_("question"))
    asked_on = models.DateField(_("asked on"))

    class Meta:
        verbose_name = _("question")
        default_permissions = ()
        ordering = ["round"]
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "round"], name="one_question_a_round"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ReviewReply(models.Model):
    """What the unit answered, and the facts it added; what it stated first stays as it was."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    question = models.OneToOneField(ReviewQuestion, models.PROTECT, related_name="reply")
    replied_by = models.CharField(_("official number"), max_length=40)
    replied_on = models.DateField(_("replied on"))
    text = SealedField(_("answer"))
    purpose = SealedField(_("purpose"))
    post = SealedField(_("post"))
    letter_number = SealedField(_("letter number"))
    letter_issued_on = models.DateField(_("letter issued on"), null=True)

    class Meta:
        verbose_name = _("reply")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
