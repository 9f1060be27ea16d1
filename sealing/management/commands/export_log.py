"""`manage.py export_log --out DIR [--since DATE | --month MONTH]`: writes the log for `python -m sealing.verify`,

or the archive of one month, which must exist before that month can be ordered to be dropped.
"""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sealing import month_archive
from sealing.log_export import NothingToExport, export
from sealing.orders import month_begins
from sealing.progress import progress_bar

NOT_EXPORTED = 2


class Command(BaseCommand):
    """Reads as registry_auditor; the files are readable by their owner only."""

    help = gettext_lazy(  # type: ignore[assignment]
        "Write entries, checkpoints and public keys for the verifier that stands alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the contract names."""
        parser.add_argument("--out", type=Path, required=True, help=_("an empty or new folder"))
        part = parser.add_mutually_exclusive_group()
        part.add_argument("--month", type=_month, help=_("the archive of one month, as 2026-11"))
        part.add_argument(
            "--since", type=date.fromisoformat, help=_("a local day, as 2026-11-20 (default: all)")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Export what is signed; exit 2 when nothing was written."""
        if options["month"]:
            self._month(options["out"], options["month"])
            return
        try:
            with progress_bar(_("Writing")) as on_progress:
                count = export(options["out"], since=options["since"], on_progress=on_progress)
        except NothingToExport:
            words = _("The log was never signed: run manage.py sequence_log first.")
            raise CommandError(words, returncode=NOT_EXPORTED) from None
        except FileExistsError:
            words = _("--out names a folder that is not empty.")
            raise CommandError(words, returncode=NOT_EXPORTED) from None
        self.stdout.write(
            _("%(count)d entries were written to %(folder)s.")
            % {"count": count, "folder": options["out"]}
        )

    def _month(self, folder: Path, month: str) -> None:
        try:
            with progress_bar(_("Writing")) as on_progress:
                path, count, digest = month_archive.write(
                    folder, month=month, on_progress=on_progress
                )
        except NothingToExport:
            words = _("Entries of this month are not in the tree: run manage.py sequence_log.")
            raise CommandError(words, returncode=NOT_EXPORTED) from None
        except FileExistsError:
            words = _("The archive of this month is there already.")
            raise CommandError(words, returncode=NOT_EXPORTED) from None
        named = {"count": count, "file": path, "digest": digest}
        self.stdout.write(
            _("%(count)d entries were written to %(file)s. SHA-256: %(digest)s") % named
        )


def _month(text: str) -> str:
    month_begins(text)
    return text
