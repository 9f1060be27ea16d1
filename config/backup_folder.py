"""A backup on disk: `data/`, a base backup with PostgreSQL's own manifest, and `notes.json`, what it can be held to.

Written last, the notes make it a backup: a folder without them is one that was cut off. Knows no live server and no key.
"""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from config.cluster import Cluster
from config.noted import Noted, Pile
from config.postgres import write_private

FORMAT = 1


class NoBackup(Exception):
    """The folder holds no finished backup, or not the one it should; the text says why."""


@dataclass(frozen=True)
class Notes:
    """What was noted when the backup was made; `superuser` may sign in to the restored copy without a password."""

    made_at: str
    database: str
    superuser: str
    manifest: str
    noted: Noted


@dataclass(frozen=True)
class BackupFolder:
    """The folder of one backup."""

    folder: Path

    @property
    def data(self) -> Path:
        """Return the copy of the data directory."""
        return self.folder / "data"

    @property
    def notes_file(self) -> Path:
        """Return the file of the notes."""
        return self.folder / "notes.json"

    def close(self, notes: Notes) -> str:
        """Write the notes and return the digest that pins the whole backup: notes, manifest, files."""
        document = {"format": FORMAT, **asdict(notes)}
        write_private(self.notes_file, json.dumps(document, indent=1, sort_keys=True) + "\n")
        return self.digest()

    def digest(self) -> str:
        """Return SHA-256 of the notes, which name the manifest's, which names every file's."""
        return hashlib.sha256(self.notes_file.read_bytes()).hexdigest()

    def notes(self) -> Notes:
        """Return the notes; NoBackup when there are none that can be read."""
        try:
            found = json.loads(self.notes_file.read_text())
            stood = found["noted"]
            sealed = {table: Pile(**pile) for table, pile in stood["sealed"].items()}
            noted = Noted(stood["horizon"], Pile(**stood["log"]), sealed)
            texts = {
                name: str(found[name]) for name in ("made_at", "database", "superuser", "manifest")
            }
        except OSError:
            raise NoBackup(
                f"{self.folder} holds no finished backup: it has no notes.json."
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NoBackup(f"{self.notes_file} cannot be read.") from None
        return Notes(noted=noted, **texts)

    def manifest_digest(self) -> str:
        """Return SHA-256 of PostgreSQL's manifest, which lists every file of the backup with its own."""
        return hashlib.sha256((self.data / "backup_manifest").read_bytes()).hexdigest()

    def faults(self, *, digest: str = "") -> Iterator[str]:
        """Yield what is wrong with the files; `digest` is the one that was kept elsewhere, if it was."""
        try:
            notes = self.notes()
            if notes.manifest != self.manifest_digest():
                yield "the manifest is not the one that was noted"
        except NoBackup as problem:
            yield str(problem)
            return
        except OSError:
            yield "the manifest is missing"
            return
        if digest and digest != self.digest():
            yield "the notes are not those whose digest was given"
        yield from self._changed_files()

    def _changed_files(self) -> Iterator[str]:
        program = Cluster(self.folder).binaries.folder / "pg_verifybackup"
        done = subprocess.run(
            [program, "--quiet", self.data],
            capture_output=True,
            text=True,
            env={"PATH": str(program.parent), "LC_ALL": "C"},
            check=False,
        )
        if done.returncode:
            said = [
                line.partition("error: ")[2]
                for line in done.stderr.splitlines()
                if "error: " in line
            ]
            yield said[0] if said else f"pg_verifybackup ended with {done.returncode}"


def lies_with(ring: Path, backup: Path) -> bool:
    """Tell whether whoever takes the folder that the key ring lies in takes the backup too."""
    return ring.resolve().parent in (backup.resolve(), *backup.resolve().parents)


def backups_beside(ring: Path) -> list[Path]:
    """Return the backups that lie where a key ring is about to be written, or around it."""
    place = ring.resolve().parent
    around = (folder for folder in (place, *place.parents) if (folder / "notes.json").is_file())
    return [*around, *(notes.parent for notes in place.glob("*/notes.json"))]
