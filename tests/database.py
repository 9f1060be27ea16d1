"""The tests' database: migrated once, copied for each process, put back as it was after each test.

The audit log and the records can be emptied by nobody, so tests cannot flush them the usual way. Here the bootstrap
superuser does it, with the triggers off; the tests themselves only ever sign in as the registry's own roles.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors, sql

from config import environment, postgres
from config.postgres import Server

ROOT = environment.BASE_DIR
APPS = ("access", "registry", "sealing")
PREFIX = "test_"

RESTORE = """
DO $$
DECLARE
    t record;
    changed boolean;
BEGIN
    FOR t IN SELECT c.relname AS name, to_regclass(format('pristine.%I', c.relname)) AS kept,
                    (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                      WHERE attrelid = c.oid AND attnum > 0 AND attgenerated = '' AND NOT attisdropped) AS columns
               FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' LOOP
        IF t.kept IS NULL THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', t.name) INTO changed;
        ELSE
            EXECUTE format(
                'SELECT EXISTS (TABLE public.%1$I EXCEPT TABLE %2$s) OR EXISTS (TABLE %2$s EXCEPT TABLE public.%1$I)',
                t.name, t.kept
            ) INTO changed;
        END IF;
        IF changed THEN
            EXECUTE format('DELETE FROM public.%I', t.name);
            IF t.kept IS NOT NULL THEN
                EXECUTE format(
                    'INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM %3$s',
                    t.name, t.columns, t.kept
                );
            END IF;
        END IF;
    END LOOP;
END
$$
"""

BUSY = """
SELECT FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
   AND state <> 'idle'
"""

KEEP = """
CREATE SCHEMA pristine;
DO $$
DECLARE
    t record;
    filled boolean;
BEGIN
    FOR t IN SELECT relname AS name FROM pg_class
              WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', t.name) INTO filled;
        IF filled THEN
            EXECUTE format('CREATE TABLE pristine.%1$I AS TABLE public.%1$I', t.name);
        END IF;
    END LOOP;
END
$$
"""


@dataclass
class TestDatabase:
    """One database made from the template, and the server it lives on."""

    __test__ = False

    server: Server
    name: str

    def connect(self, role: str) -> "psycopg.Connection[Any]":
        """Return a plain connection, in autocommit, as any of the server's roles."""
        return self.server.connect(role, self.name)

    def settings(self, role: str) -> dict[str, object]:
        """Return what Django needs to connect as a role."""
        return environment.database(role, self.server.url(role, self.name))

    def drop(self) -> None:
        """Remove the database."""
        self.server.drop_database(self.name)


def restore(superuser: "psycopg.Connection[Any]") -> None:
    """Put every table back as the migrations left it; what they filled is restored, all else emptied."""
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("SET lock_timeout = '5s'")
    for last in (False, False, True):
        _wait_until_quiet(superuser)
        try:
            superuser.execute(RESTORE)
            return
        except (errors.DeadlockDetected, errors.LockNotAvailable):
            if last:
                raise


def _wait_until_quiet(superuser: "psycopg.Connection[Any]") -> None:
    """Wait for the requests that a browser left behind in the test's server; 5 s at most."""
    until = time.monotonic() + 5
    while superuser.execute(BUSY).rowcount and time.monotonic() < until:
        time.sleep(0.02)


def copy(suffix: str = "", *, server: Server | None = None) -> TestDatabase:
    """Return a new database that is this process's own; migrated, and with the rights of an installation.

    It is on the tests' own server, or on a copy of that.
    """
    server = server or postgres.ensure()
    database = TestDatabase(server, f"{PREFIX}{os.getpid()}{suffix}")
    template = _template(server)
    database.drop()
    server.create_database(database.name, template)
    return database


def remove_leftovers(server: Server) -> None:
    """Drop the databases of test processes that were killed."""
    with server.superuser() as connection:
        names = [row[0] for row in connection.execute("SELECT datname FROM pg_database")]
    for name in names:
        found = re.match(rf"{PREFIX}(\d+)", name)
        if found and not _alive(int(found[1])):
            server.drop_database(name)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _template(server: Server) -> str:
    """Return the database that the migrations made, making it anew when they have changed."""
    name = f"template_{_fingerprint()}"
    with _alone(server.folder / "template.lock"), server.superuser() as connection:
        names = [row[0] for row in connection.execute("SELECT datname FROM pg_database")]
        if name not in names:
            for old in names:
                if old.startswith("template_"):
                    server.drop_database(old)
            server.drop_database("unfinished_template")
            server.create_database("unfinished_template")
            _migrate(server.url("owner", "unfinished_template"))
            with server.superuser("unfinished_template") as inside:
                inside.execute(KEEP)
            connection.execute(
                sql.SQL("ALTER DATABASE unfinished_template RENAME TO {}").format(
                    sql.Identifier(name)
                )
            )
    return name


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, ROOT / "manage.py", "migrate", "--no-input", "--skip-checks", "-v0"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "REGISTRY_VAR": str(environment.var_dir()),
            "REGISTRY_DATABASE_ROLE": "owner",
            "OWNER_DATABASE_URL": url,
        },
        check=True,
    )


def _fingerprint() -> str:
    """Return a short hash of everything that decides what the migrations make."""
    files = [
        path for app in APPS for path in (ROOT / app / "migrations").glob("*.*") if path.is_file()
    ]
    for path in list(files):
        for app, module in re.findall(rf"\b({'|'.join(APPS)})\.(\w+)", path.read_text()):
            source = ROOT / app / f"{module}.py"
            if source.is_file() and source not in files:
                files.append(source)
    files += [postgres.ROLES_SQL, ROOT / "requirements.lock", Path(__file__)]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
