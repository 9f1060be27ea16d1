"""What waits for an account because of reviews, for the first page: an officer's votes, and what a unit is asked.

Counts what the account's own pages list, and names nobody; the same whatever another officer did.
"""

from dataclasses import dataclass

from django.utils import timezone

from access import contest_officers, review_clock, reviews, standing
from access.accounts import User
from access.inquiry import Inquiry
from access.roles import Role, holds

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many inquiries and contested denials wait for an officer's vote, and how many of them are overdue."""

    count: int
    overdue: int


def votes_of(user: User) -> Waiting:
    """Return what an officer can vote on today; nothing for everybody else. What waits for its unit is left out."""
    today = timezone.localdate()
    reviewed = review_clock.clocks(reviews.open_to(user), today=today)
    looked_at = [
        contest_officers.clock(made, today=today) for made in contest_officers.open_to(user)
    ]
    late = [clock.overdue for _inquiry, clock in reviewed if clock.due]
    late += [clock.overdue for clock in looked_at]
    return Waiting(len(late), sum(late))


def questions_to(user: User) -> list[str]:
    """Return the receipts of the inquiries about which an official's unit is asked for more, the oldest first."""
    if user.unit is None or not holds(user, Role.INQUIRER):
        return []
    asked = standing.visible_inquiries(user, unit=user.unit).filter(
        status=Inquiry.Status.UNDER_REVIEW, questions__isnull=False, questions__reply=None
    )
    return list(asked.order_by("id").values_list("receipt", flat=True).distinct()[:SHOWN])
