"""What a clerk has typed and not yet saved as a draft: kept as typed, sealed, and gone when it is saved or given up.

Knows no statute, no form and no subject: half a document number is nobody's.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sealing.fields import SealedField


class UnfinishedEntry(models.Model):
    """未完成的录入: one form as it stands on a clerk's screen, as JSON text of which only ciphertext is stored.

    `draft` names the draft that is being changed, if one is; `outcome` the kind of correction, empty for a decision.
    `version` counts the savings, from 1; `window` is a random number of the browser window that saved last.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    clerk = models.CharField(_("clerk"), max_length=40)
    clerk_unit = models.CharField(_("clerk's unit"), max_length=40)
    draft = models.UUIDField(_("draft"), null=True, editable=False)
    outcome = models.CharField(_("what happened"), max_length=20, default="", blank=True)
    version = models.PositiveIntegerField(_("version"))
    window = models.UUIDField(_("window"), null=True, editable=False)
    typed = SealedField(_("as typed"))
    started_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("unfinished entry")
        verbose_name_plural = _("unfinished entries")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["draft"], name="unfinished_once_a_draft"),
        ]
        indexes = [models.Index(fields=["clerk", "started_at"], name="unfinished_of_a_clerk")]

    def __str__(self) -> str:
        return str(self.id)
