"""The clerk's forms for what happened to a record on file: a new content, or only its end or a note.

The record is named as the paper names it. What a form answers never depends on what is on file.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.across_rows import Judgement, NothingOnFile, judge_rows
from registry.correction import Correction, NamedRecord, read_named
from registry.decision_row import RowReading
from registry.finding_words import in_words
from registry.findings import Finding
from registry.forms import DecisionForm, Panels, acts_by_article
from registry.in_force import REPLACING, Happened
from registry.models import ViolationRecord
from registry.offences import offence
from registry.officers import Officer
from registry.penalties import law_on
from registry.record_contents import correction_of
from registry.record_keys import keys_of
from registry.resident_id import read_resident_id
from registry.row_words import LABELS, VALUES, Text
from registry.split_date import SplitDateField

ON_FILE = {
    "organ_code": "replaced_organ",
    "decision_number": "replaced_number",
    "offence_code": "replaced_act",
}
HAPPENED = (
    gettext_lazy("What happened"),
    ("outcome_document", "outcome_on", "outcome_reason"),
)


def line(label: Text, **more: Any) -> forms.CharField:
    """Return a required field under a label."""
    words: Any = label
    return forms.CharField(label=words, **more)


class HappenedFields(forms.Form):
    """What happened, and which record it happened to. When valid, `correction` holds all of it."""

    officer: Officer
    draft: ViolationRecord | None
    happened: Happened
    panels: Panels

    outcome_document = forms.CharField(
        label=gettext_lazy("Document that says so"),
        help_text=gettext_lazy(
            "Number of the reconsideration decision, the judgment, or the organ's own correction notice."
        ),
        max_length=200,
    )
    outcome_on = SplitDateField(label=gettext_lazy("Date of that document"))
    outcome_reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    replaced_organ = line(gettext_lazy("Organ code on file"), max_length=40)
    replaced_number = line(gettext_lazy("Decision number on file"), max_length=100)
    replaced_act = line(gettext_lazy("Act on file"), widget=forms.Select)

    correction: Correction | None = None

    def open_on(
        self,
        officer: Officer,
        draft: ViolationRecord | None,
        typed: Mapping[str, Any] | None = None,
    ) -> None:
        """Start with what was typed before, with what the draft says, or with the clerk's own organ."""
        self.fields["replaced_act"].widget.choices = acts_by_article()
        # Errors are listed in the order of the fields, and the page has them in the order of its panels.
        self.order_fields([name for _title, names in self.panels for name in names])
        self.initial.setdefault("id_type", "resident_id")
        self.initial["replaced_organ"] = officer.unit_code
        if draft:
            self.initial.update(stated_in_correction(correction_of(draft)))
        self.initial.update(typed or {})

    def clean_outcome_on(self) -> Any:
        """A document of tomorrow has not been issued."""
        day = self.cleaned_data["outcome_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(
                _("The date is in the future. Compare it with the document.")
            )
        return day

    def named_in(self, stated: dict[str, Any]) -> NamedRecord | None:
        """Return what names the record on file; what cannot be read stands at its field."""
        cells = {name: stated.get(field) for name, field in ON_FILE.items()}
        cells |= {name: stated.get(name) for name in ("id_type", "id_number")}
        named, findings = read_named(cells)
        if named and offence(named.offence_code) is None:
            findings = (Finding("bad_value", "offence_code"),)
        for finding in findings:
            field = ON_FILE.get(finding.field, finding.field)
            if field not in self.errors:
                self.add_error(field, in_words(finding, stated))
        return None if findings else named


class ReplacingForm(HappenedFields, DecisionForm):
    """A correction, change or partial revocation: the decision as it stands now, whole."""

    panels: Panels = (
        HAPPENED,
        (
            gettext_lazy("Record on file, as it was entered"),
            ("replaced_organ", "replaced_number", "replaced_act"),
        ),
        *DecisionForm.panels,
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        happened: Happened,
        officer: Officer,
        draft: ViolationRecord | None = None,
        typed: Mapping[str, Any] | None = None,
    ) -> None:
        """Take what was posted, what happened, who is at work, the draft being changed, and what was typed before."""
        super().__init__(data, officer=officer, draft=draft)
        self.happened = happened
        self.open_on(officer, draft, typed)

    def judged(self, reading: RowReading) -> Judgement:
        """An old act is corrected under the law it was judged by; what is on file is filing's to ask."""
        law = law_on(reading.row.acted_on) if reading.row else "2025"
        (judgement,) = judge_rows(
            [reading],
            law=law,
            today=timezone.localdate(),
            on_file=NothingOnFile(),
            keys_of=keys_of,
        )
        return judgement

    def clean(self) -> dict[str, Any]:
        """Join what is right or remains with the record it replaces: always of the same person."""
        stated = super().clean()
        named = self.named_in(stated)
        if self.row and named and not self.errors:
            self.correction = Correction(
                happened=self.happened,
                named=named,
                reason=stated["outcome_reason"],
                document=stated["outcome_document"],
                document_on=stated["outcome_on"],
                row=self.row,
            )
        return stated


class EndingForm(HappenedFields):
    """A revocation, a voiding or a note: which record, by which document, and why."""

    id_type = line(LABELS["id_type"], widget=forms.Select(choices=list(VALUES["id_type"].items())))
    id_number = line(LABELS["id_number"], max_length=64)

    panels: Panels = (
        HAPPENED,
        (
            gettext_lazy("Record on file, as it was entered"),
            ("id_type", "id_number", "replaced_organ", "replaced_number", "replaced_act"),
        ),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        happened: Happened,
        officer: Officer,
        draft: ViolationRecord | None = None,
        typed: Mapping[str, Any] | None = None,
    ) -> None:
        """Take what was posted, what happened, who is at work, the draft being changed, and what was typed before."""
        super().__init__(data, initial={})
        self.happened = happened
        self.open_on(officer, draft, typed)

    def clean(self) -> dict[str, Any]:
        """Read what names the record; a number that cannot be right is nobody's."""
        stated = dict(self.cleaned_data)
        named = self.named_in(stated)
        if named and named.id_type == "resident_id" and read_resident_id(named.id_number) is None:
            self.add_error("id_number", in_words(Finding("id_checksum", "id_number"), stated))
        if named and not self.errors:
            self.correction = Correction(
                happened=self.happened,
                named=named,
                reason=stated["outcome_reason"],
                document=stated["outcome_document"],
                document_on=stated["outcome_on"],
            )
        return stated


def form_for(happened: Happened) -> type[ReplacingForm] | type[EndingForm]:
    """Return the form for what happened."""
    return ReplacingForm if happened in REPLACING else EndingForm


def stated_in_correction(correction: Correction) -> dict[str, Any]:
    """Return a correction as the forms show it, but for the content."""
    named = correction.named
    return {
        "outcome_document": correction.document,
        "outcome_on": correction.document_on,
        "outcome_reason": correction.reason,
        "id_type": named.id_type,
        "id_number": named.id_number,
        **{field: getattr(named, name) for name, field in ON_FILE.items()},
    }
