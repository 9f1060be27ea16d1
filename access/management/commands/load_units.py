"""`manage.py load_units FILE`: units, officials and authorisations from JSON; a second run changes nothing."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.units_file import UnitsFileError, read, unusual
from access.units_loading import load
from sealing.audit_log import NotEntered


class Command(BaseCommand):
    """Stores the whole file or nothing; a fault names its place in the file."""

    help = "Load units, their officials and their authorisations from a JSON file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, check, store, and say what changed."""
        try:
            units = read(options["file"], today=timezone.localdate())
            changes = load(units)
        except UnitsFileError as error:
            raise CommandError(f"Nothing was loaded: {error}.", returncode=2) from error
        except NotEntered as error:
            raise CommandError(
                "Nothing was loaded: the audit log could not be written.", returncode=1
            ) from error
        for remark in unusual(units):
            self.stderr.write(f"Note: {remark}.")
        if not changes:
            self.stdout.write(f"{len(units)} units read. Nothing changed.")
            return
        counted = ", ".join(f"{count} {kind}" for kind, count in changes.items())
        self.stdout.write(f"{len(units)} units read. New or changed: {counted}.")
