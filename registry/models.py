"""The record: one act of one person in one penalty decision, a draft first, then sealed for ever.

Identity, narrative and document numbers are ciphertext. Officers and organ stand as plain values, as they were
on the day: a record is a historical fact and points at no account.
"""

from typing import Any

from django.contrib.postgres.indexes import BrinIndex, BTreeIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from registry.entry_models import UnfinishedEntry
from registry.happened_words import NAMES
from registry.import_run_models import ImportRun, RejectedRows
from registry.in_force import NOTING, Happened
from registry.number_models import FiledNumber, IssuedRange, OddNumber
from registry.offences import offence
from sealing.fields import SealedField
from sealing.index_version import current
from sealing.uuid7 import uuid7

__all__ = [
    "FiledNumber",
    "ImportRun",
    "IssuedRange",
    "OddNumber",
    "Origin",
    "RejectedRows",
    "Stage",
    "UnfinishedEntry",
    "ViolationRecord",
]


class Stage(models.TextChoices):
    """Where a draft stands; a sealed record keeps the stage it was filed from."""

    DRAFT = "draft", _("draft")
    TO_VERIFY = "to_verify", _("to be verified")
    RETURNED = "returned", _("returned with remarks")
    WITHDRAWN = "withdrawn", pgettext_lazy("draft", "withdrawn")


class Origin(models.TextChoices):
    """How a record came in; an imported one is born sealed."""

    FORM = "form", _("form")
    IMPORT = "import", _("import")


class ViolationRecord(models.Model):
    """违法记录. `subject` finds the person for the lock; it is never null, and changes only when the
    keys of all indexes do: `index_version` says with which of them `subject` and the three `_key`s are made.

    `outcome` is empty but for a row that replaces, ends or notes another (registry.in_force); `outcome_on` is the
    date of the document that says so. A row that ends or notes has no content of its own: its dates are that date.
    `act_key` is the duplicate key that a replacing row would have as an ordinary record. Days are days of
    administrative detention, amounts whole yuan, dates local dates of the decision.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.BinaryField(_("subject"), editable=False)
    decision_key = models.BinaryField(_("decision key"), editable=False)
    duplicate_key = models.BinaryField(_("duplicate key"), editable=False)
    content_digest = models.BinaryField(_("content digest"), editable=False)
    index_version = models.PositiveSmallIntegerField(
        _("version of the index keys"), default=current, db_default=1, editable=False
    )

    law = models.CharField(_("law"), max_length=4, default="2025")
    organ_code = models.CharField(_("organ code"), max_length=40)
    organ_name = models.CharField(_("deciding organ"), max_length=100)
    organ_level = models.CharField(_("level of the organ"), max_length=10)
    decided_on = models.DateField(_("decided on"))
    acted_on = models.DateField(_("acted on"))
    served_on = models.DateField(_("served on"), null=True, blank=True)
    offence_code = models.CharField(_("act"), max_length=24)
    warning = models.BooleanField(_("warning"), default=False)
    fine = models.PositiveIntegerField(_("fine (yuan)"), null=True, blank=True)
    detention_days = models.PositiveSmallIntegerField(_("detention (days)"), null=True, blank=True)
    foreigner_measure = models.CharField(_("measure for a foreigner"), max_length=20)
    execution = models.CharField(_("execution"), max_length=24)

    decision_number = SealedField(_("decision number"))
    name = SealedField(_("name"))
    sex = SealedField(_("sex"))
    birth_date = SealedField(_("date of birth"))
    id_type = SealedField(_("type of document"))
    id_number = SealedField(_("document number"))
    nationality = SealedField(_("nationality"))
    address = SealedField(_("address"))
    guardian_name = SealedField(_("guardian"))
    facts = SealedField(_("facts and evidence"))
    licence_revoked = SealedField(_("licence revoked"))
    execution_reason = SealedField(_("reason for execution"))
    procedure = SealedField(_("procedure"), null=True)

    outcome = models.CharField(
        _("what happened"), max_length=20, default="", db_default="", blank=True
    )
    outcome_on = models.DateField(_("date of the document"), null=True, blank=True, editable=False)
    act_key = models.BinaryField(_("act key"), null=True, editable=False)
    outcome_reason = SealedField(_("reason"), null=True)
    outcome_document = SealedField(_("document"), null=True)
    replaced_organ = SealedField(_("organ code on file"), null=True)
    replaced_number = SealedField(_("decision number on file"), null=True)
    replaced_act = SealedField(_("act on file"), null=True)

    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.DRAFT)
    origin = models.CharField(max_length=6, choices=Origin, default=Origin.FORM)
    remarks = SealedField(_("remarks of the verifying officer"), null=True)
    clerk = models.CharField(_("clerk"), max_length=40)
    clerk_unit = models.CharField(_("clerk's unit"), max_length=40)
    verified_by = models.CharField(_("verifying officer"), max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    entry = models.UUIDField(_("filing entry"), null=True, editable=False)
    replaces = models.UUIDField(_("replaces"), null=True, editable=False)
    sealed_at = models.DateTimeField(_("sealed at"), null=True, editable=False)
    sealed = models.GeneratedField(
        expression=Q(sealed_at__isnull=False),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name=_("sealed"),
    )

    class Meta:
        verbose_name = _("violation record")
        verbose_name_plural = _("violation records")
        default_permissions = ()
        permissions = [("hold_draft", _("Can hold a draft"))]
        constraints = [
            models.UniqueConstraint(fields=["subject", "id"], name="record_subject_id"),
            models.UniqueConstraint(
                fields=["subject", "duplicate_key"],
                condition=Q(sealed_at__isnull=False),
                name="record_filed_once",
            ),
            models.CheckConstraint(
                condition=Q(origin="form") | Q(sealed_at__isnull=False),
                name="record_import_born_sealed",
            ),
            models.CheckConstraint(
                condition=Q(sealed_at__isnull=True)
                | Q(origin="import")
                | (~Q(verified_by="") & ~Q(verified_by=F("clerk"))),
                name="record_filed_by_second_officer",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=("", *(happened.value for happened in Happened))),
                name="record_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", replaces__isnull=True)
                | (~Q(outcome="") & (Q(sealed_at__isnull=True) | Q(replaces__isnull=False))),
                name="record_outcome_names_a_record",
            ),
            models.UniqueConstraint(
                fields=["subject", "replaces"],
                condition=Q(sealed_at__isnull=False, replaces__isnull=False)
                & ~Q(outcome__in=sorted(noting.value for noting in NOTING)),
                name="record_replaced_once",
            ),
        ]
        indexes = [
            BTreeIndex(
                fields=["clerk_unit", "stage", "created_at"],
                condition=Q(sealed_at__isnull=True),
                name="record_drafts",
            ),
            BTreeIndex(fields=["subject", "decision_key"], name="record_decision"),
            BrinIndex(fields=["sealed_at"], name="record_sealed_at"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def happened(self) -> Any:
        """Return in words what this row says happened to another; empty for an ordinary record."""
        return NAMES[Happened(self.outcome)] if self.outcome else ""

    @property
    def offence_name(self) -> str:
        """Return the act's name 案由, or its code when the catalogue no longer has it."""
        act = offence(self.offence_code)
        return act.name_zh if act else self.offence_code
