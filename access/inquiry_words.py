"""An inquiry in words, for its page and for the list: ground, status, reasons, what can be received.

Reads the request and the decision only. Person, purpose, officials and time of day are never part of it.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.timezone import localdate

from access import denials, ground_words
from access.denials import Explained, Text
from access.inquiry import VIEWS_ALLOWED, Inquiry
from access.scopes import Scope

#: The colour of a status, as a class of GOV.UK Frontend's tag.
COLOURS = {"granted": "green", "denied": "red", "under_review": "yellow", "received": "blue"}


@dataclass(frozen=True)
class InquiryWords:
    """What a page says about an inquiry, besides its receipt."""

    received_on: date
    exception: str | Promise
    ground: str
    status: str
    colour: str
    reasons: list[Explained]
    contest: tuple[Text, ...]
    receives: list[str]
    open_until: date | None
    views: int
    views_allowed: int = VIEWS_ALLOWED


def in_words(inquiry: Inquiry) -> InquiryWords:
    """Return an inquiry in the language of the page."""
    is_denied = inquiry.status == Inquiry.Status.DENIED
    return InquiryWords(
        received_on=inquiry.made_on,
        exception=ground_words.EXCEPTIONS.get(inquiry.exception, ""),
        ground=ground_words.ground_name(inquiry),
        status=inquiry.get_status_display(),
        colour=COLOURS[inquiry.status],
        reasons=denials.explained(inquiry.reasons, on_review=inquiry.review_reasons),
        contest=denials.CONTEST if is_denied else (),
        receives=ground_words.receives(Scope.from_dict(inquiry.scope)) if inquiry.scope else [],
        open_until=localdate(inquiry.expires_at) if inquiry.expires_at else None,
        views=inquiry.views,
    )
