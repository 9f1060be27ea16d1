"""The audit log as its readers see it. The column the lock compares is not part of this model, and
the rows are written by `audit_log.enter` only.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One row of the append-only audit log 审计日志; read through the alias `audit`."""

    id = models.UUIDField(_("entry"), primary_key=True, editable=False)
    at = models.DateTimeField(_("time"), editable=False)
    person = models.CharField(_("person"), max_length=64, blank=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20, editable=False)
    outcome = models.CharField(_("outcome"), max_length=20, editable=False)
    unit = models.CharField(_("unit"), max_length=40, blank=True, editable=False)
    official = models.CharField(_("official"), max_length=40, blank=True, editable=False)
    exception = models.CharField(_("exception"), max_length=20, blank=True, editable=False)
    provision = models.CharField(_("provision"), max_length=40, blank=True, editable=False)
    reasons = ArrayField(models.TextField(), verbose_name=_("reasons"), editable=False)
    inquiry = models.CharField(_("receipt"), max_length=40, blank=True, editable=False)
    body = models.BinaryField(_("body"), editable=False)
    leaf_hash = models.BinaryField(_("leaf hash"), editable=False)

    class Meta:
        managed = False
        db_table = "sealing_auditentry"
        ordering = ["-id"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(self.id)


class DropProposal(models.Model):
    """A proposal to drop the oldest month of the log; what came of it stands in tables of its own (see `retention`)."""

    id = models.UUIDField(_("order"), primary_key=True, editable=False)
    month = models.DateField(_("month"), editable=False)
    document = models.JSONField(_("document"), editable=False)
    proposed_by = models.TextField(_("proposed by"), editable=False)
    entry = models.UUIDField(_("entry"), editable=False)
    at = models.DateTimeField(_("proposed at"), editable=False)

    class Meta:
        managed = False
        db_table = "sealing_dropproposal"
        ordering = ["-at"]
        verbose_name = _("order to drop a month")
        verbose_name_plural = _("retention of the log")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
