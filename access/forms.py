"""The inquiry form: it asks only what the chosen ground needs, and takes what was typed as facts.

Two kinds of fault are kept apart. What cannot be read (a date that does not exist, an ID number whose check
digit fails, no person) is an error of the form: nothing is stored. What is left out (no purpose, no letter) is
no error but a reason for denial: the form says so once, and `confirm` sends it as it is, to be denied and
entered in the log. Neither depends on anything but what was typed.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core import signing
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from access import undertakings
from access.accounts import User
from access.denials import Explained, explained
from access.exceptions import CaseKind, Check, StatutoryException
from access.facts import CaseFacts, InquiryFacts, LetterFacts, UnitStanding
from access.person_form import OF_THE_PERSON, PersonForm
from access.policy import Reason, decide
from registry.split_date import SplitDateField, SplitDateInput
from sealing.uuid7 import uuid7

#: The reasons for denial that filling in the form avoids, whatever the unit's standing.
FORMAL = frozenset(
    {
        Reason.TWO_OFFICIALS_REQUIRED,
        Reason.CASE_MISSING,
        Reason.PURPOSE_MISSING,
        Reason.POST_MISSING,
        Reason.LETTER_MISSING,
        Reason.LETTER_EXPIRED,
        Reason.UNDERTAKING_MISSING,
    }
)
#: A form that was opened longer ago than this, in seconds, is no longer recognised when it comes twice.
FORM_AGE = 24 * 3600
OFFICIAL_NUMBER = RegexValidator(
    r"^[A-Za-z0-9_-]+$", _("An official number has letters, digits, hyphens and underscores only.")
)
OF_A_CASE = ("case_kind", "check", "case_number", "case_opened_on")
OF_A_PROVISION = ("provision", "post")
HIDDEN = ("exception", "provision", "case_kind", "check", "form_id")
OF_THE_GROUND = ("case_number", "case_opened_on", "purpose", "post")
OF_THE_OFFICIALS = ("official_1", "official_2", "letter_number", "letter_issued_on")


class DateInput(SplitDateInput):
    """Year, month and day; a whole date under the field's own name counts as all three."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Any]:
        if name in data and f"{name}_0" not in data:
            data = {f"{name}_0": data[name]}
        return super().value_from_datadict(data, files, name)


def official_field(label: Any, **options: Any) -> forms.CharField:
    """Return a field for the number of an official; leave it out or require it."""
    return forms.CharField(
        label=label,
        max_length=40,
        validators=[OFFICIAL_NUMBER],
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
        **{"required": False, **options},
    )


class InquiryForm(PersonForm):
    """One inquiry about one person, as the officials of one unit state it."""

    field_order = (
        *HIDDEN,
        *OF_THE_GROUND,
        *OF_THE_OFFICIALS,
        *OF_THE_PERSON,
        "undertaking",
        "confirm",
    )

    exception = forms.ChoiceField(
        widget=forms.HiddenInput,
        choices=[(known.value, known.value) for known in StatutoryException],
        error_messages={
            "required": _("Choose one of the two exceptions."),
            "invalid_choice": _("There are two exceptions and no third."),
        },
    )
    provision = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    case_kind = forms.ChoiceField(
        widget=forms.HiddenInput,
        required=False,
        choices=[("", ""), *((known.value, known.value) for known in CaseKind)],
    )
    check = forms.ChoiceField(
        widget=forms.HiddenInput,
        required=False,
        choices=[("", ""), *((known.value, known.value) for known in Check)],
    )
    form_id = forms.CharField(widget=forms.HiddenInput, required=False)

    case_number = forms.CharField(
        label=_("Case number"),
        max_length=100,
        required=False,
        help_text=_("As it stands on the file of the case."),
    )
    case_opened_on = SplitDateField(
        label=_("Case opened on"),
        required=False,
        widget=DateInput,
        help_text=_("For example 2026 3 9."),
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why this person is asked about, and what the answer is needed for."),
    )
    post = forms.CharField(
        label=_("Post, permit or step"),
        max_length=100,
        required=False,
        help_text=_("For example class teacher, school bus driver, renewal of a licence."),
    )
    official_1 = official_field(_("First official: number"))
    official_2 = official_field(
        _("Second official: number"),
        help_text=_("Two different officials stand behind every inquiry."),
    )
    letter_number = forms.CharField(
        label=_("Number of the unit's official letter"), max_length=100, required=False
    )
    letter_issued_on = SplitDateField(
        label=_("Letter issued on"),
        required=False,
        widget=DateInput,
        help_text=_("A letter is good for 30 days."),
    )
    undertaking = forms.BooleanField(label=undertakings.OF_THE_UNIT, required=False)
    confirm = forms.BooleanField(
        label=_("Send it as it is. It will be denied, and the denial is entered in the audit log."),
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, by: User, **options: Any) -> None:
        """`by` is who asks; the form is his, and he is one of the officials behind it."""
        super().__init__(*args, **options)
        self.by = by
        self.initial.setdefault("official_1", by.number)
        self.initial.setdefault("form_id", signing.dumps(str(uuid7()), salt=self._salt))
        is_case = self["exception"].value() == StatutoryException.CASE_HANDLING
        for name in OF_A_PROVISION if is_case else OF_A_CASE:
            del self.fields[name]
        self.lacking: list[Explained] = []
        for field in self.fields.values():
            field.marks_optional = False  # type: ignore[attr-defined]

    @property
    def panels(self) -> tuple[tuple[Any, tuple[str, ...]], ...]:
        """Return the parts of the form, which the page numbers,, in the order in which a letter is written."""
        sending = ("undertaking", "confirm") if self.lacking else ("undertaking",)
        return (
            (_("Ground"), OF_THE_GROUND),
            (_("Officials and letter"), OF_THE_OFFICIALS),
            (_("Person asked about"), OF_THE_PERSON),
            (_("Undertaking"), sending),
        )

    def clean(self) -> dict[str, Any]:
        """Refuse an inquiry that its own sender does not stand behind."""
        found = super().clean()
        officials = self._officials()
        if officials and self.by.number not in officials and not self.errors:
            self.add_error("official_1", _("You must be one of the officials behind the inquiry."))
        return found

    def is_ready(self, *, today: date) -> bool:
        """Say whether the inquiry is to be sent: readable, and complete or confirmed as incomplete."""
        if not self.is_valid():
            return False
        if self.cleaned_data["confirm"]:
            return True
        nobody = UnitStanding(code="", kind="", authorisations=())
        reasons = decide(self.facts(), standing=nobody, today=today).reasons
        self.lacking = explained(reason for reason in reasons if reason in FORMAL)
        if self.lacking:
            self.fields["confirm"].widget = forms.CheckboxInput()
        return not self.lacking

    def facts(self) -> InquiryFacts:
        """Return what the inquiry states about itself; the person is not among it."""
        found = self.cleaned_data
        case = None
        if found["exception"] == StatutoryException.CASE_HANDLING:
            case = CaseFacts(
                kind=found["case_kind"],
                number=found["case_number"],
                opened_on=found["case_opened_on"],
                check=found["check"] or None,
            )
        return InquiryFacts(
            exception=found["exception"],
            provision=found.get("provision") or None,
            purpose=found["purpose"] or None,
            post=found.get("post") or None,
            case=case,
            officials=self._officials(),
            letter=self._letter(),
            undertaking=found["undertaking"],
        )

    def inquiry_id(self) -> UUID | None:
        """Return the key this form was given when it was opened, None when it carries none of its own."""
        try:
            return UUID(
                signing.loads(self.cleaned_data["form_id"], salt=self._salt, max_age=FORM_AGE)
            )
        except (signing.BadSignature, ValueError):
            return None

    @property
    def _salt(self) -> str:
        return f"access.inquiry_form:{self.by.pk}"

    def _officials(self) -> tuple[str, ...]:
        given = (self.cleaned_data.get(name) for name in ("official_1", "official_2"))
        return tuple(number for number in given if number)

    def _letter(self) -> LetterFacts | None:
        number, issued_on = (
            self.cleaned_data["letter_number"],
            self.cleaned_data["letter_issued_on"],
        )
        return LetterFacts(number, issued_on) if number or issued_on else None


class AnswerForm(forms.Form):
    """The fresh confirmation that comes before every view of an answer."""

    undertaking = forms.BooleanField(
        label=undertakings.OF_THE_READER,
        error_messages={"required": _("Confirm the duty of confidentiality to view the answer.")},
    )
