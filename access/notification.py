"""The register of notices under Article 134 通报: who was notified, when, about which record, by which document.

A row names a record by its key alone: no person, no number and no act stands here. Rows are added, never changed.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from sealing.fields import SealedField
from sealing.uuid7 import uuid7

#: 治安管理处罚法 Art. 134: what the log calls this ground. It is a duty to notify, so no inquiry may choose it.
ARTICLE_134 = "PSPL-134"


class Notification(models.Model):
    """One notice of one organ. `earlier` is the notice that it makes good, after the record was changed or revoked.

    `entry` is the audit entry of the disclosure; the database refuses a row without one of the same transaction.
    """

    class RecipientKind(models.TextChoices):
        """Who may be notified: the closed list of Article 134."""

        SUPERVISORY_ORGAN = "supervisory_organ", _("Supervisory organ")
        RELEVANT_UNIT = "relevant_unit", _("Relevant unit")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.CharField(_("organ that notified"), max_length=40)
    record = models.UUIDField(_("record"), editable=False)
    entry = models.UUIDField(_("audit entry"), editable=False)
    officers = ArrayField(models.CharField(max_length=40), size=2, verbose_name=_("officers"))
    recipient_kind = models.CharField(_("kind of recipient"), max_length=20, choices=RecipientKind)
    recipient = SealedField(_("recipient"))
    document = SealedField(_("number of the notice"))
    made_at = models.DateTimeField(_("notified at"), auto_now_add=True)
    earlier = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="later", verbose_name=_("earlier notice")
    )

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        default_permissions = ()
        indexes = [models.Index(fields=["unit", "-id"], name="notifications_of_unit")]

    def __str__(self) -> str:
        return str(self.id)
