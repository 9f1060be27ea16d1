"""The demo's units and accounts, and the one password that signs in to all of them."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from access import roles, units_file, units_loading
from access.accounts import User
from access.demo import BY, DATA, stated
from access.roles import Role
from access.units import Unit

#: Letters and digits that nobody mistakes for others.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def password_file() -> Path:
    """Return where the password is kept, of mode 0600."""
    return Path(settings.VAR) / "demo_password"


def make_units() -> None:
    """Make the units that are missing, with their officials and authorisations."""
    there = set(Unit.objects.values_list("code", flat=True))
    listed = units_file.read(DATA / "units.json", today=timezone.localdate())
    if missing := [unit for unit in listed if unit.code not in there]:
        units_loading.load(missing)


def make_accounts() -> None:
    """Make the accounts that ask for nothing: filing, reviewing and the three administrators."""
    there = set(User.objects.values_list("number", flat=True))
    for account in stated("accounts"):
        if account["number"] not in there:
            unit = Unit.objects.get(code=account["unit"]) if account["unit"] else None
            user = User.objects.create_user(account["number"], unit=unit)
            roles.grant(user=user, role=Role(account["role"]), by=BY)


def make_password_known() -> str:
    """Return the password, kept in its file; made with it, it is given to every account of the demo.

    A password that somebody has chosen since stays his, unless the file is gone.
    """
    password, is_new = _kept_or_made(password_file())
    accounts = User.objects.filter(number__in=[number for number, *_rest in everybody()])
    lacking = [user for user in accounts if is_new or not user.has_usable_password()]
    if lacking:
        # One hash for all: the password is the same, and hashing is slow on purpose.
        User.objects.filter(pk__in=[user.pk for user in lacking]).update(
            password=make_password(password)
        )
    return password


def everybody() -> Iterator[tuple[str, Role, str]]:
    """Yield number, role and unit code of each account that signs in; a sandbox is for programs."""
    for account in stated("accounts"):
        yield account["number"], Role(account["role"]), account["unit"]
    for unit in stated("units"):
        for official in [] if unit.get("sandbox") else unit["officials"]:
            yield official["number"], Role.INQUIRER, unit["code"]


def _kept_or_made(path: Path) -> tuple[str, bool]:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        if kept := path.read_text().strip():
            return kept, False
        handle = os.open(path, os.O_WRONLY)
    password = "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))
    with os.fdopen(handle, "w") as out:
        out.write(password + "\n")
    return password, True
