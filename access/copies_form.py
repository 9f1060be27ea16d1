"""The form of a statement on copies: which of three, and for a copy where it is, until when and why.

What was typed for a choice that was not made is dropped. What the form answers depends on what was typed alone.
"""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from access.confirmations import Stated
from access.copies import CopyStatement
from access.forms import FORM_AGE, DateInput
from access.inquiry import Inquiry
from registry.split_date import SplitDateField
from sealing.uuid7 import uuid7

Act = CopyStatement.Act
OF_A_COPY = ("recipient", "file", "until", "reason")
NEEDED = {Act.KEPT: ("file", "until", "reason"), Act.PASSED_ON: OF_A_COPY, Act.NO_COPY: ()}
MISSING = {
    "recipient": _("Enter to which office and in which function it was passed on."),
    "file": _("Enter the file that holds the copy."),
    "until": _("Enter until when the copy is kept."),
    "reason": _("Enter why the copy is needed so long, with the rule that sets the term."),
}
#: Nobody who states a longer term could be asked about its end.
LONGEST_YEARS = 60
SALT = "access.copies_form:{}:{}"


class CopiesForm(forms.Form):
    """One statement about the copies of one answer."""

    act = forms.ChoiceField(
        label=_("What became of the answer"), choices=Act.choices, widget=forms.RadioSelect
    )
    recipient = forms.CharField(
        label=_("Passed on to"),
        required=False,
        max_length=100,
        help_text=_("Only if it was passed on: the office and the function, no name of a person."),
    )
    file = forms.CharField(
        label=_("File"),
        required=False,
        max_length=100,
        help_text=_("The number of the file that holds the copy, no name of a person."),
    )
    until = SplitDateField(
        label=_("Kept until"),
        required=False,
        widget=DateInput,
        help_text=_("On that day you are asked again, and the copy must be destroyed."),
    )
    reason = forms.CharField(
        label=_("Why, and under which rule"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    form_id = forms.CharField(widget=forms.HiddenInput, required=False)
    panels = ((_("Statement"), ("act",)), (_("Where there is a copy"), OF_A_COPY))

    def __init__(self, *args: Any, inquiry: Inquiry, by: str, **options: Any) -> None:
        """`by` is the number of who states it; the form is his and of this inquiry."""
        super().__init__(*args, **options)
        self.salt = SALT.format(inquiry.pk, by)
        self.initial["form_id"] = signing.dumps(str(uuid7()), salt=self.salt)
        for name in OF_A_COPY:
            self.fields[name].marks_optional = False  # type: ignore[attr-defined]
        self.fields["act"].choice_hints = {  # type: ignore[attr-defined]
            Act.NO_COPY.value: _("This ends the viewing: the answer cannot be opened after it.")
        }

    def clean_until(self) -> date | None:
        """Refuse an end that is over, or that nobody could be asked about."""
        until: date | None = self.cleaned_data["until"]
        today = timezone.localdate()
        if until is not None and until < today:
            raise forms.ValidationError(now_("Enter a day that is not over."), code="over")
        if until is not None and until.year > today.year + LONGEST_YEARS:
            words = now_("No term is longer than %(years)d years.") % {"years": LONGEST_YEARS}
            raise forms.ValidationError(words, code="too_long")
        return until

    def clean(self) -> dict[str, Any]:
        """Ask for what the choice needs; drop what it does not."""
        found = super().clean() or self.cleaned_data
        if found.get("act") not in NEEDED:
            return found
        needed = NEEDED[Act(found["act"])]
        for name in OF_A_COPY:
            if name not in needed:
                self.errors.pop(name, None)
                found[name] = None if name == "until" else ""
            elif not found.get(name) and name not in self.errors:
                self.add_error(name, MISSING[name])
        return found

    def stated(self) -> Stated:
        """Return the statement under the key this form was given when it was opened."""
        found = self.cleaned_data
        return Stated(id=self._key(), act=found["act"], **{name: found[name] for name in OF_A_COPY})

    def _key(self) -> UUID:
        try:
            return UUID(signing.loads(self.data["form_id"], salt=self.salt, max_age=FORM_AGE))
        except (KeyError, signing.BadSignature, ValueError):
            return uuid7()
