"""The audit log as its readers see it. The column the lock compares is not part of this model, and
the rows are written by `audit_log.enter` only.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from sealing.findings import Finding, Wrong
from sealing.uuid7 import uuid7


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


class VerificationRun(models.Model):
    """A verification of the log that an auditor asked for, and how far it is; what it found is a `Verification`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asked_by = models.CharField(_("asked for by"), max_length=40)
    asked_at = models.DateTimeField(_("asked for at"), auto_now_add=True)
    done = models.BigIntegerField(_("entries looked at"), default=0)
    total = models.BigIntegerField(_("entries in all"), default=0)
    moved_at = models.DateTimeField(_("moved last at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("verification asked for")
        verbose_name_plural = _("verifications asked for")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.id)


class Verification(models.Model):
    """What a verification of the log found, and against which checkpoint 日志核验; never changed."""

    id = models.UUIDField(primary_key=True, editable=False)
    asked_by = models.CharField(_("asked for by"), max_length=40)
    ended_at = models.DateTimeField(_("verified at"), auto_now_add=True)
    size = models.BigIntegerField(_("entries in the tree"))
    trusted = models.BigIntegerField(_("entries under a checkpoint"))
    checkpoints = models.BigIntegerField(_("checkpoints"))
    cosigned = models.BigIntegerField(_("entries the witness cosigned"), null=True)
    with_memory = models.BooleanField(_("compared with the signer's memory"))
    note = models.TextField(_("checkpoint"), blank=True)
    findings = models.JSONField(_("findings"), default=list)

    class Meta:
        ordering = ["-ended_at"]
        verbose_name = _("verification")
        verbose_name_plural = _("verification of the log")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(self.id)

    def found(self) -> list[Finding]:
        """Return what is wrong, the first bad entry first."""
        stored: list[dict[str, Any]] = self.findings
        return [Finding(**{"about": {}, **said, "wrong": Wrong(said["wrong"])}) for said in stored]
