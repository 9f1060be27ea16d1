"""The forms of a staff roster: the statement, one person, many persons pasted from a spreadsheet, the undertaking.

Whatever is wrong with a pasted line is said by its number; no message repeats a cell. An error is the same for a
person on record and for one who is not.
"""

import csv
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator
from django.utils import timezone
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from access import ground_words, rosters, undertakings
from access.accounts import User
from access.denials import explained
from access.facts import UnitStanding
from access.forms import FORMAL, DateInput, official_field
from access.person_form import PersonForm
from access.policy import Reason, decide
from access.provisions import Provision
from access.roster import Roster
from access.rosters import Named
from registry import row_words
from registry.split_date import SplitDateField

#: Characters that may be pasted at once; a thousand lines are fewer.
LONGEST_PASTE = 200_000
ERRORS_SHOWN = 20
COLUMNS = 4


class RosterForm(forms.Form):
    """What is the same for everybody on the roster."""

    provision = forms.ChoiceField(label=_("Provision"), widget=forms.RadioSelect)
    size = forms.IntegerField(
        label=_("Staff of the unit"),
        min_value=1,
        help_text=_("How many people work in the unit. The roster holds no more persons."),
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example the yearly check of staff, and for which year."),
    )
    official_1 = official_field(_("First official: number"), required=True)
    official_2 = official_field(
        _("Second official: number"),
        required=True,
        help_text=_("Two different officials stand behind every inquiry."),
    )
    letter_number = forms.CharField(label=_("Number of the unit's official letter"), max_length=100)
    letter_issued_on = SplitDateField(
        label=_("Letter issued on"), widget=DateInput, help_text=_("A letter is good for 30 days.")
    )

    def __init__(
        self, *args: Any, by: User, offered: Sequence[Provision], limit: int, **options: Any
    ) -> None:
        """`by` is who asks, `offered` the provisions of the unit, `limit` the most staff it may state."""
        super().__init__(*args, **options)
        self.by = by
        self.initial.setdefault("official_1", by.number)
        provision, size = self.fields["provision"], self.fields["size"]
        provision.choices = [(one.id, ground_words.provision_name(one)) for one in offered]  # type: ignore[attr-defined]
        self.initial.setdefault("provision", offered[0].id)
        too_many = _("At most %(limit)d. Your security administrator sets the limit of the unit.")
        size.validators.append(MaxValueValidator(limit))
        size.error_messages["max_value"] = too_many % {"limit": limit}

    def clean(self) -> dict[str, Any]:
        """Refuse what would have every inquiry denied on its form, and a roster its sender does not stand behind."""
        found = super().clean() or self.cleaned_data
        if self.errors:
            return found
        if self.by.number not in self._officials():
            self.add_error("official_1", _("You must be one of the officials behind the inquiry."))
            return found
        facts = rosters.facts_of(Roster(**self.stated()), post="post", undertaking=True)
        nobody = UnitStanding(code="", kind="", authorisations=())
        for reason in explained(decide(facts, standing=nobody, today=timezone.localdate()).reasons):
            if reason.code in FORMAL:
                of_the_letter = reason.code in (Reason.LETTER_EXPIRED, Reason.LETTER_MISSING)
                field = "letter_issued_on" if of_the_letter else "official_2"
                self.add_error(field, str(reason.text))
        return found

    def stated(self) -> dict[str, Any]:
        """Return the statement as a roster keeps it."""
        names = ("provision", "size", "purpose", "letter_number", "letter_issued_on")
        return {name: self.cleaned_data[name] for name in names} | {"officials": self._officials()}

    def _officials(self) -> list[str]:
        return [self.cleaned_data["official_1"], self.cleaned_data["official_2"]]


class RosterPersonForm(PersonForm):
    """One person and the post he or she holds."""

    post = forms.CharField(
        label=_("Post"), max_length=100, help_text=_("For example class teacher, cook, doorkeeper.")
    )

    def named(self) -> list[Named]:
        """Return whom to enter."""
        return [Named(self.person(), self.cleaned_data["post"])]


class PasteForm(forms.Form):
    """Many persons at once: a line each, four cells parted by tabs, as a spreadsheet copies them, or by commas."""

    rows = forms.CharField(
        label=_("Lines from a spreadsheet"),
        validators=[MaxLengthValidator(LONGEST_PASTE)],
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "Select the columns document type, number, full name and post in the spreadsheet, copy and paste them here. "
            "All lines are taken, or none."
        ),
    )

    def clean_rows(self) -> str:
        text: str = self.cleaned_data["rows"]
        self._named: list[Named] = []
        errors = [error for error in self._read(text) if error]
        if errors:
            more = len(errors) - ERRORS_SHOWN
            said = errors[:ERRORS_SHOWN]
            if more > 0:
                said.append(now_("%(lines)d more lines have errors.") % {"lines": more})
            raise ValidationError(said)
        if not self._named:
            raise ValidationError(_("There is no line with a person."))
        return text

    def named(self) -> list[Named]:
        """Return whom to enter, in the order of the lines."""
        return self._named

    def line_of(self, place: int) -> int:
        """Return the line, from 1, on which a person stands."""
        return self._lines[place]

    def _read(self, text: str) -> Iterator[str]:
        """Yield what is wrong, by line; keep what is right."""
        self._lines: list[int] = []
        kinds = _kinds_by_word()
        for line, typed in enumerate(text.splitlines(), start=1):
            if not typed.strip() or typed.split("\t")[0].split(",")[0].strip() == "id_type":
                continue
            error = self._take(_cells(typed), kinds)
            if error:
                yield now_("Line %(line)d: %(error)s") % {"line": line, "error": error}
            else:
                self._lines.append(line)

    def _take(self, cells: list[str], kinds: dict[str, str]) -> str:
        if len(cells) != COLUMNS:
            return now_("four cells are needed: document type, number, full name, post.")
        kind = kinds.get(cells[0])
        if kind is None:
            return now_("the type of document is none of those of the form above.")
        names = ("id_number", "name", "post")
        form = RosterPersonForm({"id_type": kind, **dict(zip(names, cells[1:], strict=True))})
        if form.is_valid():
            self._named += form.named()
            return ""
        return " ".join(
            f"{form.fields[name].label}: {error}"
            for name, of_field in form.errors.items()
            for error in of_field
        )


class SendForm(forms.Form):
    """The undertaking, given once for everybody on the roster."""

    undertaking = forms.BooleanField(
        label=undertakings.OF_THE_UNIT,
        error_messages={"required": _("Give the undertaking to send the roster.")},
    )


def _cells(typed: str) -> list[str]:
    divider = "\t" if "\t" in typed else ","
    return [cell.strip() for cell in next(csv.reader([typed], delimiter=divider), [])]


def _kinds_by_word() -> dict[str, str]:
    """Types of document by their code, and by their words on forms of this site."""
    words = [*ground_words.ID_TYPES.items(), *row_words.VALUES["id_type"].items()]
    plain = {code: code for code in ground_words.ID_TYPES}
    return {str(word): code for code, word in words} | plain
