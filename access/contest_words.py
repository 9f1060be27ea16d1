"""A contest in words: votes, their reasons, the terms, and what the unit is told of the outcome.

Says what the unit wrote and what the officers chose from their lists. Nothing of it depends on the person.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from access import contest_officers, denials, review_words, second_look
from access.contest import Contest
from access.denials import Explained
from access.policy import Decision
from access.reviewing import Vote
from access.working_days import Due

Text = str | Promise

VOTES: dict[str, Text] = {
    Vote.PERMIT: _("Set aside"),
    Vote.NARROWER: _("Set aside, permit less"),
    Vote.REFUSE: _("Uphold"),
}
VOTE_HINTS: dict[str, Text] = {
    Vote.PERMIT: _("The unit receives what the ground allows today."),
    Vote.NARROWER: _("The unit receives less: fewer matters, a shorter period or less detail."),
    Vote.REFUSE: _("The denial stands and the unit is told the coded reason."),
}
REASONS: dict[str, Text] = {
    "facts_misjudged": _("What the unit stated was misjudged the first time."),
    "reason_not_given": _("The reason of the denial is not given."),
    "shown_since": _("The unit has shown since what was missing."),
    **{
        code: review_words.REASONS[code]
        for code in ("fewer_matters_suffice", "shorter_period_suffices", "less_detail_suffices")
    },
    "reasons_hold": _("The reasons of the denial hold."),
    "law_gives_no_right": _("The law gives the unit no such right; no officer can give it."),
    "nothing_new_shown": _("The grounds of the contest show nothing that changes the reasons."),
    second_look.DENIED_TODAY: _(
        "Decided anew on the day of the second look, the inquiry is denied as well."
    ),
    second_look.NOTHING_IN_COMMON: _("The officers permitted nothing that two of them share."),
}
COLOURS = {"open": "yellow", "upheld": "red", "set_aside": "green"}


@dataclass(frozen=True)
class ContestWords:
    """What a page says about a contest."""

    made_on: date
    grounds: str
    status: str
    colour: str
    due: str
    overdue: bool
    codes: list[Text]
    denied_for: list[Explained]
    reasons_today: list[Explained]
    is_open: bool


def in_words(made: Contest) -> ContestWords:
    """Return a contest in the language of the page."""
    is_open = made.state == Contest.State.OPEN
    clock = contest_officers.clock(made)
    return ContestWords(
        made_on=made.made_on,
        grounds=made.grounds,
        status=made.get_state_display(),
        colour=COLOURS[made.state],
        due=day_text(clock.due) if is_open else "",
        overdue=is_open and clock.overdue,
        codes=[REASONS[code] for code in made.codes],
        denied_for=denials.explained(made.denied_for, on_review=made.denied_on_review),
        reasons_today=denials.explained(made.reasons_today),
        is_open=is_open,
    )


def day_text(term: Due | None) -> str:
    """Return the last day of a term, and whether it may still move."""
    if term is None:
        return ""
    if not term.provisional:
        return term.on.isoformat()
    years = now_(", ").join(str(year) for year in term.not_announced)
    return now_("%(day)s, provisional: the calendar of %(years)s is not announced.") % {
        "day": term.on.isoformat(),
        "years": years,
    }


def offered(again: Decision) -> list[tuple[str, Any, Any]]:
    """Return the votes that are open, each with its name and what it means."""
    return [(vote.value, VOTES[vote], VOTE_HINTS[vote]) for vote in second_look.offered(again)]
