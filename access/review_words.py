"""A review in words: votes, coded reasons, the clock, and the request with its person masked.

Shows what the unit stated and nothing else. The person is a surname and signs of constant number, so the page says
the same of everybody who shares it.
"""

from collections.abc import Iterator
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from access import ground_words
from access.denials import REVIEW_TEXTS
from access.inquiry import Inquiry
from access.provisions import Shape
from access.review_clock import Clock
from access.reviewing import Vote

Text = str | Promise
MASK = "＊"

VOTES: dict[str, Text] = {
    Vote.PERMIT: _("Permit"),
    Vote.NARROWER: _("Permit narrower"),
    Vote.REFUSE: _("Refuse"),
    Vote.ASK: _("Ask for more"),
}
VOTE_HINTS: dict[str, Text] = {
    Vote.PERMIT: _("The unit receives what the ground allows."),
    Vote.NARROWER: _("The unit receives less: fewer matters, a shorter period or less detail."),
    Vote.REFUSE: _("The unit receives nothing and is told the coded reason."),
    Vote.ASK: _("The unit answers questions first. The clock stands still meanwhile."),
}
REASONS: dict[str, Text] = {
    "ground_shown": _("The unit has shown that the ground covers the purpose."),
    "need_shown": _("The unit has shown that it needs the answer for the purpose."),
    "fewer_matters_suffice": _("Fewer matters are enough for the purpose."),
    "shorter_period_suffices": _("A shorter period is enough for the purpose."),
    "less_detail_suffices": _("Less detail is enough for the purpose."),
    **REVIEW_TEXTS,
    "purpose_unclear": _("Say more exactly what the answer is for."),
    "need_unclear": _("Say why the answer is needed."),
    "post_unclear": _("Say which post, permit or step it is for and what the person does there."),
    "case_unclear": _("Say how the person is connected with the case."),
    "letter_unclear": _("Send the number and date of a letter that agrees with the inquiry."),
}
SHOWN_FOR: dict[str, Text] = {
    "compare_letter": _("To compare the name with the official letter"),
    "compare_purpose": _("To understand the purpose, which speaks of the person"),
    "check_conflict": _("To make sure that I do not know the person"),
}
SHAPES: dict[str, Text] = {
    Shape.DECISION: _("Full decisions"),
    Shape.LINES: _("Lines: dates, article, penalty, number and organ"),
    Shape.YES_NO: _("Yes or no for each matter"),
    Shape.THRESHOLD: _("Yes or no to one question"),
}


def masked_name(name: str) -> str:
    """Return the first character of a name and two signs, whatever its length."""
    return name[:1] + MASK * 2


def request_rows(inquiry: Inquiry) -> list[tuple[str, str]]:
    """Return what the unit stated, in pairs of name and value; what was left empty is left out."""
    return [(str(name), value) for name, value in _rows(inquiry) if value]


def _rows(inquiry: Inquiry) -> Iterator[tuple[Text, str]]:
    document = ground_words.ID_TYPES.get(inquiry.id_type, inquiry.id_type)
    yield _("Receipt"), inquiry.receipt
    yield _("Asking unit"), str(inquiry.unit)
    yield _("Exception"), str(ground_words.EXCEPTIONS.get(inquiry.exception, ""))
    yield _("Ground"), ground_words.ground_name(inquiry)
    yield _("Case number"), inquiry.case_number
    yield _("Case opened on"), _day(inquiry.case_opened_on)
    yield _("Purpose"), inquiry.purpose
    yield _("Post, permit or step"), inquiry.post
    yield _("Officials"), now_(", ").join(inquiry.officials)
    yield _("Official letter"), inquiry.letter_number
    yield _("Letter issued on"), _day(inquiry.letter_issued_on)
    yield _("Person (masked)"), masked_name(inquiry.name)
    yield _("Document (masked)"), f"{document} {MASK * 6}"


def rounds(inquiry: Inquiry) -> list[tuple[list[Text], str, list[tuple[str, str]]]]:
    """Return what the unit was asked and what it replied, round by round: texts, explanation, pairs."""
    return [
        (
            [REASONS[code] for code in question.codes],
            question.text,
            [(str(name), value) for name, value in _reply_rows(question) if value],
        )
        for question in inquiry.questions.all()
    ]


def _reply_rows(question: object) -> Iterator[tuple[Text, str]]:
    reply = getattr(question, "reply", None)
    if reply is None:
        return
    yield _("Replied on"), _day(reply.replied_on)
    yield _("Answer"), reply.text
    yield _("Purpose"), reply.purpose
    yield _("Post, permit or step"), reply.post
    yield _("Official letter"), reply.letter_number
    yield _("Letter issued on"), _day(reply.letter_issued_on)


def due_text(clock: Clock) -> str:
    """Return until when a review is to be decided, and whether that day may still move."""
    if clock.due is None:
        return now_("Waiting for the unit: the clock stands still.")
    if clock.due.provisional:
        years = now_(", ").join(str(year) for year in clock.due.not_announced)
        return now_("%(day)s, provisional: the calendar of %(years)s is not announced.") % {
            "day": _day(clock.due.on),
            "years": years,
        }
    return _day(clock.due.on)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
