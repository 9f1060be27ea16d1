"""`manage.py load_units FILE`: units, officials and authorisations from JSON; a second run changes nothing."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access import credentials
from access.credentials import CredentialsError
from access.units import Unit
from access.units_file import UnitsFileError, read, unusual
from access.units_loading import BY, load
from sealing.audit_log import NotEntered


class Command(BaseCommand):
    """Stores the whole file or nothing; a fault names its place in the file."""

    help = "Load units, their officials and their authorisations from a JSON file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, and the folder for credentials."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--credentials",
            type=Path,
            metavar="DIR",
            help="make a client of the interface for each unit of the file, with DIR/<code>.json",
        )

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
        counted = ", ".join(f"{count} {kind}" for kind, count in changes.items())
        changed = f"New or changed: {counted}." if counted else "Nothing changed."
        self.stdout.write(f"{len(units)} units read. {changed}")
        if options["credentials"] is not None:
            self._issue([unit.code for unit in units], options["credentials"])

    def _issue(self, codes: list[str], folder: Path) -> None:
        """Make the clients that are missing, and say what became of the files."""
        listed = Unit.objects.filter(code__in=codes, active=True)
        try:
            files = credentials.issue(listed, folder=folder, by=BY)
        except (CredentialsError, NotEntered) as error:
            raise CommandError(
                f"The units are loaded, the credentials are not complete: {error}.", returncode=1
            ) from error
        self.stdout.write(f"Credentials: {files['made']} made, {files['kept']} kept.")
        if files["lost"]:
            self.stderr.write(
                f"Note: {files['lost']} clients have no file here. A lost file cannot be made again:"
                " run revoke_client for the unit, then this command once more."
            )
