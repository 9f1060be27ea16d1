"""A staff roster in words: its statement, its persons masked, how far it is, and why something was refused.

Shows what the unit stated and what was decided on the request. Nothing here depends on a record or on an answer, so
the page of a roster is the same whoever is on it, apart from surnames, posts and receipts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from access import confirmations, denials, ground_words, inquiry_words, roster_sending, rosters
from access.inquiry import Inquiry
from access.provisions import provision
from access.review_words import masked_name
from access.roster import Roster, RosterPerson
from access.rosters import Refusal, Refused
from access.scopes import provision_scope

Text = str | Promise

COLOURS = {
    Roster.State.DRAFT: "grey",
    Roster.State.SENDING: "blue",
    Roster.State.SENT: "green",
    Roster.State.STOPPED: "red",
}
REFUSALS: dict[Refusal, Text] = {
    Refusal.NOT_OPEN: _("This roster takes nobody any more. Nothing was changed."),
    Refusal.TOO_MANY: _(
        "That is more than the staff stated on this roster, or more than the unit may have on one. Nothing was changed. "
        "Take somebody off, or begin a new roster with the right number."
    ),
    Refusal.TWICE: _("This person is on the roster already. Nobody is asked about twice."),
    Refusal.NOBODY: _("There is nobody on the roster yet."),
    Refusal.HELD_UP: confirmations.HELD_UP,
    Refusal.YEAR_USED_UP: _(
        "With this roster the unit would ask about more persons this year than its limit of staff allows. Ask the "
        "security administrator, or ask about new staff one by one."
    ),
    Refusal.WOULD_BE_DENIED: _("As things stand the inquiries would be denied, so none was sent:"),
}


@dataclass(frozen=True)
class Row:
    """One person on the page of a roster. `status` is that of the inquiry; `asked_on` the last time within a year."""

    number: int
    masked: str
    post: str
    status: Text
    colour: str
    receipt: str
    asked_on: date | None = None


def ground(roster: Roster) -> str:
    """Return the provision of a roster in words."""
    found = provision(roster.provision)
    return ground_words.provision_name(found) if found else roster.provision


def receives(roster: Roster) -> list[str]:
    """Return what each answer may tell."""
    found = provision(roster.provision)
    return ground_words.receives(provision_scope(found)) if found else []


def statement(roster: Roster) -> list[tuple[str, str]]:
    """Return what is the same for everybody on the roster, in pairs."""
    return [
        (now_("Ground"), ground(roster)),
        (now_("Staff of the unit"), str(roster.size)),
        (now_("Purpose"), roster.purpose),
        (now_("Officials"), now_(", ").join(roster.officials)),
        (now_("Official letter"), roster.letter_number),
        (now_("Letter issued on"), roster.letter_issued_on.isoformat()),
    ]


def rows(roster: Roster) -> list[Row]:
    """Return everybody on the roster, masked, with the status of the inquiry."""
    people = list(roster.persons.all())
    made = Inquiry.objects.in_bulk([person.pk for person in people])
    asked = rosters.asked_before(roster, now=timezone.now()) if roster.is_draft else {}
    return [_row(person, made.get(person.pk), asked) for person in people]


def _row(person: RosterPerson, inquiry: Inquiry | None, asked: dict[bytes, date]) -> Row:
    if inquiry is None:
        name, post = masked_name(person.name or ""), person.post or ""
        before = asked.get(bytes(person.person_key))
        return Row(person.number, name, post, _("Not sent yet"), "grey", "", before)
    status, colour = inquiry.get_status_display(), inquiry_words.COLOURS[inquiry.status]
    masked = masked_name(inquiry.name)
    return Row(person.number, masked, inquiry.post, status, colour, inquiry.receipt)


def told(roster: Roster) -> tuple[int, int, str]:
    """Return how many persons were asked about, how many are on the roster, and both in a sentence."""
    done, total = roster_sending.progress(roster)
    return done, total, now_("%(done)d of %(total)d persons.") % {"done": done, "total": total}


def of_inquiry(inquiry: Inquiry) -> dict[str, str | int] | None:
    """Return the roster an inquiry is part of, and who of it is meant; None when it was asked by itself."""
    person = RosterPerson.objects.filter(pk=inquiry.pk).select_related("roster").first()
    if person is None:
        return None
    masked = masked_name(inquiry.name)
    return {"receipt": person.roster.receipt, "number": person.number, "masked": masked}


def why_refused(refused: Refused) -> list[Text]:
    """Return why something was refused, and the reasons of the denials it would have been."""
    return [REFUSALS[refused.refusal], *_reasons(refused)]


def _reasons(refused: Refused) -> Iterator[Text]:
    for reason in denials.explained(refused.reasons):
        yield reason.text
