"""A backup brought up in an empty cluster of its own, for as long as it is looked at; then it is gone.

Nothing of the live installation is touched: own folder, own socket, no network, no configuration taken over (a
backup brings the commands of the live server's archive with it). The backup itself is copied, never started.
"""

import contextlib
import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from config.backup_folder import BackupFolder, Notes
from config.cluster import Cluster, ClusterError

if TYPE_CHECKING:
    import psycopg

Copied = Callable[[int], None]
"""Called with the number of bytes copied since the last call."""

# Only who may enter the socket's folder, of mode 0700, gets as far as this.
WHO_SIGNS_IN = "local all all trust\n"
CONFIGURATION = """\
# Written for a drill.
include 'registry.conf'
archive_mode = off
max_prepared_transactions = 100
fsync = off
"""


@dataclass(frozen=True)
class Restored:
    """A running copy of a backup."""

    cluster: Cluster
    notes: Notes

    def url(self, role: str) -> str:
        """Return the address for one of the registry's roles."""
        host = quote(str(self.cluster.socket_dir))
        return f"postgresql://registry_{role}@/{self.notes.database}?host={host}"

    def connect(self, user: str) -> "psycopg.Connection[Any]":
        """Return a plain connection, in autocommit, as a role of the database."""
        import psycopg

        host = str(self.cluster.socket_dir)
        return psycopg.connect(host=host, user=user, dbname=self.notes.database, autocommit=True)

    def superuser(self) -> "psycopg.Connection[Any]":
        """Return a connection that may do anything with the copy."""
        return self.connect(self.notes.superuser)


@contextlib.contextmanager
def restored(
    backup: BackupFolder, *, within: Path | None = None, copied: Copied = lambda _bytes: None
) -> Iterator[Restored]:
    """Give a running copy of a backup; ClusterError when there is no room for it or it does not start."""
    notes = backup.notes()
    home = Path(tempfile.mkdtemp(prefix="registry-drill-", dir=within))
    cluster = Cluster(home)
    try:
        _refuse_too_little_room(backup, home)
        _copy(backup.data, cluster, copied)
        cluster.start()
        yield Restored(cluster, notes)
    finally:
        try:
            if cluster.data.exists():
                cluster.stop()
        finally:
            shutil.rmtree(cluster.socket_dir, ignore_errors=True)
            shutil.rmtree(home)


def bytes_of(folder: Path) -> int:
    """Return the size of all files of a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def _refuse_too_little_room(backup: BackupFolder, home: Path) -> None:
    if shutil.disk_usage(home).free < bytes_of(backup.data) * 1.1:
        raise ClusterError(f"There is no room for a copy of the backup in {home.parent}.")


def _copy(data: Path, cluster: Cluster, copied: Copied) -> None:
    """Copy a data directory and put our own configuration in the place of the one it came with."""

    def copy(source: str, target: str) -> str:
        shutil.copyfile(source, target)
        copied(Path(target).stat().st_size)
        return target

    shutil.copytree(data, cluster.data, copy_function=copy)
    cluster.data.chmod(0o700)
    for name, content in {
        "postgresql.conf": CONFIGURATION,
        "postgresql.auto.conf": "",
        "pg_hba.conf": WHO_SIGNS_IN,
        "pg_ident.conf": "",
    }.items():
        (cluster.data / name).write_text(content)
    for signal in ("standby.signal", "recovery.signal"):
        (cluster.data / signal).unlink(missing_ok=True)
    if cluster.guise.user is not None:
        owner = pwd.getpwnam(cluster.guise.user)
        for path in (cluster.data, *cluster.data.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
