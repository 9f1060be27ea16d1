"""The forms of the auditor's desk. Each that asks about a person or takes something away wants a reason, coded and in words."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.ground_words import ID_TYPES
from access.reading_reasons import ReadingReason
from access.samples import LONGEST_DAYS, Judgement
from registry.normalise import normalise_id_number
from registry.resident_id import read_resident_id
from sealing.log_period import PeriodForm
from sealing.subject import log_index

QUIET = {"autocomplete": "off", "spellcheck": "false"}
MOST_DRAWN = 200


class DeskForm(forms.Form):
    """A form in the administration's own layout, with errors beside their fields."""

    default_renderer = TemplatesSetting


class ReasonForm(DeskForm):
    """Why: the code goes into the log, the words are sealed."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", "–"), *ReadingReason.Code.choices],
        error_messages={"required": _("Choose why you ask.")},
    )
    words = forms.CharField(
        label=_("Reason in words"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, **QUIET}),
        error_messages={"required": _("Say why, in your own words.")},
        help_text=_("Sealed. Only auditors read it; the log names the code."),
    )


class PersonQuestionForm(ReasonForm, PeriodForm):
    """A document by type and number, of which only the keyed hash is compared, and optionally a period."""

    id_type = forms.ChoiceField(
        label=_("Type of document"), choices=list(ID_TYPES.items()), initial="resident_id"
    )
    id_number = forms.CharField(
        label=_("Document number"),
        max_length=64,
        widget=forms.TextInput(attrs=QUIET),
        error_messages={"required": _("Enter the number of the document.")},
    )
    field_order = ("id_type", "id_number", "since", "until", "reason", "words")

    def clean_id_number(self) -> str:
        """Refuse what cannot be a number, so that a slip is not taken for "nobody asked"."""
        kind = self.cleaned_data.get("id_type", "")
        plain = normalise_id_number(kind, self.cleaned_data["id_number"])
        if not any(map(str.isalnum, plain)):
            raise ValidationError(_("Enter the number of the document."), code="required")
        if kind == "resident_id" and read_resident_id(plain) is None:
            raise ValidationError(
                _("This is no valid ID number. Compare it with the document."), code="id_checksum"
            )
        return plain

    def person(self) -> str:
        """Return the log's keyed hash of the person."""
        return log_index(self.cleaned_data["id_type"], self.cleaned_data["id_number"])

    def period(self) -> dict[str, str]:
        """Return the period as it was typed; empty where it is open."""
        return {
            name: text for name, text in self.chosen().items() if name in PeriodForm.base_fields
        }


class DrawForm(DeskForm):
    """The days a sample is drawn from, and how many inquiries."""

    since = forms.DateField(label=_("From day"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To day"), widget=forms.DateInput(attrs={"type": "date"}))
    wanted = forms.IntegerField(
        label=_("How many inquiries"), min_value=1, max_value=MOST_DRAWN, initial=30
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a period that is not over, ends before it begins, or is longer than a quarter."""
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if isinstance(since, date) and isinstance(until, date):
            if until < since:
                self.add_error("until", _("The end is before the beginning."))
            elif (until - since).days >= LONGEST_DAYS:
                self.add_error("until", _("Choose three months at most."))
            elif until > timezone.localdate():
                self.add_error("until", _("Choose days up to today."))
        return cleaned


class JudgementForm(DeskForm):
    """What an auditor found about one drawn inquiry; what is not in order has a coded cause."""

    verdict = forms.ChoiceField(
        label=_("verdict"), choices=Judgement.Verdict.choices, widget=forms.RadioSelect
    )
    cause = forms.ChoiceField(
        label=_("Cause"), choices=[("", "–"), *Judgement.Cause.choices], required=False
    )
    note = forms.CharField(
        label=_("note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, **QUIET}),
        help_text=_("Sealed. Only auditors read it."),
    )

    def clean(self) -> dict[str, Any]:
        """Want a cause unless all is in order, and none if it is."""
        cleaned = super().clean() or self.cleaned_data
        in_order = cleaned.get("verdict") == Judgement.Verdict.IN_ORDER
        if in_order:
            cleaned["cause"] = ""
        elif cleaned.get("verdict") and not cleaned.get("cause"):
            self.add_error("cause", _("Choose what is not in order or unclear."))
        return cleaned
