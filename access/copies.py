"""What became of an answer: the register of onward use 后续使用登记, and the reminder that it must be confirmed.

A statement says where a copy is, until when, or that there is none. Rows are added, never changed, each with its audit
entry; what names a file, an office or a reason is sealed. A statement names no person and no record.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.inquiry import Inquiry
from access.units import Unit
from sealing.fields import SealedField
from sealing.uuid7 import uuid7


class CopyStatement(models.Model):
    """One statement of one official about the copies of one answer; the last ones that hold say what there is."""

    class Act(models.TextChoices):
        """What is stated; nothing else can be."""

        KEPT = "kept", _("A copy is kept in a file of our unit")
        PASSED_ON = "passed_on", _("It was passed on, as the purpose of the inquiry needs")
        NO_COPY = "no_copy", _("There is no copy: none was made, or all are destroyed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    inquiry = models.ForeignKey(
        Inquiry, models.PROTECT, related_name="copy_statements", verbose_name=_("inquiry")
    )
    act = models.CharField(_("what is stated"), max_length=12, choices=Act)
    recipient = SealedField(_("passed on to"))
    file = SealedField(_("file"))
    reason = SealedField(_("reason"))
    until = models.DateField(_("kept until"), null=True)
    made_by = models.CharField(_("stated by"), max_length=40)
    made_at = models.DateTimeField(_("stated at"), auto_now_add=True)
    entry = models.UUIDField(_("audit entry"), editable=False)

    class Meta:
        verbose_name = _("statement on copies")
        verbose_name_plural = _("statements on copies")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(act="no_copy", until=None)
                | Q(act__in=("kept", "passed_on"), until__isnull=False),
                name="copies_have_an_end",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Reminder(models.Model):
    """An answer that was opened and must be accounted for: by `due_on`, and again when a stated term is over.

    It follows from inquiry and statements and holds nothing of its own, so it may be made anew at any time.
    """

    inquiry = models.OneToOneField(
        Inquiry, models.PROTECT, related_name="reminder", verbose_name=_("inquiry")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="reminders", verbose_name=_("unit"))
    due_on = models.DateField(_("to be confirmed by"))
    closed_on = models.DateField(_("closed on"), null=True)

    class Meta:
        verbose_name = _("overdue confirmation")
        verbose_name_plural = _("overdue confirmations")
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["unit", "due_on"], condition=Q(closed_on=None), name="reminder_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.due_on}"
