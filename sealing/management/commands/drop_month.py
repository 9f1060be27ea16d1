"""`manage.py drop_month ORDER --archive FILE --by NUMBER`: drops the oldest month of the log under a signed order.

Run as the owner of the tables (REGISTRY_DATABASE_ROLE=owner), whom no web process can sign in as. Exit 2: refused.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sealing import dropping
from sealing.dropping import Refused

REFUSED = 2


class Command(BaseCommand):
    """Sees signature and archive; the database sees the rest, and drops."""

    help = gettext_lazy(  # type: ignore[assignment]
        "Drop the oldest month of the audit log under an order that two accounts made."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the order, its archive and who runs this."""
        parser.add_argument("order", type=UUID)
        parser.add_argument("--archive", type=Path, required=True, help=_("what export_log wrote"))
        parser.add_argument("--by", required=True, help=_("the official number of who runs this"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Drop the month; exit 2 and the reason when it is refused, with nothing done."""
        try:
            month = dropping.drop(options["order"], archive=options["archive"], by=options["by"])
        except Refused as problem:
            words = _("Nothing was dropped: %(problem)s") % {"problem": problem}
            raise CommandError(words, returncode=REFUSED) from None
        self.stdout.write(
            _("%(month)s was dropped. Its leaf hashes stay in the tree.") % {"month": month}
        )
