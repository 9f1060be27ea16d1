"""A crash right after a read: the entry that the read rests on is there when the server comes back.

The application may ask for asynchronous commits; the lock flushes before it opens. The control shows that without
a read such an entry is lost, so the test can tell.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import postgres
from config.environment import BASE_DIR
from config.postgres import Server
from sealing import audit_log
from tests.integration.sealing.rows import RECORDS, lookup, new_subject, row_of

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a migrated server of our own whose background writer flushes every ten seconds only."""
    var = tmp_path_factory.mktemp("crash")
    made = postgres.ensure(var)
    subprocess.run(
        [sys.executable, str(BASE_DIR / "manage.py"), "migrate", "--verbosity=0", "--skip-checks"],
        env={**os.environ, "REGISTRY_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
        cwd=BASE_DIR,
    )
    with made.superuser() as superuser:
        superuser.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        superuser.execute("SELECT pg_reload_conf()")
    yield made
    made.stop()


def crash(server: Server) -> None:
    """Kill the server as a power cut would, and bring it up again."""
    os.kill(server.cluster.postmaster(), signal.SIGKILL)
    server.bring_up()


@pytest.mark.parametrize("read", [True, False], ids=["read", "control: not read"])
def test_an_entry_that_was_read_under_survives_the_crash(
    server: Server, read: bool, tmp_path: Path
):
    subject = new_subject()
    with server.connect("bootstrap", "registry") as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(*row_of(subject))
        superuser.execute("SELECT pg_switch_wal()")
    entry = lookup(subject)
    with server.connect("app") as app:
        app.execute("SET synchronous_commit = off")
        app.execute(audit_log.INSERT, audit_log.row(entry))
        if read:
            with app.transaction():
                app.execute("SELECT sealing_present(%s, %s)", [entry.id, subject])
                assert app.execute(f"SELECT count(*) FROM {RECORDS}").fetchone() == (1,)
        crash(server)
    with server.connect("bootstrap", "registry") as superuser:
        kept = superuser.execute(
            "SELECT count(*) FROM sealing_auditentry WHERE id = %s", [entry.id]
        ).fetchone()
    assert kept == (1 if read else 0,)
