"""Makes a backup of the registry's database server, and tries one out: restored into an empty cluster, sealed, and whole.

    python -m config.backup make DIR [--dsn ADDRESS]
    python -m config.backup keys FILE
    python -m config.backup drill DIR --keyring FILE [--digest HEX] [--sample N] [--within FOLDER]

DIR must be new or empty. The address (or BACKUP_DATABASE_URL; default: the embedded server) is that of a superuser or of
a role for backups. The key ring is copied by a step of its own, to another place. Exit 1 when anything is wrong, 2 for a wrong call.
"""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from config import drill, environment, postgres
from config.backing_up import Refused, copy_keys, make
from config.backup_folder import BackupFolder, NoBackup
from config.cluster import ClusterError
from config.restored import Restored, bytes_of, restored
from sealing.keyring import KeyringError

if TYPE_CHECKING:
    from rich.progress import Progress

SAMPLE = 50


def try_out(arguments: argparse.Namespace, bar: "Progress") -> list[drill.Line]:
    """Run the drill on a backup and return what it found; what cannot be started at all is a fault too."""
    backup, ring = BackupFolder(arguments.dir.resolve()), arguments.keyring.resolve()
    lines = drill.of_the_files(backup, ring=ring, digest=arguments.digest.lower())
    if any(line.faults for line in lines):
        return lines
    try:
        moved = _mover(bar, {"restoring": bytes_of(backup.data)})
        within = arguments.within.resolve() if arguments.within else None
        with restored(backup, within=within, copied=lambda size: moved("restoring", size)) as copy:
            _lead_django_to(copy, ring)
            lines += drill.of_the_copy(copy, sample=arguments.sample, moved=moved)
    except ClusterError as problem:
        lines.append(drill.Line("The backup starts.", (str(problem),)))
    return lines


def _lead_django_to(copy: Restored, ring: Path) -> None:
    """Set up Django in this process for the copy alone: not even its secret comes from the installation."""
    import django

    for name in ("OWNER_DATABASE_URL", "REGISTRY_DATABASE_ROLE", "REGISTRY_PRODUCTION", "DEBUG"):
        os.environ.pop(name, None)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        DATABASE_URL=copy.url("app"),
        AUDIT_DATABASE_URL=copy.url("auditor"),
        REGISTRY_KEYRING=str(ring),
        REGISTRY_POOL="0",
        REGISTRY_VAR=str(copy.cluster.folder / "var"),
    )
    django.setup()


def _mover(bar: "Progress", totals: dict[str, int]) -> drill.Moved:
    tasks: dict[str, Any] = {}

    def moved(what: str, steps: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=totals.get(what))
        bar.advance(tasks[what], steps)

    return moved


@contextlib.contextmanager
def _live(given: str | None) -> Iterator[str]:
    """Give the address of the live server; the embedded one is brought up for this when it does not run."""
    url = given or os.environ.get("BACKUP_DATABASE_URL")
    if url:
        yield url
        return
    if environment.flag("REGISTRY_PRODUCTION") or os.environ.get("DATABASE_URL"):
        raise Refused("Give the address of a role for backups: --dsn or BACKUP_DATABASE_URL.")
    server = postgres.ensure()
    try:
        yield server.url("bootstrap")
    finally:
        if server.started_here:
            server.stop_if_unused()


def tell(lines: list[drill.Line]) -> int:
    """Print a table of what was tried and return 1 when anything was found wrong."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", "tried", "found")
    for line in lines:
        table.add_row(
            "FAIL" if line.faults else "ok", line.title, "; ".join(line.faults) or line.seen
        )
    console = Console(markup=False)
    if not console.is_terminal:
        console = Console(markup=False, width=160)
    console.print(table)
    failed = sum(bool(line.faults) for line in lines)
    print(f"{len(lines) - failed} of {len(lines)} hold.")
    return 1 if failed else 0


@contextlib.contextmanager
def progress_bar() -> "Iterator[Progress]":
    """Give a bar on the terminal's error stream; quiet where there is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:>16}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield bar


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m config.backup", description=__doc__.partition("\n")[0]
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("make", help="make a backup")
    making.add_argument("dir", type=Path)
    making.add_argument("--dsn", help="postgresql:// address, with password_file=")
    keys = verbs.add_parser("keys", help="copy the key ring, away from every backup")
    keys.add_argument("file", type=Path)
    trying = verbs.add_parser("drill", help="restore a backup into an empty cluster and try it out")
    trying.add_argument("dir", type=Path)
    trying.add_argument("--keyring", type=Path, required=True, help="the copy of the key ring")
    trying.add_argument("--digest", default="", help="what `make` printed")
    trying.add_argument("--sample", type=int, default=SAMPLE, help="rows to open")
    trying.add_argument("--within", type=Path, help="folder with room for the copy")
    return parser


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(words: list[str]) -> int:
    """Run one command; 1 when anything is wrong."""
    arguments = _parser().parse_args(words)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return _done(arguments)
    except KeyboardInterrupt:
        return 130
    except (Refused, NoBackup, ClusterError, KeyringError, ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
    return 1


def _done(arguments: argparse.Namespace) -> int:
    if arguments.verb == "keys":
        copy_keys(arguments.file)
        print(f"The key ring was copied to {arguments.file}.")
        return 0
    if arguments.verb == "make":
        with _live(arguments.dsn) as url, progress_bar() as bar:
            digest = make(arguments.dir, url=url, bar=bar)
        print(f"Keep this digest in another place; it pins the backup:\n{digest}")
        return 0
    with progress_bar() as bar:
        lines = try_out(arguments, bar)
    return tell(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
