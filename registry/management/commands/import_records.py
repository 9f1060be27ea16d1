"""`manage.py import_records FILE`: files a records file. Exit 0 all filed, 3 some rejected, 2 file unreadable."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from registry.import_files import Unreadable, rows_of
from registry.importing import Import, OnProgress, Tally
from registry.penalties import LAWS
from registry.rejects_file import rejects_file
from sealing.audit_log import NotEntered

SOME_REJECTED, UNREADABLE, STOPPED = 3, 2, 1


class Command(BaseCommand):
    """Reports numbers and codes, never content."""

    help = gettext_lazy(  # type: ignore[assignment]
        "File penalty decisions in bulk; every record is sealed from birth."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the contract names."""
        parser.add_argument(
            "file", type=Path, help=_("the records file: CSV or JSON Lines in UTF-8, or XLSX")
        )
        parser.add_argument("--dry-run", action="store_true", help=_("judge all rows, file none"))
        parser.add_argument(
            "--rejects", type=Path, help=_("write rejected rows here: row, decision number, codes")
        )
        parser.add_argument(
            "--law", choices=LAWS, default="2025", help=_("2012 accepts acts before 2026")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, say what came of it, and leave with the contract's exit code."""
        path, rejects = options["file"], options["rejects"]
        if rejects and rejects.exists() and path.exists() and rejects.samefile(path):
            raise CommandError(_("--rejects names the records file itself."), returncode=UNREADABLE)
        tally = self._imported(path, rejects, dry_run=options["dry_run"], law=options["law"])
        self._tell(tally, dry_run=options["dry_run"])
        if tally.rejected:
            sys.exit(SOME_REJECTED)

    def _imported(self, path: Path, rejects: Path | None, *, dry_run: bool, law: str) -> Tally:
        run = Import(rows_again=lambda: rows_of(path), law=law, dry_run=dry_run)
        try:
            next(rows_of(path), None)
            with rejects_file(rejects) as run.on_rejection, progress_bar() as run.on_progress:
                return run.run()
        except Unreadable as problem:
            raise CommandError(str(problem), returncode=UNREADABLE) from None
        except (NotEntered, KeyboardInterrupt) as stop:
            message = _("Stopped after %(filed)d rows were filed. Run it again to go on.")
            cause = f" ({type(stop.__cause__ or stop).__name__})"
            raise CommandError(
                message % {"filed": run.tally.filed} + cause, returncode=STOPPED
            ) from None

    def _tell(self, tally: Tally, *, dry_run: bool) -> None:
        for code, times in sorted(tally.codes.items()):
            self.stdout.write(f"{times:>8}  {code}")
        told = (
            _("%(rows)d rows: %(filed)d would be filed, %(rejected)d rejected. Nothing was filed.")
            if dry_run
            else _("%(rows)d rows: %(filed)d filed and sealed, %(rejected)d rejected.")
        )
        numbers = {"rows": tally.rows, "filed": tally.filed, "rejected": tally.rejected}
        self.stdout.write(told % numbers)


@contextmanager
def progress_bar() -> Iterator[OnProgress]:
    """Give a function that moves a bar on the terminal's error stream; quiet where there is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(_("Reading"), total=None)

        def move(done: int, total: int | None) -> None:
            bar.update(
                task,
                completed=done,
                total=total,
                description=_("Filing") if total else _("Reading"),
            )

        yield move
