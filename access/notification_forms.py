"""The verifying officer's forms for a notice under Article 134: which record, to whom, by which document, with whom.

The record is named as the paper names it. What a form answers never depends on what is on file.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.accounts import User
from access.forms import FORM_AGE, OFFICIAL_NUMBER
from access.notification import Notification
from access.notifications import Sending
from access.person_form import OF_THE_PERSON, PersonForm
from access.roles import Role
from registry.correction import NamedRecord, read_named
from registry.correction_forms import line
from registry.finding_words import in_words
from registry.findings import Finding
from registry.forms import acts_by_article
from registry.offences import offence
from sealing.uuid7 import uuid7

OF_THE_DECISION = ("organ_code", "decision_number", "offence_code")
OF_THE_NOTICE = ("document", "second_officer", "condition")
SALT = "access.notification_form:{}"


class NotificationForm(PersonForm):
    """What every notice states: the person, the number of the notice, the second officer."""

    document = forms.CharField(
        label=gettext_lazy("Number of the notice"),
        max_length=100,
        help_text=gettext_lazy("The number under which your organ sends it."),
    )
    second_officer = forms.CharField(
        label=gettext_lazy("Second officer: number"),
        max_length=40,
        validators=[OFFICIAL_NUMBER],
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
        help_text=gettext_lazy("Another officer of your unit who enters or verifies decisions."),
    )
    form_id = forms.CharField(widget=forms.HiddenInput, required=False)

    panels: Any = (
        (gettext_lazy("Person, as in the decision"), OF_THE_PERSON),
        (gettext_lazy("Notice"), ("document", "second_officer")),
    )

    def __init__(self, *args: Any, by: User, **options: Any) -> None:
        """`by` is the officer at work, the first of the two."""
        super().__init__(*args, **options)
        self.by = by
        self.initial["form_id"] = signing.dumps(str(uuid7()), salt=SALT.format(by.pk))

    def clean_second_officer(self) -> str:
        """Take another active officer of the same unit; why a number is none of those is not told."""
        number: str = self.cleaned_data["second_officer"]
        others = User.objects.filter(unit=self.by.unit_id, is_active=True, is_superuser=False)
        filing = others.filter(groups__name__in=(Role.CLERK.value, Role.VERIFYING_OFFICER.value))
        if not filing.exclude(pk=self.by.pk).filter(number=number).exists():
            raise forms.ValidationError(
                _("Enter the number of another officer of your unit who enters or verifies.")
            )
        return number

    def key(self) -> UUID:
        """Return the key this form was given when it was opened: sent twice, it is one notice."""
        try:
            sealed = self.data.get("form_id", "")
            return UUID(signing.loads(sealed, salt=SALT.format(self.by.pk), max_age=FORM_AGE))
        except (signing.BadSignature, ValueError):
            return uuid7()

    def sent_to(self, kind: str, recipient: str) -> Sending:
        """Return what the officers state about the sending."""
        found = self.cleaned_data
        return Sending(self.key(), kind, recipient, found["document"], found["second_officer"])


class FirstNoticeForm(NotificationForm):
    """A first notice of one record; when valid, `named` says which."""

    organ_code = line("organ_code", max_length=40)
    decision_number = line("decision_number", max_length=100)
    offence_code = line("offence_code", widget=forms.Select)
    recipient_kind = forms.ChoiceField(
        label=gettext_lazy("Who is notified"),
        choices=Notification.RecipientKind.choices,
        widget=forms.RadioSelect,
    )
    recipient = forms.CharField(label=gettext_lazy("Name of the recipient"), max_length=100)
    condition = forms.BooleanField(
        label=gettext_lazy(
            "The person is a public official who needs a governmental sanction (Article 134)."
        ),
        error_messages={
            "required": gettext_lazy("Article 134 permits a notice on this condition only.")
        },
    )

    panels = (
        (gettext_lazy("Person, as in the decision"), OF_THE_PERSON),
        (gettext_lazy("Decision, as it was entered"), OF_THE_DECISION),
        (gettext_lazy("Notice"), ("recipient_kind", "recipient", *OF_THE_NOTICE)),
    )
    named: NamedRecord | None = None

    def __init__(self, *args: Any, by: User, **options: Any) -> None:
        """Start with the officer's own organ."""
        super().__init__(*args, by=by, **options)
        self.fields["offence_code"].widget.choices = acts_by_article()
        self.initial.setdefault("organ_code", by.unit.code if by.unit else "")

    def clean(self) -> dict[str, Any]:
        """Read what names the record; what cannot be read stands at its field."""
        stated = super().clean()
        if not self.errors:
            self.named, findings = read_named(stated)
            if self.named and offence(self.named.offence_code) is None:
                findings = (Finding("bad_value", "offence_code"),)
            for finding in findings:
                self.add_error(finding.field, in_words(finding, stated))
        return stated

    def sending(self) -> Sending:
        """Return to whom the notice goes, under which number, by which officers."""
        found = self.cleaned_data
        return self.sent_to(found["recipient_kind"], found["recipient"])
