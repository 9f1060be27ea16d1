"""Makes an account with a role: above all the first security administrator, who then makes the others."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from access.account_standing import follow_roles
from access.models import Unit, User
from access.roles import Role, grant


def asked() -> str:
    """Return the password typed twice alike at the terminal: who mistypes it once would be locked out unawares."""
    password = getpass.getpass("Password: ")
    if getpass.getpass("Password again: ") != password:
        raise CommandError("The two passwords differ. No account was made.")
    return password


class Command(BaseCommand):
    """`make_account NUMBER ROLE [--unit CODE]`; the password is asked for, or read from standard input."""

    help = "Make an account with a role; the grant is entered in the audit log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="official number: letters, digits, - and _")
        parser.add_argument("role", choices=[role.value for role in Role])
        parser.add_argument(
            "--unit", metavar="CODE", help="code of the unit the account belongs to"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        password = asked() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        unit = Unit.objects.filter(code=options["unit"]).first() if options["unit"] else None
        if options["unit"] and unit is None:
            raise CommandError("There is no unit with this code.")
        user = User(number=options["number"], unit=unit)
        try:
            validate_password(password, user)
            user.set_password(password)
            user.full_clean()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        with transaction.atomic():
            user.save()
            grant(user=user, role=Role(options["role"]), by="make_account")
            follow_roles(user)
        self.stdout.write(f"{user.number}: {options['role']}")
