"""`manage.py rotate_keys`: a new version of the content key, and every row under it; with --index, of the index keys.
Exit 0 all rows are under it, 3 some were left, 1 stopped or refused.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sealing import key_versions, moving_index, rotation
from sealing.audit_log import NotEntered
from sealing.keyring import KeyringError, Purpose, forget, keyring

SOME_LEFT, STOPPED = 3, 1
CONTENT = Purpose.CONTENT


class Command(BaseCommand):
    """Reports numbers, tables and keys of rows, never content. Started again, it goes on where it was cut off."""

    help = gettext_lazy(  # type: ignore[assignment]
        "Put a new version of the content key to use and encrypt every row anew with it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the four things that can be asked for beside rotating, and of which keys."""
        parser.add_argument(
            "--index",
            action="store_true",
            help=_("the keys by which persons and decisions are found, not the one for content"),
        )
        chosen = parser.add_mutually_exclusive_group()
        chosen.add_argument(
            "--status",
            action="store_true",
            help=_("say which versions there are and how many values each has"),
        )
        chosen.add_argument(
            "--prepare",
            action="store_true",
            help=_("write a new version that waits; the next rotation puts it to use"),
        )
        chosen.add_argument(
            "--retire",
            type=int,
            metavar="VERSION",
            help=_("move a version that no row needs out of the key ring, into the file --to"),
        )
        chosen.add_argument(
            "--take-back", type=Path, metavar="FILE", help=_("put retired versions back")
        )
        chosen.add_argument(
            "--new", action="store_true", help=_("make a new version though rows are left over")
        )
        parser.add_argument("--to", type=Path, metavar="FILE", help=_("a new file for --retire"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked for; every refusal and every stop is told in one line."""
        try:
            self._do(options)
        except (KeyringError, rotation.RotationStopped, OSError) as refusal:
            raise CommandError(str(refusal), returncode=STOPPED) from None
        except (NotEntered, DatabaseError, KeyboardInterrupt) as stop:
            cause = type(stop.__cause__ or stop).__name__
            message = _("Stopped (%(cause)s). Run it again to go on.") % {"cause": cause}
            raise CommandError(message, returncode=STOPPED) from None

    def _do(self, options: dict[str, Any]) -> None:
        if options["status"]:
            self._tell_status()
            moving_index.status(_ring(), self.stdout.write)
            return
        if not rotation.only_one():
            raise KeyringError(_("Another rotation is running."))
        if options["index"]:
            self._move_index(options)
        elif options["prepare"]:
            version = key_versions.add(_ring(), CONTENT)
            self.stdout.write(_("Version %(version)d waits.") % {"version": version})
        elif options["retire"] is not None:
            self._retire(options["retire"], options["to"])
        elif options["take_back"]:
            self._take_back(options["take_back"])
        else:
            self._rotate(anew=options["new"])

    def _move_index(self, options: dict[str, Any]) -> None:
        if options["new"] or options["take_back"]:
            raise KeyringError(_("--index goes alone, or with --prepare or --retire."))
        if options["prepare"]:
            moving_index.prepare(_ring(), self.stdout.write)
        elif options["retire"] is not None:
            to = _named(options["to"])
            moving_index.retire(_ring(), options["retire"], to=to, say=self.stdout.write)
        else:
            said = {"say": self.stdout.write, "warn": self.stderr.write}
            bar = partial(_progress_bar, _("Making ready"))
            if not moving_index.move(_ring(), **said, bar=bar):
                sys.exit(SOME_LEFT)

    def _rotate(self, *, anew: bool) -> None:
        version = keyring().current(CONTENT).id
        waits = max(keyring().versions(CONTENT)) > version
        if anew or waits or not _due(version):
            version = self._new_version()
        else:
            self.stdout.write(_("Going on with version %(version)d.") % {"version": version})
        with _progress_bar(_("Encrypting"), _due(version)) as move:
            done = rotation.Rotation(version=version, on_progress=move)
            done.run()
        self._tell(done)

    def _new_version(self) -> int:
        version = key_versions.add(_ring(), CONTENT)
        forget()
        rotation.note("key_made", purpose=CONTENT.value, version=version)
        key_versions.put_to_use(_ring(), CONTENT, version)
        forget()
        self.stdout.write(
            _("Version %(version)d is in use. Back up the key ring now.") % {"version": version}
        )
        return version

    def _tell(self, done: rotation.Rotation) -> None:
        rows = {"count": done.rewritten, "version": done.version}
        told = ngettext(
            "%(count)d row encrypted anew with version %(version)d.",
            "%(count)d rows encrypted anew with version %(version)d.",
            done.rewritten,
        )
        self.stdout.write(told % rows)
        for table, key in sorted(done.left):
            self.stderr.write(
                _("Left as it is, its text is not proven: %(table)s %(key)s")
                % {"table": table, "key": key}
            )
        if done.left:
            sys.exit(SOME_LEFT)

    def _tell_status(self) -> None:
        ring, held = keyring(), rotation.held()
        current = ring.current(CONTENT).id
        for version in sorted({*ring.versions(CONTENT), *(v for of in held.values() for v in of)}):
            state = _("in use") if version == current else _("waits")
            if version < current:
                state = _("old")
            if version not in ring.versions(CONTENT):
                state = _("not in the key ring")
            counted = [f"{table} {of[version]}" for table, of in held.items() if of.get(version)]
            self.stdout.write(f"{version:>5}  {state}: {', '.join(counted) or _('none')}")

    def _retire(self, version: int, to: Path | None) -> None:
        to = _named(to)
        if not key_versions.settled(_ring(), CONTENT):
            raise KeyringError(_("The version in use is too new; wait ten minutes."))
        if needed := sum(of.get(version, 0) for of in rotation.held().values()):
            raise KeyringError(
                ngettext(
                    "%(count)d value still needs version %(version)d.",
                    "%(count)d values still need version %(version)d.",
                    needed,
                )
                % {"count": needed, "version": version}
            )
        rotation.note("key_retired", purpose=CONTENT.value, version=version)
        key_versions.retire(_ring(), CONTENT, version=version, to=to)
        message = _("Version %(version)d was moved to %(file)s. Older backups need it: keep it.")
        self.stdout.write(message % {"version": version, "file": to})

    def _take_back(self, retired: Path) -> None:
        versions = key_versions.to_take_back(_ring(), retired)
        rotation.note("key_taken_back", versions=versions)
        key_versions.take_back(_ring(), retired)
        self.stdout.write(_("Taken back: %(versions)s") % {"versions": ", ".join(versions) or "–"})


def _named(to: Path | None) -> Path:
    if to is None:
        raise KeyringError(_("Name a new file with --to: a version is moved, never deleted."))
    return to


def _ring() -> Path:
    return Path(settings.REGISTRY_KEYRING)


def _due(version: int) -> int:
    """Return how many values are not under a version yet."""
    held = rotation.held().values()
    return sum(count for of in held for have, count in of.items() if have < version)


@contextmanager
def _progress_bar(name: str, total: int) -> Iterator[Callable[[int], None]]:
    """Give a function that moves a bar on the terminal's error stream by so many values; quiet without a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=total)
        yield lambda values: bar.advance(task, values)
