"""`manage.py demo`: makes the demo where it is missing, and says who can sign in and what to try first."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from access import reviewers
from access.demo import people, welcome
from access.demo.inquiries import make_inquiries
from access.demo.programs import make_programs
from access.demo.records import file_records, make_drafts
from sealing.audit_log import NotEntered


class Command(BaseCommand):
    """Made-up units, people and records: for trying the registry out, never for an installation in use."""

    help = "Make the demo: made-up units, accounts, records and inquiries."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address that is told."""
        parser.add_argument("--site", default="http://127.0.0.1:8000", help="Address of the site.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing, and tell."""
        if settings.PRODUCTION:
            raise CommandError(
                _(
                    "The demo has accounts with one known password, so it is not made in production "
                    "(REGISTRY_PRODUCTION is on). Use load_units and import_records."
                )
            )
        try:
            password = self._made()
        except NotEntered as error:
            raise CommandError(
                _("The demo is not complete: the audit log could not be written. Run it again.")
            ) from error
        welcome.tell(password, self.stdout, site=options["site"])  # type: ignore[arg-type]

    def _made(self) -> str:
        people.make_units()
        people.make_accounts()
        file_records()
        make_drafts()
        make_inquiries()
        reviewers.staff_waiting()
        make_programs()
        return people.make_password_known()
