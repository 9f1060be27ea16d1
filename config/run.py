"""Starts the site on this machine: what `make run` does once the environment is there.

Database, keys, schema, messages, static files and demo data are made when they are missing or have changed; then the
server runs until Ctrl-C. For trying the registry out and for working on it; an installation is in docs/operations.md.

    [HOST=127.0.0.1] [PORT=8000] python -m config.run
"""

import contextlib
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import FrameType

from config import companions, environment, postgres, translations
from config.environment import BASE_DIR
from sealing import keyring

APPS = ("access", "registry", "sealing")
WORKERS = 2
THREADS = 4
READY_SECONDS = 60
# The server hands its whole environment to every request, so it gets what it needs and no more.
PASSED_ON = (
    *(
        "PATH",
        "LANG",
        "LC_ALL",
        "TZ",
        "TMPDIR",
        "DEBUG",
        "ALLOWED_HOSTS",
        "DATABASE_URL",
        "AUDIT_DATABASE_URL",
    ),
    *("REGISTRY_VAR", "REGISTRY_KEYRING", "REGISTRY_PRODUCTION", "REGISTRY_REQUIRE_SECOND_FACTOR"),
    "REGISTRY_HASHED_STATIC",
    *("REGISTRY_UPLOADS", "REGISTRY_LAUNCH_IMPORTS"),
    *("REGISTRY_PUBLIC_URL", "REGISTRY_CALLS_A_MINUTE", "REGISTRY_TOKENS_A_MINUTE"),
    *("SECRET_KEY_FILE", "SECURE_SSL_REDIRECT", "SEALING_SUITE", "REGISTRY_LOG_ORIGIN"),
    *("REGISTRY_CONFIRMATION_DAYS", "REGISTRY_CONFIRMATION_GRACE_DAYS"),
    "REGISTRY_WITNESS_KEY",
)
ACCESS_LOG = "%(time)s %(method)s %(path)s %(status)d %(dt_ms).0f ms"
STATIC_SOURCES = (
    "static",
    "config/static_files.py",
    "config/settings.py",
    "package-lock.json",
    "requirements.lock",
)
#: Stands for the address in what the demo says, which is kept for the next start, perhaps at another port.
SITE = "{site}"


def main() -> int:
    """Bring everything up, serve until interrupted, take down what was brought up; 1 when it cannot."""
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8000)
    os.environ.pop("REGISTRY_DATABASE_ROLE", None)
    os.environ.setdefault("REGISTRY_HASHED_STATIC", "1")
    server = None
    try:
        claim(host, port)
        if not os.environ.get("DATABASE_URL"):
            say("database")
            server = postgres.ensure()
        welcome = prepare(server)
        return serve(host, port, welcome)
    except KeyboardInterrupt:
        return 130
    except (OSError, postgres.ClusterError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"\n{Path(error.cmd[1]).name} {error.cmd[2]} failed; see above.", file=sys.stderr)
        return 1
    finally:
        if server is not None and server.started_here and not server.stop_if_unused():
            print("The database keeps running: another program uses it.")


def claim(host: str, port: int) -> None:
    """See that the port is free; OSError that says what to do when it is not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise OSError(
                f"Cannot listen at {host}:{port} ({error.strerror}). Is the site running already, or another program?"
                f" Stop it, or choose another port:  PORT={port + 1} make run"
            ) from error


def prepare(server: postgres.Server | None) -> str:
    """Make what is missing or has changed; return what the demo data says about signing in."""
    var = environment.var_dir()
    keyring.make(environment.path_or(var / "keyring.json", name="REGISTRY_KEYRING"))
    if translations.compile_changed():
        say("messages")
    notes = Notes(server.folder if server else var)
    if server is not None and notes.read("schema", schema_state(server)) is None:
        say("schema")
        manage("migrate", "--no-input", "-v0")
        notes.write("schema", schema_state(server))
    elif server is None and os.environ.get("OWNER_DATABASE_URL"):
        say("schema")
        manage("migrate", "--no-input", "-v0")
    static = fingerprint(BASE_DIR / name for name in STATIC_SOURCES)
    if Notes(var).read("static", static) is None:
        say("static files")
        manage("collectstatic", "--no-input", "-v0")
        Notes(var).write("static", static)
    return "" if server is None else demo(server, notes)


def demo(server: postgres.Server, notes: "Notes") -> str:
    """Bring in the demo data where it or the code changed, and once a day, as permits run out; return what it says."""
    state = f"{fingerprint(BASE_DIR / app for app in APPS)} {schema_state(server)} {date.today()}"
    said = notes.read("demo", state)
    if said is None:
        say("demo data")
        said = manage("demo", "--site", SITE, capture=True)
        notes.write("demo", state, said)
    return said


@dataclass
class Notes:
    """What was done last, for which state, and what it said; for the eyes of the owner of the folder."""

    folder: Path

    def read(self, step: str, state: str) -> str | None:
        """Return what a step said when it was last done, if that was for this state."""
        with contextlib.suppress(OSError, ValueError):
            note = json.loads((self.folder / f"{step}.done").read_text())
            return str(note["said"]) if note["state"] == state else None
        return None

    def write(self, step: str, state: str, said: str = "") -> None:
        """Note that a step was done for a state."""
        postgres.write_private(
            self.folder / f"{step}.done", json.dumps({"state": state, "said": said})
        )


def schema_state(server: postgres.Server) -> str:
    """Return a hash of the migrations there are, of the database, and of the migrations it has had."""
    import psycopg

    known = [fingerprint([*BASE_DIR.glob("*/migrations/*.py"), BASE_DIR / "requirements.lock"])]
    with server.connect("owner") as connection, contextlib.suppress(psycopg.errors.UndefinedTable):
        known += connection.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        )
        known += connection.execute("SELECT app, name FROM django_migrations ORDER BY 1, 2")
    return hashlib.sha256(str(known).encode()).hexdigest()


def fingerprint(paths: Iterable[Path]) -> str:
    """Return a hash of the content of files and folders."""
    digest = hashlib.sha256()
    for path in paths:
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                content = hashlib.sha256(file.read_bytes()).digest()
                digest.update(os.fsencode(file) + b"\0" + content)
    return digest.hexdigest()


def manage(*arguments: str, capture: bool = False) -> str:
    """Run a management command to its end; return what it printed, if captured."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
    done = subprocess.run(
        command, check=True, text=True, stdout=subprocess.PIPE if capture else None
    )
    return done.stdout or ""


def serve(host: str, port: int, welcome: str) -> int:
    """Serve until interrupted or terminated; return 0, or the server's status when it ended by itself."""
    say("server")
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    passed_on = {name: os.environ[name] for name in PASSED_ON if os.environ.get(name)}
    passed_on, beside = companions.start(passed_on)
    child = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "config.wsgi:application"),
            *("--host", host, "--port", str(port), "--no-ws", "--workers", str(WORKERS)),
            *("--blocking-threads", str(THREADS), "--log-level", "warning"),
            *("--access-log", "--access-log-fmt", ACCESS_LOG),
        ],
        cwd=BASE_DIR,
        env={"REGISTRY_POOL": str(THREADS + 1), "PYTHONUNBUFFERED": "1", **passed_on},
    )
    try:
        if wait_for_answer(host, port, child):
            site = f"http://{host}:{port}"
            welcome = welcome.replace(SITE, site)
            print(f"\nThe registry is at {site}/   (Ctrl-C stops it)\n\n{welcome}", flush=True)
        return child.wait()
    except KeyboardInterrupt:
        child.send_signal(signal.SIGTERM)
        with contextlib.suppress(KeyboardInterrupt):
            child.wait(timeout=20)
        return 0
    finally:
        if child.poll() is None:
            child.kill()
        for companion in beside:
            companions.end(companion)


def interrupt(number: int, frame: FrameType | None) -> None:
    """Treat a request to end as Ctrl-C."""
    raise KeyboardInterrupt


def wait_for_answer(host: str, port: int, child: "subprocess.Popen[bytes]") -> bool:
    """Wait until a page answers; False when the server ended or does not answer in time."""
    until = time.monotonic() + READY_SECONDS
    asked = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - asked for by whoever set HOST
    while child.poll() is None and time.monotonic() < until:
        connection = http.client.HTTPConnection(asked, port, timeout=10)
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            contextlib.closing(connection),
        ):
            connection.request("GET", "/accounts/login/")
            status = connection.getresponse().status
            if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
                print(
                    f"The sign-in page answers {status}; see the messages above.", file=sys.stderr
                )
            return True
        time.sleep(0.1)
    return False


def say(step: str) -> None:
    """Print a step as it begins, with the seconds since the start."""
    print(f"  {time.monotonic() - STARTED:5.1f} s  {step}", flush=True)


STARTED = time.monotonic()

if __name__ == "__main__":
    sys.exit(main())
