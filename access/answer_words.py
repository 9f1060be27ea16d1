"""An answer in words and tables, as its page shows it. Adds nothing to the answer and leaves nothing out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext, pgettext

from access.answers import Answer, Finding
from access.exceptions import StatutoryException
from access.ground_words import ground_name, matter_name, threshold_text
from access.inquiry import Inquiry
from access.lines import Line
from access.provisions import Shape, matter
from access.scopes import Scope
from registry.row_words import value_in_words

MEASURES: dict[str, str | Promise] = {
    "leave_within_term": lazy("to leave the country within a term"),
    "deportation": lazy("deportation"),
}


@dataclass(frozen=True)
class Act:
    """One act of an answer: its line in the table, and the rest of the decision where the scope has it."""

    line: Line = field(repr=False)
    penalty: str
    rest: list[tuple[str, str]] = field(repr=False)


@dataclass(frozen=True)
class AnswerWords:
    """An answer as a page shows it: a heading, one row a matter or one question, and the acts."""

    heading: str
    findings: list[tuple[str, str]]
    acts: list[Act] = field(repr=False)


def in_words(answer: Answer, inquiry: Inquiry) -> AnswerWords:
    """Return the answer to an inquiry in the language of the page."""
    is_nothing = answer.answer is Finding.NOTHING_DISCLOSABLE
    heading = _heading(inquiry, is_nothing=is_nothing) % {"ground": ground_name(inquiry)}
    if is_nothing:
        return AnswerWords(heading, [], [])
    acts = [Act(line, penalty(line.penalty), list(_rest(line.decision))) for line in answer.lines]
    return AnswerWords(heading, list(_findings(answer, Scope.from_dict(inquiry.scope or {}))), acts)


def _heading(inquiry: Inquiry, *, is_nothing: bool) -> str:
    if inquiry.exception == StatutoryException.CASE_HANDLING:
        return (
            _("Nothing disclosable for this case (%(ground)s)")
            if is_nothing
            else _("Disclosable for this case (%(ground)s)")
        )
    return (
        _("Nothing disclosable under %(ground)s")
        if is_nothing
        else _("Disclosable under %(ground)s")
    )


def _findings(answer: Answer, scope: Scope) -> Iterator[tuple[str, str]]:
    if answer.shape is Shape.YES_NO:
        for id in answer.matters:
            yield matter_name(matter(id)), pgettext("answer", "Yes")
    if answer.shape is Shape.THRESHOLD and answer.met:
        yield threshold_text(scope), _("Yes")


def penalty(decided: dict[str, Any]) -> str:
    """Return a penalty in words: warning, fine in yuan, detention in days, licence, measure."""
    return _("; ").join(_penalties(decided))


def _penalties(decided: dict[str, Any]) -> Iterator[str]:
    if decided["warning"]:
        yield _("warning")
    if decided["detention_days"]:
        days = decided["detention_days"]
        yield ngettext(
            "administrative detention of %(days)d day",
            "administrative detention of %(days)d days",
            days,
        ) % {"days": days}
    if decided["fine"]:
        yield _("fine of %(yuan)d yuan") % {"yuan": decided["fine"]}
    if decided["licence_revoked"]:
        yield _("licence revoked: %(licence)s") % {"licence": decided["licence_revoked"]}
    if decided["foreigner_measure"] in MEASURES:
        yield str(MEASURES[decided["foreigner_measure"]])


def _rest(decision: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    if decision is None:
        return
    yield _("Name"), decision["name"]
    yield _("Sex"), str(value_in_words("sex", decision["sex"]))
    yield _("Date of birth"), decision["birth_date"]
    yield _("Address"), decision["address"]
    yield _("Facts and evidence"), decision["facts"]
    yield _("Execution"), str(value_in_words("execution", decision["execution"]))
    yield _("Served on"), decision["served_on"] or "—"
