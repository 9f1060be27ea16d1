"""The countdown before an authorisation ends (授权到期提醒). Computed on each page; nothing of it is stored.

What runs out is a unit's right under one ground: where a later authorisation goes on, nothing ends. Knows no inquiry.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from access.accounts import User
from access.ground_words import authorised_ground
from access.roles import Role, holds
from access.units import Authorisation

#: So many days before its end an authorisation is shown as ending.
DAYS = 30


@dataclass(frozen=True, slots=True)
class Ending:
    """An authorisation with the days it still holds: 0 on its last day."""

    authorisation: Authorisation
    days: int

    @property
    def ground(self) -> str:
        """Return what the authorisation is for, in the language of the page."""
        return authorised_ground(self.authorisation.ground)


def ending(*, today: date | None = None, **only: Any) -> list[Ending]:
    """Return what ends within 30 days and is not suspended, the soonest first; `only` filters authorisations."""
    day = today or timezone.localdate()
    held = Authorisation.objects.filter(
        suspended_at=None, valid_to__gte=day, unit__active=True, **only
    )
    last = _last(held.select_related("unit").order_by("valid_from"), day)
    found = [Ending(one, (one.valid_to - day).days) for one in last]
    return sorted(
        (one for one in found if one.days <= DAYS),
        key=lambda one: (one.days, str(one.authorisation)),
    )


def _last(held: Iterable[Authorisation], day: date) -> list[Authorisation]:
    """Return for each unit and ground held on a day the authorisation that it runs out with; a gap ends it."""
    found: dict[tuple[int, str], Authorisation] = {}
    for one in held:
        before = found.get((one.unit_id, one.ground))
        until = before.valid_to if before else day - timedelta(days=1)
        if one.valid_from <= until + timedelta(days=1) and one.valid_to > until:
            found[one.unit_id, one.ground] = one
    return list(found.values())


def ending_for(user: Any) -> list[Ending]:
    """Return what ends soon for an official who asks for his unit; nothing for anybody else."""
    if not isinstance(user, User) or not holds(user, Role.INQUIRER) or user.unit_id is None:
        return []
    return ending(unit=user.unit_id)
