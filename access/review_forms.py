"""The forms of a review: a vote with its coded reasons, why a name is shown, and what a unit replies.

A form knows the ground's scope and the vote that was chosen; it offers nothing beyond either.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access import narrowing, review_words
from access.forms import DateInput
from access.ground_words import matter_name
from access.policy import LETTER_DAYS
from access.provisions import matter
from access.reviewing import REASONS, Vote
from access.reviews import SHOWN_FOR, Ballot, MoreFacts
from access.scopes import Scope
from registry.split_date import SplitDateField

TEXT_LENGTH = 500


def _choices(codes: Sequence[str], words: Any) -> list[tuple[str, Any]]:
    return [(code, words[code]) for code in codes]


class VoteForm(forms.Form):
    """One vote: which it is, why, and for a narrower permit what remains."""

    vote = forms.CharField(widget=forms.HiddenInput)
    shape = forms.ChoiceField(label=_("How much is told"), widget=forms.RadioSelect)
    matters = forms.MultipleChoiceField(
        label=_("Which matters"), widget=forms.CheckboxSelectMultiple, required=False
    )
    look_back_years = forms.IntegerField(
        label=_("How many years back"),
        min_value=1,
        max_value=narrowing.LONGEST_LOOK_BACK,
        required=False,
        help_text=_("Whole years. Leave it empty to keep what the ground allows."),
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )
    reasons = forms.MultipleChoiceField(
        label=_("Reasons"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one reason.")},
    )
    text = forms.CharField(
        label=_("Explanation"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For the file. The unit is not shown it. Do not name the person."),
        error_messages={"required": _("Explain your vote in a sentence.")},
    )

    def __init__(self, *args: Any, vote: Vote, ground: Scope, **options: Any) -> None:
        """`vote` is what was chosen, `ground` what the ground allows."""
        super().__init__(*args, **options)
        self.chosen, self.ground = vote, ground
        self.initial["vote"] = vote.value
        self._field("reasons").choices = _choices(REASONS[vote], review_words.REASONS)
        if vote is Vote.NARROWER:
            self._offer_scope()
        else:
            for name in ("shape", "matters", "look_back_years"):
                del self.fields[name]
        if vote is Vote.ASK:
            self.fields["reasons"].label = _("Questions")
            self.fields["text"].label = _("Question in words")
            self.fields["text"].help_text = _("The unit is shown it. Do not name the person.")

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def _offer_scope(self) -> None:
        shapes = narrowing.shapes(self.ground)
        self._field("shape").choices = _choices(shapes, review_words.SHAPES)
        self.initial["shape"] = shapes[0]
        found = [(id, matter_name(matter(id))) for id in narrowing.matters(self.ground)]
        self._field("matters").choices = found
        if self.ground.matters:
            self.initial["matters"] = list(self.ground.matters)
        for name in ("matters", "look_back_years"):
            self._field(name).marks_optional = False
        if self.ground.matters is None:
            self.fields["matters"].help_text = _("Choose none to permit every act.")

    def clean(self) -> dict[str, Any]:
        """Refuse a scope that goes beyond the ground, and one that narrows nothing."""
        found = super().clean() or self.cleaned_data
        if self.chosen is Vote.NARROWER and not self.errors:
            self.narrower = self._narrower(found)
        return found

    def _narrower(self, found: dict[str, Any]) -> Scope:
        try:
            scope = narrowing.narrowed(
                self.ground,
                shape=found["shape"],
                chosen=found["matters"],
                look_back_years=found["look_back_years"],
            )
        except ValueError:
            words = _("Choose at least one matter, and no longer a period than the ground allows.")
            raise ValidationError(words, code="beyond_the_ground") from None
        if scope == self.ground:
            raise ValidationError(
                _("This is all that the ground allows. Choose less, or permit it as it stands."),
                code="nothing_narrowed",
            )
        return scope

    def clean_shape(self) -> Any:
        """Return the shape as the scopes know it."""
        chosen = self.cleaned_data["shape"]
        return next(shape for shape in narrowing.shapes(self.ground) if shape == chosen)

    def ballot(self) -> Ballot:
        """Return the vote as plain values."""
        found = self.cleaned_data
        scope = self.narrower if self.chosen is Vote.NARROWER else None
        return Ballot(self.chosen, tuple(found["reasons"]), found["text"], scope)


class NameForm(forms.Form):
    """Why the name of the person asked about is to be shown."""

    reason = forms.ChoiceField(
        label=_("Why do you need the name?"),
        widget=forms.RadioSelect,
        choices=_choices(SHOWN_FOR, review_words.SHOWN_FOR),
        error_messages={"required": _("Choose why you need the name.")},
    )


class ReplyForm(forms.Form):
    """What a unit answers to the reviewing officers, with the facts that have changed."""

    text = forms.CharField(
        label=_("Answer to the questions"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Answer the questions.")},
    )
    purpose = forms.CharField(
        label=_("Purpose, said more exactly"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    post = forms.CharField(
        label=_("Post, permit or step, said more exactly"), max_length=100, required=False
    )
    letter_number = forms.CharField(
        label=_("Number of a new official letter"), max_length=100, required=False
    )
    letter_issued_on = SplitDateField(
        label=_("New letter issued on"),
        required=False,
        widget=DateInput,
        help_text=_("A letter is good for 30 days."),
    )

    def clean(self) -> dict[str, Any]:
        """A new letter has a number and a date, and is neither of tomorrow nor too old."""
        found = super().clean() or self.cleaned_data
        number, issued_on = found.get("letter_number"), found.get("letter_issued_on")
        if self.errors or not (number or issued_on):
            return found
        if not (number and issued_on):
            missing = "letter_issued_on" if number else "letter_number"
            self.add_error(missing, _("A new letter has a number and a date."))
        elif not 0 <= (timezone.localdate() - issued_on).days <= LETTER_DAYS.days:
            self.add_error("letter_issued_on", _("The letter must be of the last 30 days."))
        return found

    def facts(self) -> MoreFacts:
        """Return what was answered as plain values."""
        return MoreFacts(**self.cleaned_data)
