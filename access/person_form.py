"""Whom an inquiry asks about: document and name, checked as they were typed and against nothing else.

An error here is the same for a person on record and for one who is not: no record can be reached from here.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from access.ground_words import ID_TYPES
from access.inquiries import Person
from registry.normalise import normalise_id_number, normalise_name
from registry.resident_id import read_resident_id

OF_THE_PERSON = ("id_type", "id_number", "name")


class PersonForm(forms.Form):
    """Type and number of the document, and the full name: all three, so that nobody is taken for another."""

    id_type = forms.ChoiceField(
        label=_("Type of document"), choices=list(ID_TYPES.items()), initial="resident_id"
    )
    id_number = forms.CharField(
        label=_("Document number"),
        max_length=64,
        error_messages={"required": _("Enter the number of the document.")},
    )
    name = forms.CharField(
        label=_("Full name"),
        max_length=200,
        error_messages={"required": _("Enter the full name, as on the document.")},
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not normalise_name(name):
            raise ValidationError(_("Enter the full name, as on the document."), code="required")
        return name

    def clean(self) -> dict[str, Any]:
        """Refuse what cannot be the number of such a document."""
        found = super().clean() or self.cleaned_data
        kind, number = found.get("id_type"), found.get("id_number")
        if kind and number:
            plain = normalise_id_number(kind, number)
            if kind == "resident_id" and read_resident_id(plain) is None:
                self.add_error(
                    "id_number", _("This is no valid ID number. Compare it with the document.")
                )
            elif not any(map(str.isalnum, plain)):
                self.add_error("id_number", _("Enter the number of the document."))
        return found

    def person(self) -> Person:
        """Return whom the inquiry asks about."""
        found = self.cleaned_data
        return Person(found["id_type"], found["id_number"], found["name"])
