"""The registry's own PostgreSQL server: brought up on demand, with its roles, passwords and addresses.

`ensure()` may be called by any number of processes at once; they get one server. A process that called it counts as a
user of the server for as long as it lives. Knows no table: the schema is the migrations' business.

    python -m config.postgres start | stop | status | psql [app|owner|auditor|keeper|sequencer|bootstrap]
"""

import contextlib
import fcntl
import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from config import environment
from config.cluster import BOOTSTRAP, Cluster, ClusterError

if TYPE_CHECKING:
    import psycopg

ROLES = ("owner", "app", "auditor", "keeper", "sequencer")
ROLES_SQL = Path(__file__).with_name("roles.sql")
DATABASE = "registry"
_uses: dict[Path, int] = {}


@dataclass
class Server:
    """One embedded server and its folder (`$REGISTRY_VAR/postgres`)."""

    folder: Path
    started_here: bool = False

    def __post_init__(self) -> None:
        """Look at the cluster in the folder; nothing is started."""
        self.cluster = Cluster(self.folder)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the address for a role: it names the file of the password, never the password."""
        host, secret = quote(str(self.cluster.socket_dir)), quote(str(self._password_file(role)))
        return f"postgresql://{_login(role)}@/{database}?host={host}&password_file={secret}"

    def connect(
        self, role: str, database: str = DATABASE, **options: Any
    ) -> "psycopg.Connection[Any]":
        """Return a plain connection, in autocommit, as `owner`, `app`, `auditor`, `keeper`, `sequencer` or `bootstrap`."""
        import psycopg  # slow to import, and not needed to find the server running

        return psycopg.connect(
            host=str(self.cluster.socket_dir),
            user=_login(role),
            password=self._password_file(role).read_text().strip(),
            dbname=database,
            autocommit=True,
            **options,
        )

    def superuser(self, database: str = "postgres") -> "psycopg.Connection[Any]":
        """Return a connection that may do anything: for making databases and for tests, never for the site."""
        return self.connect("bootstrap", database)

    def create_database(self, name: str, template: str | None = None) -> None:
        """Make a database, empty or as a copy, with the rights of `roles.sql`."""
        from psycopg import sql

        source = sql.Identifier(template or "template0")
        with self._alone(), self.superuser() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), source)
            )
            self._grant(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, ending its sessions; nothing happens when there is none."""
        from psycopg import sql

        with self.superuser() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def stop(self) -> None:
        """Stop the server, whoever uses it."""
        with self._alone():
            self.cluster.stop()

    def stop_if_unused(self) -> bool:
        """Stop the server unless another living process uses it; tell whether it was stopped."""
        try:
            fcntl.flock(self._use(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self.stop()
        os.close(_uses.pop(self.folder))
        return True

    def ready(self) -> bool:
        """Tell whether the server answers and its roles are those of `roles.sql`."""
        with contextlib.suppress(OSError):
            return (self.folder / "ready").read_text() == self._stamp() and self.cluster.answers()
        return False

    def bring_up(self) -> None:
        """Make what is missing: cluster, running server, roles, passwords, database, addresses."""
        with self._alone():
            if self.ready():
                return
            environment.made_once(self._password_file("bootstrap"))
            if not self.cluster.data.exists():
                self.cluster.create(self._password_file("bootstrap"))
            if not self.cluster.answers():
                self.cluster.start()
                self.started_here = True
            self._make_roles()
            write_private(self.folder / "ready", self._stamp())

    def _make_roles(self) -> None:
        with self.superuser() as connection:
            connection.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
            if not connection.execute(
                "SELECT FROM pg_database WHERE datname = %s", [DATABASE]
            ).rowcount:
                connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
            self._grant(DATABASE)
            for role in ROLES:
                secret = environment.made_once(self._password_file(role))
                # Only the verifier is sent, so the server never sees a password.
                verifier = connection.pgconn.encrypt_password(
                    secret.encode(), _login(role).encode(), b"scram-sha-256"
                )
                connection.execute(f"ALTER ROLE {_login(role)} PASSWORD '{verifier.decode()}'")
                write_private(self.folder / f"{_login(role)}.url", self.url(role) + "\n")

    def _grant(self, database: str) -> None:
        with self.superuser(database) as connection:
            connection.execute(ROLES_SQL.read_bytes())

    def _password_file(self, role: str) -> Path:
        return self.folder / f"{_login(role)}.password"

    def _stamp(self) -> str:
        known = (
            ROLES_SQL.read_bytes() + os.fsencode(self.cluster.socket_dir) + os.fsencode(self.folder)
        )
        return hashlib.sha256(known).hexdigest()

    def _use(self) -> int:
        """Count this process as a user of the server until it ends; wait while another is stopping it."""
        if self.folder not in _uses:
            _uses[self.folder] = handle = os.open(
                self.folder / "users", os.O_CREAT | os.O_RDWR, 0o600
            )
            fcntl.flock(handle, fcntl.LOCK_SH)
        return _uses[self.folder]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        handle = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def ensure(var: Path | None = None) -> Server:
    """Return the server of an installation, running and ready; bring it up if it is not."""
    folder = (var or environment.var_dir()).resolve() / "postgres"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    server = Server(folder)
    server._use()
    if not server.ready():
        server.bring_up()
    return server


def _login(role: str) -> str:
    if role not in (*ROLES, "bootstrap"):
        raise ValueError(f"no such role: {role}")
    return BOOTSTRAP if role == "bootstrap" else f"registry_{role}"


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(text)
    unfinished.replace(path)


def _psql(server: Server, role: str) -> None:
    """Become psql, signed in as a role; the process stays a user of the server."""
    os.set_inheritable(server._use(), True)
    secret = server._password_file(role).read_text().strip()
    address = f"host='{server.cluster.socket_dir}' user={_login(role)} dbname={DATABASE}"
    os.execve(  # noqa: S606 - a program of our own server
        server.cluster.binaries.folder / "psql",
        ["psql", address],
        {**os.environ, "PGPASSWORD": secret},
    )


def main(arguments: list[str]) -> int:
    """Run one command of the launcher; 1 when the server is not running or cannot be had, 2 for a wrong call."""
    verb, *rest = arguments or ["status"]
    server = Server(environment.var_dir().resolve() / "postgres")
    try:
        if verb == "start":
            server = ensure()
        elif verb == "stop" and server.folder.exists():
            server.stop()
        elif verb == "psql" and len(rest) <= 1:
            _psql(ensure(), *(rest or ["app"]))
        elif verb not in {"status", "stop"}:
            print(__doc__, file=sys.stderr)
            return 2
    except (ClusterError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    up = server.ready()
    print(
        f"running, process {server.cluster.postmaster()}, {server.folder}" if up else "not running"
    )
    return 0 if up or verb == "stop" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
