"""Random samples of inquiries 抽样: what was drawn, from how many, and what auditors found. Names nobody.

Rows are added and never changed; a later judgement of the same inquiry is one more row. The note is sealed.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sealing.fields import SealedField
from sealing.uuid7 import uuid7

#: A sample is drawn from a quarter at most: what is further back was drawn from before.
LONGEST_DAYS = 93


class Sample(models.Model):
    """One draw: days, number, seed, and the strata with how many there were and how many were drawn.

    `strata` is a list of [unit, ground, inquiries, drawn]; `seed` the root (hex) of the checkpoint over `size` entries.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))
    wanted = models.PositiveIntegerField(_("asked for"))
    seed = models.CharField(_("seed"), max_length=64)
    size = models.BigIntegerField(_("entries under the checkpoint"))
    strata = models.JSONField(_("strata"))
    by = models.CharField(_("drawn by"), max_length=40)
    at = models.DateTimeField(_("drawn at"), auto_now_add=True)

    class Meta:
        verbose_name = _("sample")
        verbose_name_plural = _("samples")
        ordering = ["-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(self.pk)


class DrawnInquiry(models.Model):
    """One inquiry of a sample, by the entry that it was received with."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sample = models.ForeignKey(Sample, models.PROTECT, related_name="drawn")
    entry = models.UUIDField(_("audit entry"))
    unit = models.CharField(_("unit"), max_length=40)
    ground = models.CharField(_("ground"), max_length=40)

    class Meta:
        verbose_name = _("drawn inquiry")
        verbose_name_plural = _("drawn inquiries")
        ordering = ["id"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["sample", "entry"], name="drawn_once")]

    def __str__(self) -> str:
        return str(self.pk)


class Judgement(models.Model):
    """What one auditor found about a drawn inquiry; the last one counts, the earlier ones stay."""

    class Verdict(models.TextChoices):
        """In order, or not, or not to be said from what there is."""

        IN_ORDER = "in_order", _("In order")
        UNCLEAR = "unclear", _("Unclear")
        NOT_IN_ORDER = "not_in_order", _("Not in order")

    class Cause(models.TextChoices):
        """What is not in order or unclear; every cause is about the asking or the deciding, none about the person."""

        GROUND = "ground", _("The provision does not fit the purpose")
        LETTER = "letter", _("The letter or the case file is missing or does not fit")
        OFFICIALS = "officials", _("An official who did not ask, or should not have")
        PURPOSE = "purpose", _("The stated purpose is not true")
        DECISION = "decision", _("Granted or denied against the provision")
        COPIES = "copies", _("Copies kept or passed on without a reason")
        NO_ANSWER = "no_answer", _("The unit has not answered the auditor")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    drawn = models.ForeignKey(DrawnInquiry, models.PROTECT, related_name="judgements")
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict)
    cause = models.CharField(_("cause"), max_length=12, choices=Cause, blank=True)
    note = SealedField(_("note"))
    by = models.CharField(_("judged by"), max_length=40)
    at = models.DateTimeField(_("judged at"), auto_now_add=True)

    class Meta:
        verbose_name = _("judgement of a drawn inquiry")
        verbose_name_plural = _("judgements of drawn inquiries")
        ordering = ["id"]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
