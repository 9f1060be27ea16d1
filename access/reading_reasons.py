"""Why an auditor asks about a person or takes something out of the log: a code in the log, the words sealed beside it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.accounts import User
from sealing import audit_log
from sealing.audit_log import Entry
from sealing.fields import SealedField
from sealing.uuid7 import uuid7


class ReadingReason(models.Model):
    """What an auditor wrote about one entry of his own: added with that entry, never changed, read by auditors."""

    class Code(models.TextChoices):
        """The reasons there are; the log names one of them."""

        ALERT = "alert", _("An alert")
        COMPLAINT = "complaint", _("A complaint or a contested denial")
        PERSON = "person", _("The person asked who inquired about him or her")
        SAMPLE = "sample", _("A random sample")
        ROUTINE = "routine", _("A regular audit")
        ORDER = "order", _("An order of a supervisory organ")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entry = models.UUIDField(_("audit entry"), unique=True, editable=False)
    text = SealedField(_("in words"))
    by = models.CharField(_("written by"), max_length=40)
    at = models.DateTimeField(_("written at"), auto_now_add=True)

    class Meta:
        verbose_name = _("reason for reading the log")
        verbose_name_plural = _("reasons for reading the log")
        ordering = ["id"]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


def enter_with_reason(entry: Entry, *, words: str, by: User) -> None:
    """Commit an entry and the words of its reason together; NotEntered when that fails."""
    with audit_log.committed():
        made = audit_log.enter(entry)
        ReadingReason.objects.create(entry=made.id, text=words.strip(), by=by.number)
