"""Who is at work, as plain values: number, unit and which of the two filing roles.

An account is read by its attributes alone, so this module knows no account model and no unit. Being a
superuser gives nothing; neither does a role without a unit to file for.
"""

from dataclasses import dataclass
from typing import Any

CLERK, VERIFYING_OFFICER = "clerk", "verifying_officer"


@dataclass(frozen=True, slots=True)
class Officer:
    """A police officer 经办人/审核人 on the day: number and organ as they stand in what he files."""

    number: str
    unit_code: str
    unit_name: str = ""
    unit_level: str = ""
    is_clerk: bool = False
    is_verifying_officer: bool = False


def officer_of(user: Any) -> Officer:
    """Return the officer behind an account, with no role unless it is active and of an active unit."""
    unit = getattr(user, "unit", None)
    in_office = user.is_authenticated and user.is_active and not user.is_superuser
    if not in_office or unit is None or not unit.active:
        return Officer(getattr(user, "number", ""), "")
    roles = set(user.groups.values_list("name", flat=True))
    return Officer(
        number=user.number,
        unit_code=unit.code,
        unit_name=unit.name,
        unit_level=unit.level,
        is_clerk=CLERK in roles,
        is_verifying_officer=VERIFYING_OFFICER in roles,
    )
