"""A notice under Article 134 in words, as its page and its paper show it. Adds nothing to what was told."""

from collections.abc import Iterator
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.answer_words import penalty
from access.lines import Line
from access.notifications import Told
from registry.happened_words import NAMES
from registry.in_force import Happened
from registry.paper import act_in_words

Rows = list[tuple[str, str]]


def in_words(told: Told) -> dict[str, Any]:
    """Return the rows of the decision, of what happened to it, and of what stands now; empty where there is none."""
    return {
        "decision": [(_("Name"), told.name), *_of(told.line)],
        "happened": list(_happened(told)),
        "now": list(_of(told.now)) if told.now else [],
        "has_ended": bool(told.happened) and told.now is None,
    }


def _of(line: Line) -> Iterator[tuple[str, str]]:
    """Date, act with its article, penalty and decision number: least of what a notice must say."""
    yield _("Decision number"), line.decision_number
    yield _("Deciding organ"), line.organ
    yield _("Decided on"), date_format(line.decided_on, "DATE_FORMAT")
    yield _("Act"), act_in_words(line.offence_code)
    yield _("Penalty"), penalty(line.penalty)


def _happened(told: Told) -> Iterator[tuple[str, str]]:
    if told.happened and told.happened_on:
        yield _("What happened"), str(NAMES[Happened(told.happened)])
        yield _("Document that says so"), told.by_document
        yield _("Date of that document"), date_format(told.happened_on, "DATE_FORMAT")
