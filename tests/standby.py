"""Servers beside the tests' own: a copy of a running one, and a standby that streams from it.

Each is made by pg_basebackup in a folder of its own, with all databases, roles and passwords, and is gone after its block. The
tests' own server is only copied: other processes use it, so it is never stopped and never waits for anybody.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo

from config.cluster import BOOTSTRAP
from config.postgres import Server
from tests.database import TestDatabase

NAME = "beside"
PATIENCE_SECONDS = 30
STREAMS = "SELECT FROM pg_stat_replication WHERE application_name = %s AND state = 'streaming' AND sync_state = %s"
REPLAYED = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"


@contextmanager
def copied(source: Server, *, streams: bool = False) -> Iterator[Server]:
    """Give a copy of a running server as it is now, not started; it streams from the source where that is wanted."""
    home = Path(tempfile.mkdtemp(prefix="registry-beside-"))
    home.chmod(0o711)
    made = Server(home)
    try:
        for secret in source.folder.glob("*.password"):
            shutil.copy(secret, home)
        _base_backup(source, made, *(["--write-recovery-conf"] if streams else []))
        yield made
    finally:
        try:
            made.cluster.stop()
        finally:
            shutil.rmtree(made.cluster.socket_dir, ignore_errors=True)
            shutil.rmtree(home)


@contextmanager
def running_copy(source: Server) -> Iterator[Server]:
    """Give a copy of a running server that runs by itself."""
    with copied(source) as made:
        made.cluster.start()
        yield made


@contextmanager
def standby_of(primary: Server) -> Iterator[Server]:
    """Give a standby that has received and replayed all that the primary has written until now; nobody waits for it."""
    with copied(primary, streams=True) as made:
        made.cluster.start()
        catch_up(made, primary)
        yield made


def wait_for_standby(primary: Server) -> None:
    """Let every COMMIT on the primary wait from now on until the standby has it on disk."""
    _name(primary, f"FIRST 1 ({NAME})")
    until(lambda: is_waited_for(primary))


def wait_for_nobody(primary: Server) -> None:
    """Let a COMMIT on the primary return again when it is on its own disk."""
    _name(primary, "")


def is_waited_for(primary: Server) -> bool:
    """Tell whether the standby streams and a COMMIT on the primary waits for it."""
    with primary.superuser() as superuser:
        return superuser.execute(STREAMS, [NAME, "sync"]).rowcount == 1


def catch_up(standby: Server, primary: Server) -> None:
    """Wait until the standby shows what is on the primary now."""
    with primary.superuser() as superuser, standby.superuser() as beside:
        [written] = superuser.execute("SELECT pg_current_wal_lsn()").fetchone() or ()
        until(lambda: beside.execute(REPLAYED, [written]).fetchone() == (True,))


def promote(standby: Server) -> None:
    """Make a standby a primary of its own; it goes on from what it has received."""
    with standby.superuser() as superuser:
        assert superuser.execute("SELECT pg_promote(true, 30)").fetchone() == (True,)


def lose(server: Server) -> None:
    """Kill a server with SIGKILL, as when its machine is lost."""
    process = server.cluster.postmaster()
    assert process is not None
    os.kill(process, signal.SIGKILL)
    until(lambda: not server.cluster.answers())


def lead_django_to(database: TestDatabase, roles: dict[str, str]) -> None:
    """Let Django sign in to another database, each alias as its role."""
    from django.db import connections

    connections.close_all()
    for alias, role in roles.items():
        connections.settings[alias].update(database.settings(role))


def until(is_so: Callable[[], object], *, seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until something is so, and return how many seconds that took."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < seconds, "This does not come to be."
        time.sleep(0.02)
    return time.monotonic() - begun


def _name(primary: Server, standbys: str) -> None:
    with primary.superuser() as superuser:
        superuser.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{standbys}'")
        superuser.execute("SELECT pg_reload_conf()")


def _base_backup(source: Server, made: Server, *flags: str) -> None:
    program = source.cluster.binaries.folder / "pg_basebackup"
    place = {"host": str(source.cluster.socket_dir), "user": BOOTSTRAP, "application_name": NAME}
    secret = (source.folder / f"{BOOTSTRAP}.password").read_text().strip()
    data = made.cluster.data
    subprocess.run(
        [
            *(program, "--dbname", make_conninfo(**place), "--pgdata", data, "--no-password"),
            *("--checkpoint=fast", "--wal-method=stream", "--no-sync", *flags),
        ],
        env={"PATH": str(program.parent), "LC_ALL": "C", "PGPASSWORD": secret},
        stdin=subprocess.DEVNULL,
        check=True,
    )
    if made.cluster.guise.user is not None:
        for path in (data, *data.rglob("*")):
            shutil.chown(path, made.cluster.guise.user)
