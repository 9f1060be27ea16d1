"""What an account may do for its unit, following its roles: to inquire, to enter decisions, to verify them.

Standing belongs to one unit only, the account's present one. It is not legal ground: see `access.policy`.
"""

from guardian.shortcuts import assign_perm, remove_perm

from access import standing
from access.accounts import User
from access.roles import Role
from access.units import Unit

STANDING = {
    Role.INQUIRER: "access.inquire_for",
    Role.CLERK: "access.file_for",
    Role.VERIFYING_OFFICER: "access.verify_for",
}


def follow_roles(user: User) -> None:
    """Give an account the standing its roles need in its unit, and take away every other."""
    held = set(user.groups.values_list("name", flat=True))
    for role, permission in STANDING.items():
        wanted = user.unit if role in held else None
        if wanted is not None:
            assign_perm(permission, user, wanted)
        for unit in Unit.objects.filter(standing.allowed(user, permission)):
            if unit != wanted:
                remove_perm(permission, user, unit)
