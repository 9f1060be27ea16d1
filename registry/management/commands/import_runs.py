"""`manage.py import_runs [--run ID]`: checks or files uploaded files that wait for it. Exit 1 when one broke off."""

import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.import_run_models import AT_WORK, ImportRun
from registry.import_runner import work
from registry.import_runs import expire

BROKE_OFF = 1


class Command(BaseCommand):
    """The site starts it for each run; a timer may call it too, to go on where a process was killed."""

    help = gettext_lazy(  # type: ignore[assignment]
        "Check or file the uploaded files that wait for it, and remove those that are too old."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take one run; all that wait when none is named."""
        parser.add_argument("--run", type=UUID, help=_("only this one"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Work, and say no more of a failure than its class: a message might quote a row."""
        runs = [options["run"]] if options["run"] else self._waiting()
        broken = [type(cause).__name__ for cause in map(self._cause, runs) if cause]
        if broken:
            self.stderr.write(_("An import broke off: %(causes)s") % {"causes": ", ".join(broken)})
            sys.exit(BROKE_OFF)

    def _waiting(self) -> list[UUID]:
        expire()
        waiting = ImportRun.objects.filter(state__in=AT_WORK).order_by("id")
        return list(waiting.values_list("pk", flat=True))

    def _cause(self, run: UUID) -> Exception | None:
        try:
            work(run)
        except Exception as cause:
            return cause
        return None
