"""Storing what a units file states: all of it or nothing, and nothing a second time.

The file says what is to be; what it does not name stays as it is. A suspended authorisation stays suspended.
Roles and authorisations that change are entered in the audit log. Knows no inquiry and no record.
"""

from collections import Counter
from typing import Any

from django.core.exceptions import ValidationError
from guardian.shortcuts import assign_perm, get_user_perms

from access import authorisation_lock, authorisations, roles
from access.accounts import OfficialName, User
from access.roles import Role
from access.standing import INQUIRE_FOR
from access.units import Authorisation, Unit
from access.units_file import StatedAuthorisation, StatedUnit, UnitsFileError
from sealing import audit_log

#: Who is named in the audit log as the one who gave roles and authorisations.
BY = "load_units"


def load(units: list[StatedUnit]) -> Counter[str]:
    """Store the units in one durable transaction and return what changed, counted by kind of change."""
    changes: Counter[str] = Counter()
    with audit_log.committed():
        for at, stated in enumerate(units):
            unit = _unit(stated, f"[{at}]", changes)
            for number, name in stated.officials.items():
                _official(unit, number, name, f"[{at}].officials", changes)
            _authorisations(unit, stated, changes)
    return changes


def _unit(stated: StatedUnit, place: str, changes: Counter[str]) -> Unit:
    wanted: dict[str, Any] = {
        "name": stated.name,
        "kind": stated.kind,
        "level": stated.level,
        "daily_budget": stated.daily_budget,
        "official_budget": stated.official_budget,
    }
    if stated.roster_limit is not None:
        wanted["roster_limit"] = stated.roster_limit
    for_ever = {"sandbox": stated.sandbox}
    unit, is_new = Unit.objects.get_or_create(code=stated.code, defaults=wanted | for_ever)
    if unit.sandbox != stated.sandbox:
        raise UnitsFileError(f"{place}.sandbox: a unit is a sandbox from the beginning or never")
    if is_new or _update(unit, wanted):
        changes["units"] += 1
    return unit


def _update(kept: Any, wanted: dict[str, Any]) -> bool:
    changed = [name for name, value in wanted.items() if getattr(kept, name) != value]
    for name in changed:
        setattr(kept, name, wanted[name])
    if changed:
        kept.save(update_fields=changed)
    return bool(changed)


def _official(unit: Unit, number: str, name: str, place: str, changes: Counter[str]) -> None:
    """Make the account, without a password, or bring it up to date; it never moves to another unit."""
    user = User.objects.filter(number=number).first()
    is_new = user is None
    if user is None:
        user = User.objects.create_user(number, unit=unit)
    if user.unit_id != unit.pk:
        raise UnitsFileError(f"{place}: {number} is an account of another unit, or of none")
    held, is_unnamed = OfficialName.objects.get_or_create(user=user, defaults={"name": name})
    is_renamed = not is_unnamed and _update(held, {"name": name})
    if not unit.sandbox:
        is_new |= _may_inquire(user, unit, place)
    if is_new or is_unnamed or is_renamed:
        changes["officials"] += 1


def _may_inquire(user: User, unit: Unit, place: str) -> bool:
    """Give role and standing where they lack; officials of a sandbox are named by programs and get neither."""
    lacks_role = not user.groups.filter(name=Role.INQUIRER).exists()
    lacks_standing = "inquire_for" not in get_user_perms(user, unit)
    if lacks_role:
        _make_inquirer(user, place)
    if lacks_standing:
        assign_perm(INQUIRE_FOR, user, unit)
    return lacks_role or lacks_standing


def _make_inquirer(user: User, place: str) -> None:
    try:
        roles.grant(user=user, role=Role.INQUIRER, by=BY)
    except ValidationError as error:
        raise UnitsFileError(f"{place}: {user.number}: {error.messages[0]}") from error


def _authorisations(unit: Unit, stated: StatedUnit, changes: Counter[str]) -> None:
    """Those of one ground are matched in the order of their first days: a file of relative days moves them on."""
    accounts = {user.number: user for user in User.objects.filter(unit=unit)}
    by_ground: dict[str, list[StatedAuthorisation]] = {}
    for held in sorted(stated.authorisations, key=lambda held: (held.ground, held.valid_from)):
        by_ground.setdefault(held.ground, []).append(held)
    for ground, wanted in by_ground.items():
        authorisation_lock.exclusive(unit_id=unit.pk, ground=ground)
        kept = list(Authorisation.objects.filter(unit=unit, ground=ground).order_by("valid_from"))
        # The latest first: days that move on never meet those of the next authorisation on their way.
        for at, held in reversed(list(enumerate(wanted))):
            officials = [accounts[number] for number in held.officials]
            if _authorisation(unit, held, officials, kept[at] if at < len(kept) else None):
                changes["authorisations"] += 1


def _authorisation(
    unit: Unit, stated: StatedAuthorisation, officials: list[User], kept: Authorisation | None
) -> bool:
    budget = stated.daily_budget
    if budget is None and kept is not None:
        budget = kept.daily_budget
    wanted: dict[str, Any] = {
        "valid_from": stated.valid_from,
        "valid_to": stated.valid_to,
        "daily_budget": budget,
    }
    is_same = (
        kept is not None
        and all(getattr(kept, name) == value for name, value in wanted.items())
        and set(kept.officials.all()) == set(officials)
    )
    if not is_same:
        authorisations.load(
            unit=unit, ground=stated.ground, **wanted, officials=officials, by=BY, kept=kept
        )
    return not is_same
