"""`manage.py statement`: the day's filing statement, signed. Exit 1 when something filed is not sealed, or a number is missing."""

import sys
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registry.statement import is_whole, signed, statement, unstated

NOT_WHOLE, NO_SUCH_DAY = 1, 2


class Command(BaseCommand):
    """Writes one line of JSON to the standard output and what it comes to, in words, to the other."""

    help = gettext_lazy(  # type: ignore[assignment]
        "State what was filed and sealed on a day, and which decision numbers are missing; signed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the contract names."""
        parser.add_argument(
            "--day", type=date.fromisoformat, help=_("a local day, as 2026-11-20 (default: today)")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """State, sign, and leave with an exit code that says whether all is there."""
        try:
            stated = statement(day=options["day"] or timezone.localdate())
        except ValueError:
            raise CommandError(
                _("There is no statement of a day to come."), returncode=NO_SUCH_DAY
            ) from None
        self.stdout.write(signed(stated))
        told = _("%(day)s: %(filed)d filed, %(sealed)d sealed, %(missing)d numbers missing.")
        missing = (last - first + 1 for line in stated["numbers"] for first, last in line["gaps"])
        self.stderr.write(
            told
            % {
                "day": stated["day"],
                "filed": stated["filed"],
                "sealed": stated["sealed"],
                "missing": sum(missing),
            }
        )
        if number := unstated(stated):
            self.stderr.write(
                ngettext(
                    "%(number)s number is on file that nobody stated as issued; gaps beside it are not known.",
                    "%(number)s numbers are on file that nobody stated as issued; gaps among them are not known.",
                    number,
                )
                % {"number": number}
            )
        if not is_whole(stated):
            sys.exit(NOT_WHOLE)
