"""Which provisions speak of a yearly check of the staff there is, besides the check before hiring.

Only under these may a unit ask about its staff by a roster. Pure: knows no unit and no person.
"""

from collections.abc import Iterable
from datetime import date

from access.provisions import Provision, usable_by

#: Law on the Protection of Minors, Art. 62 para. 2: 密切接触未成年人的单位应当每年定期对工作人员……进行查询.
#: Preschool Education Law, Art. 44 speaks of hiring alone (聘任、聘用), so it is none of them.
YEARLY = frozenset({"MINORS-62"})


def offered(*, unit_kind: str, held: Iterable[str], today: date) -> tuple[Provision, ...]:
    """Return the provisions with a yearly check that this kind of unit, authorised for `held`, may use that day."""
    return tuple(
        found for found in possible(unit_kind=unit_kind, today=today) if found.id in set(held)
    )


def possible(*, unit_kind: str, today: date) -> tuple[Provision, ...]:
    """Return the provisions with a yearly check that bind this kind of unit, authorised or not."""
    return tuple(found for found in usable_by(unit_kind, today) if found.id in YEARLY)
