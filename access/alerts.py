"""Alerts 预警: what the rules found in the log, and what an auditor made of it. Names nobody: keyed hashes and codes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sealing.fields import SealedField
from sealing.uuid7 import uuid7

#: The one rule that looks at the log itself and not at what was asked: its alert has no entries.
LOG_STANDS_STILL = "log_stands_still"


class Alert(models.Model):
    """One rule met for one key on one day; it grows while the pattern goes on, and is opened again when it grows."""

    class Verdict(models.TextChoices):
        """What the auditor found after looking; an alert without a verdict is open."""

        OPEN = "", _("Not looked at yet")
        JUSTIFIED = "justified", _("Justified")
        UNCLEAR = "unclear", _("Unclear: to be followed up")
        MISUSE = "misuse", _("Misuse")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.CharField(_("rule"), max_length=40, editable=False)
    key = models.CharField(_("concerns"), max_length=200, editable=False)
    day = models.DateField(_("day"), editable=False)
    first_at = models.DateTimeField(_("from"), editable=False)
    last_at = models.DateTimeField(_("until"), editable=False)
    entries = ArrayField(models.UUIDField(), verbose_name=_("entries"), editable=False)
    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    verdict = models.CharField(
        _("verdict"), max_length=12, choices=Verdict, blank=True, default=Verdict.OPEN
    )
    judged_by = models.CharField(_("judged by"), max_length=40, blank=True, editable=False)
    judged_at = models.DateTimeField(_("judged at"), null=True, editable=False)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["verdict", "-last_at"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["rule", "key", "day"], name="alert_once")]
        indexes = [
            models.Index(fields=["-last_at"], condition=Q(verdict=""), name="alert_open"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class AlertNote(models.Model):
    """What an auditor wrote about an alert: sealed, because it may name somebody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    alert = models.ForeignKey(Alert, models.PROTECT, related_name="notes")
    text = SealedField(_("note"))
    by = models.CharField(_("written by"), max_length=40)
    at = models.DateTimeField(_("written at"), auto_now_add=True)

    class Meta:
        verbose_name = _("note on an alert")
        ordering = ["id"]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class Canary(models.Model):
    """A person nobody has a reason to ask about: a made-up one, or one who asked for protection. Kept as a keyed hash."""

    person = models.CharField(_("person"), max_length=64, unique=True, editable=False)
    set_by = models.CharField(_("set by"), max_length=40, editable=False)
    set_at = models.DateTimeField(_("set at"), auto_now_add=True)

    class Meta:
        verbose_name = _("canary person")
        verbose_name_plural = _("canary persons")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
