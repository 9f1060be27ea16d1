"""Starts the site on this machine: what `make run` does once the environment is there.

Database, keys, schema, messages, static files and demo data are made when they are missing or have changed; then the
server runs until Ctrl-C. For trying the registry out and for working on it; an installation is in docs/operations.md.

    [HOST=127.0.0.1] [PORT=8000] python -m config.run
"""

import contextlib
import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

from config import environment, postgres, translations
from config.environment import BASE_DIR
from sealing import keyring

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
    *("SECRET_KEY_FILE", "SECURE_SSL_REDIRECT", "SEALING_SUITE"),
)
ACCESS_LOG = "%(time)s %(method)s %(path)s %(status)d %(dt_ms).0f ms"
STATIC_SOURCES = (
    "static",
    "config/static_files.py",
    "config/settings.py",
    "package-lock.json",
    "requirements.lock",
)


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
    keyring.make(
        environment.path_or(environment.var_dir() / "keyring.json", name="REGISTRY_KEYRING")
    )
    if translations.compile_changed():
        say("messages")
    if server is None:
        if os.environ.get("OWNER_DATABASE_URL"):
            say("schema")
            manage("migrate", "--no-input", "-v0")
    elif not remembered("migrated", migrated_state(server)):
        say("schema")
        manage("migrate", "--no-input", "-v0")
        remember("migrated", migrated_state(server))
    static = fingerprint(BASE_DIR / name for name in STATIC_SOURCES)
    if not remembered("static", static):
        say("static files")
        manage("collectstatic", "--no-input", "-v0")
        remember("static", static)
    if not any(BASE_DIR.glob("*/management/commands/demo.py")):
        return ""
    say("demo data")
    return manage("demo", capture=True)


def migrated_state(server: postgres.Server) -> str:
    """Return a hash of the migrations there are and of those the database says it has had."""
    import psycopg

    sources = fingerprint([*BASE_DIR.glob("*/migrations/*.py"), BASE_DIR / "requirements.lock"])
    try:
        with server.connect("owner") as connection:
            had = connection.execute(
                "SELECT app, name FROM django_migrations ORDER BY 1, 2"
            ).fetchall()
    except psycopg.errors.UndefinedTable:
        had = []
    return hashlib.sha256(f"{sources} {had}".encode()).hexdigest()


def fingerprint(paths: Iterable[Path]) -> str:
    """Return a hash of the content of files and folders."""
    digest = hashlib.sha256()
    for path in paths:
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file():
                digest.update(
                    os.fsencode(file) + b"\0" + hashlib.sha256(file.read_bytes()).digest()
                )
    return digest.hexdigest()


def remembered(what: str, state: str) -> bool:
    """Tell whether a step was last done for this state."""
    with contextlib.suppress(OSError):
        return (environment.var_dir() / "done" / what).read_text() == state
    return False


def remember(what: str, state: str) -> None:
    """Note that a step was done for this state."""
    path = environment.var_dir() / "done" / what
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(state)


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
    passed_on = {name: os.environ[name] for name in PASSED_ON if os.environ.get(name)}
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
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    try:
        if wait_for_answer(host, port, child):
            print(
                f"\n{welcome}\nThe registry is at http://{host}:{port}/   (Ctrl-C stops it)\n",
                flush=True,
            )
        return child.wait()
    except KeyboardInterrupt:
        child.send_signal(signal.SIGTERM)
        with contextlib.suppress(KeyboardInterrupt):
            child.wait(timeout=20)
        return 0
    finally:
        if child.poll() is None:
            child.kill()


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
