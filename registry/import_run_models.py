"""One file that was uploaded to be filed (批量归档): where it stands and what came of it, by numbers and codes.

Holds nothing of a person and not the file's name. The file itself lies sealed in the folder of uploads; what was
rejected is kept sealed beside the run for some days. Officers and organ are plain values, as they were.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sealing import cipher
from sealing.uuid7 import uuid7


class RunState(models.TextChoices):
    """Where a run stands; the last three are ends."""

    CHECKING = "checking", pgettext_lazy("import", "being checked")
    CHECKED = "checked", pgettext_lazy("import", "waiting for confirmation")
    FILING = "filing", pgettext_lazy("import", "being filed")
    DONE = "done", pgettext_lazy("import", "filed")
    FAILED = "failed", pgettext_lazy("import", "not filed")
    CANCELLED = "cancelled", pgettext_lazy("import", "discarded")


AT_WORK = (RunState.CHECKING, RunState.FILING)
UNFINISHED = (*AT_WORK, RunState.CHECKED)


class ImportRun(models.Model):
    """An upload from its check to its receipt. While it is checked, `filed` counts what would be filed.

    `rows_done` and the counts are of whole batches, written in their transactions; `rows_read` is only for the eye.
    `touched_at` is the last sign of life of the process at work, `attempts` how often one began since the last batch.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organ_code = models.CharField(_("organ code"), max_length=40)
    law = models.CharField(_("law"), max_length=4)
    language = models.CharField(_("language"), max_length=10)
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.CHECKING)
    problem = models.CharField(_("problem"), max_length=500, blank=True, default="")
    uploaded_by = models.CharField(_("uploaded by"), max_length=40)
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    confirmed_by = models.CharField(_("confirmed by"), max_length=40, blank=True, default="")
    ended_at = models.DateTimeField(_("ended at"), null=True)
    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    rows_total = models.PositiveIntegerField(_("rows"), null=True)
    rows_done = models.PositiveIntegerField(_("rows done"), default=0)
    filed = models.PositiveIntegerField(_("filed"), default=0)
    codes = models.JSONField(_("reject codes"), default=dict)
    warnings = models.JSONField(_("warnings"), default=dict)
    touched_at = models.DateTimeField(_("last sign of life"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=RunState.values), name="import_run_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(uploaded_by=models.F("confirmed_by")),
                name="import_run_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["filing", "done"]) | ~models.Q(confirmed_by=""),
                name="import_run_filed_when_confirmed",
            ),
        ]
        indexes = [models.Index(fields=["organ_code", "id"], name="import_run_of_organ")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def rejected(self) -> int:
        """How many of the rows done were rejected."""
        return self.rows_done - self.filed

    @property
    def is_at_work(self) -> bool:
        """Whether a process has something to do for it."""
        return self.state in AT_WORK


class RejectedRows(models.Model):
    """The rejected rows of one batch as lines of CSV (`row,decision_number,codes`), sealed: numbers of decisions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="rejects")
    lines = models.BinaryField(_("lines"), editable=False)

    class Meta:
        verbose_name = _("rejected rows")
        verbose_name_plural = _("rejected rows")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.id)

    def _place(self) -> tuple[str, ...]:
        return (self._meta.db_table, "lines", str(self.pk))

    @classmethod
    def of(cls, run: ImportRun, lines: str) -> "RejectedRows":
        """Return a row that holds these lines, not saved yet."""
        made = cls(run=run)
        made.lines = cipher.seal(lines.encode(), place=made._place())
        return made

    def opened(self) -> str:
        """Return the lines; Unopenable when they were changed."""
        stored: Any = self.lines
        return cipher.opened(bytes(stored), place=self._place()).decode()
