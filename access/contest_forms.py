"""The forms of a contest: the unit's grounds, and the vote of an officer who looks a second time."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access import contest_words, second_look
from access.review_forms import VoteForm
from access.reviewing import Vote
from access.scopes import Scope

GROUNDS_LENGTH = 2000


class ContestForm(forms.Form):
    """Why the unit thinks that the denial is wrong."""

    grounds = forms.CharField(
        label=_("Why is the denial wrong?"),
        max_length=GROUNDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "Say which reason is wrong and why. The officers who look again read it. Do not name the person."
        ),
        error_messages={"required": _("Say why the denial is wrong.")},
    )


class SecondLookForm(VoteForm):
    """A vote with the reasons of a second look; a narrower permit is chosen as in a review."""

    def __init__(self, *args: Any, vote: Vote, ground: Scope, **options: Any) -> None:
        super().__init__(*args, vote=vote, ground=ground, **options)
        codes = second_look.REASONS[vote]
        self._field("reasons").choices = [(code, contest_words.REASONS[code]) for code in codes]
