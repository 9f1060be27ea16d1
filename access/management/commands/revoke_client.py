"""`manage.py revoke_client CODE`: the unit's program is refused from this moment on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from access import agency_clients
from access.units import Unit
from sealing.audit_log import NotEntered


class Command(BaseCommand):
    """For a lost or stolen credentials file; `load_units FILE --credentials DIR` then makes a new client."""

    help = "Revoke the client of a unit at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the unit's code."""
        parser.add_argument("code", metavar="CODE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Revoke, and say so."""
        unit = Unit.objects.filter(code=options["code"]).first()
        if unit is None:
            raise CommandError("There is no unit with this code.")
        try:
            client = agency_clients.revoke(unit=unit, by="revoke_client")
        except NotEntered as error:
            raise CommandError(
                "Nothing was revoked: the audit log could not be written."
            ) from error
        if client is None:
            raise CommandError("The unit has no client that is not revoked.")
        self.stdout.write(f"{client.key_id} is revoked.")
