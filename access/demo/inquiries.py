"""The demo's inquiries: one of each outcome, sent by its officials, and the answers that some of them read."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from access import lookups
from access.accounts import User
from access.demo import stated
from access.facts import CaseFacts, InquiryFacts, LetterFacts
from access.inquiries import Person, submit
from access.inquiry import Inquiry

LETTER_AGE = timedelta(days=3)


def make_inquiries() -> None:
    """Send the inquiries that are missing; a missing one is known by its key."""
    today = timezone.localdate()
    listed = {UUID(inquiry["id"]): inquiry for inquiry in stated("inquiries")}
    there = set(Inquiry.objects.filter(pk__in=listed).values_list("pk", flat=True))
    for key, inquiry in listed.items():
        if key not in there:
            _send(key, inquiry, today)


def _send(key: UUID, inquiry: dict[str, Any], today: date) -> None:
    by = User.objects.get(number=inquiry["officials"][0])
    person = inquiry["person"]
    sent = submit(
        facts=_facts(inquiry, today),
        person=Person(person["id_type"], person["id_number"], person["name"]),
        by=by,
        today=today,
        id=key,
    )
    if inquiry["viewed"]:
        lookups.look_up(inquiry=sent, by=by)


def _facts(inquiry: dict[str, Any], today: date) -> InquiryFacts:
    case = inquiry["case"]
    if case:
        case = CaseFacts(**{**case, "opened_on": date.fromisoformat(case["opened_on"])})
    return InquiryFacts(
        exception=inquiry["exception"],
        provision=inquiry["provision"],
        purpose=inquiry["purpose"],
        post=inquiry["post"],
        case=case,
        officials=tuple(inquiry["officials"]),
        letter=LetterFacts(inquiry["letter"], today - LETTER_AGE),
        undertaking=True,
    )
