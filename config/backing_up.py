"""Making a backup of a live server, and a copy of its key ring in another place.

The backup is PostgreSQL's own base backup: byte for byte, with the log that makes it whole and SHA-256 of every file. What
it must hold at least is noted before it begins. Reads the live server and changes nothing there.
"""

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import binaries, environment
from config.backup_folder import BackupFolder, Notes, backups_beside, lies_with
from config.noted import noted, row_count

if TYPE_CHECKING:
    import psycopg
    from rich.progress import Progress

# The superuser that initdb made, whatever it is called.
SUPERUSER = "SELECT rolname FROM pg_roles WHERE oid = 10"
COPIED = re.compile(r"(\d+)/(\d+) kB")


class Refused(Exception):
    """The command would do what it must not, or cannot do what it should; the text says why."""


def make(folder: Path, *, url: str, bar: "Progress") -> str:
    """Back the server up into a new folder and return the digest that pins the backup; half a backup has no notes."""
    import psycopg

    backup = _new_folder(folder)
    known = environment.database("--dsn", url)
    place = {"host": known["HOST"], "port": known["PORT"], "user": known["USER"]}
    options = known["OPTIONS"] if isinstance(known["OPTIONS"], dict) else {}
    parameters = {name: str(value) for name, value in (place | options).items() if value}
    address = psycopg.conninfo.make_conninfo(**parameters)
    password = str(known["PASSWORD"])
    try:
        with psycopg.connect(
            address, password=password, dbname=str(known["NAME"]), autocommit=True
        ) as connection:
            program = _program(connection.info.server_version // 10_000)
            notes = _noted_first(connection, bar)
    except psycopg.Error as problem:
        raise Refused(f"The live server does not tell where it stands: {problem}") from problem
    _base_backup(program, backup, address=address, password=password, bar=bar)
    return backup.close(Notes(**notes, manifest=backup.manifest_digest()))


def _new_folder(folder: Path) -> BackupFolder:
    backup, ring = BackupFolder(folder.resolve()), own_ring()
    if backup.folder.exists() and any(backup.folder.iterdir()):
        raise Refused(f"{folder} is not empty.")
    if lies_with(ring, backup.folder):
        raise Refused(
            f"The key ring lies in {ring.parent}: whoever takes that folder would have both."
        )
    backup.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    backup.folder.chmod(0o700)
    return backup


def _noted_first(connection: "psycopg.Connection[Any]", bar: "Progress") -> dict[str, Any]:
    """Note where all stands before a byte is copied: the copy can only be later, and then it holds at least this."""
    task = bar.add_task("noting", total=row_count(connection))
    stands = noted(connection, moved=lambda rows: bar.advance(task, rows))
    superuser = connection.execute(SUPERUSER.encode()).fetchone()
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": connection.info.dbname,
        "superuser": superuser[0] if superuser else "",
        "noted": stands,
    }


def _program(major: int) -> Path:
    for found in binaries.installations():
        if found.major == major and (found.folder / "pg_basebackup").exists():
            return found.folder / "pg_basebackup"
    raise Refused(
        f"No pg_basebackup of PostgreSQL {major} found; name its folder in REGISTRY_POSTGRES_BIN."
    )


def _base_backup(
    program: Path, backup: BackupFolder, *, address: str, password: str, bar: "Progress"
) -> None:
    task = bar.add_task("copying", total=None)
    said = ""
    with subprocess.Popen(
        [
            *(program, "--dbname", address, "--pgdata", backup.data, "--no-password", "--progress"),
            *("--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256"),
        ],
        env={"PATH": str(program.parent), "LC_ALL": "C", "PGPASSWORD": password},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as copying:
        for line in copying.stderr or ():
            if found := COPIED.search(line):
                bar.update(task, completed=int(found[1]), total=int(found[2]))
            else:
                said = line.strip() or said
    if copying.returncode:
        raise Refused(f"pg_basebackup failed: {said}")


def copy_keys(file: Path) -> None:
    """Copy the installation's key ring to a new file of mode 0600, away from every backup, and read it back."""
    from sealing.keyring import Keyring

    if found := backups_beside(file):
        raise Refused(f"A backup lies in {found[0]}: whoever takes that folder would have both.")
    Keyring.load(own_ring())
    content = own_ring().read_bytes()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise Refused(f"{file} is there already.") from None
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    Keyring.load(file)


def own_ring() -> Path:
    return environment.path_or(
        environment.var_dir() / "keyring.json", name="REGISTRY_KEYRING"
    ).resolve()
