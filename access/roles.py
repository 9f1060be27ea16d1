"""The roles, as groups in code, with their exclusions (contract of the three administrators, MLPS level 3).

Who holds a role is read from group membership alone: `is_superuser` gives none. The database refuses a
membership that mixes an exclusive role with any other (see the migrations); `grant` says so in words first.
"""

from enum import StrEnum

from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.accounts import User
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome


class Role(StrEnum):
    """A group's name."""

    CLERK = "clerk"
    VERIFYING_OFFICER = "verifying_officer"
    INQUIRER = "inquirer"
    REVIEWING_OFFICER = "reviewing_officer"
    AUDITOR = "auditor"
    SECURITY_ADMINISTRATOR = "security_administrator"
    SYSTEM_ADMINISTRATOR = "system_administrator"


NAMES: dict[Role, str | Promise] = {
    Role.CLERK: _("clerk"),
    Role.VERIFYING_OFFICER: _("verifying officer"),
    Role.INQUIRER: _("inquirer"),
    Role.REVIEWING_OFFICER: _("reviewing officer"),
    Role.AUDITOR: _("auditor"),
    Role.SECURITY_ADMINISTRATOR: _("security administrator"),
    Role.SYSTEM_ADMINISTRATOR: _("system administrator"),
}
EXCLUSIVE = frozenset({Role.AUDITOR, Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR})


def roles_of(user: User | AnonymousUser) -> frozenset[Role]:
    """Return the roles an active account holds, read once for each account object."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    held = user.__dict__.get("_roles")
    if held is None:
        names = set(user.groups.values_list("name", flat=True))
        held = user.__dict__["_roles"] = frozenset(role for role in Role if role in names)
    return held


def holds(user: User | AnonymousUser, role: Role) -> bool:
    """Say whether an account holds a role; a superuser holds none by being one."""
    return role in roles_of(user)


def compatible(roles: frozenset[Role]) -> bool:
    """Say whether one account may hold these roles together."""
    return not roles & EXCLUSIVE or len(roles) == 1


@transaction.atomic
def grant(*, user: User, role: Role, by: str) -> None:
    """Give a role and enter it in the audit log; ValidationError when it excludes one already held."""
    held = frozenset(Role(name) for name in user.groups.values_list("name", flat=True))
    if role in held:
        return
    if not compatible(held | {role}):
        raise ValidationError(_("This role excludes every other role."), code="exclusive_role")
    user.groups.add(Group.objects.get(name=role.value))
    user.__dict__.pop("_roles", None)
    if role in EXCLUSIVE and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    _entered(user, role, by=by, act="granted")


@transaction.atomic
def withdraw(*, user: User, role: Role, by: str) -> None:
    """Take a role away and enter it in the audit log."""
    user.groups.remove(Group.objects.get(name=role.value))
    user.__dict__.pop("_roles", None)
    _entered(user, role, by=by, act="withdrawn")


def _entered(user: User, role: Role, *, by: str, act: str) -> None:
    audit_log.enter(
        Entry(
            kind=Kind.ROLE,
            outcome=Outcome.DONE,
            official=by,
            details={"account": user.number, "role": role.value, "act": act},
        )
    )
