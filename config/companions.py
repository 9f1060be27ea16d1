"""What runs beside the server on this machine: the sequencer of the log, its witness, and who does the work in the background.

Each is a process of its own with what it needs in its environment and no more. A witness beside the site is for trying
it out: it is worth something only where the registry's administrators do not sign in.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from config import environment
from config.environment import BASE_DIR

SEQUENCER_VARIABLES = (
    "SEQUENCER_DATABASE_URL",
    "REGISTRY_SIGNER_STATE",
    "REGISTRY_WITNESS_URL",
    "REGISTRY_WITNESS_KEY",
)
DATABASES = ("DATABASE_URL", "AUDIT_DATABASE_URL")
LISTENING_SECONDS = 10
WITNESS_NAME = "witness.demo"
WITNESS = ("-m", "sealing.witness")

Process = subprocess.Popen[bytes]


def start(passed_on: dict[str, str]) -> tuple[dict[str, str], list[Process]]:
    """Start what is needed beside the server; return its environment, which learns the witness's key, and the processes."""
    own = {name: os.environ[name] for name in SEQUENCER_VARIABLES if os.environ.get(name)}
    begun: list[Process] = []
    if "REGISTRY_WITNESS_URL" not in own and not os.environ.get("DATABASE_URL"):
        known, process = witness(passed_on)
        own |= known
        begun.append(process)
    if key := own.get("REGISTRY_WITNESS_KEY"):
        passed_on = {**passed_on, "REGISTRY_WITNESS_KEY": key}
    begun += sequencer(passed_on, own)
    begun.append(
        _manage("procrastinate", "-v", "0", "worker", "--concurrency=2", environment=passed_on)
    )
    return passed_on, begun


def end(child: Process) -> None:
    """End a process that was started here, and wait until it is gone."""
    child.terminate()
    with contextlib.suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
        child.wait(timeout=20)
    if child.poll() is None:
        child.kill()
        child.wait()


def sequencer(passed_on: dict[str, str], own: dict[str, str]) -> list[Process]:
    """Start the sequencer with its own password; not where none is known."""
    if os.environ.get("DATABASE_URL") and "SEQUENCER_DATABASE_URL" not in own:
        print("No sequencer: SEQUENCER_DATABASE_URL is not set.", file=sys.stderr)
        return []
    without = {name: word for name, word in passed_on.items() if name not in DATABASES}
    return [_manage("sequence_log", environment={**without, **own})]


def witness(
    passed_on: dict[str, str], *, folder: Path | None = None, port: int = 0
) -> tuple[dict[str, str], Process]:
    """Start a witness with a folder and a key of its own, wait until it listens; return where it is and its key."""
    folder = folder or environment.var_dir() / "witness"
    plain = {name: word for name, word in passed_on.items() if name in {"PATH", "LANG", "TMPDIR"}}
    made = subprocess.run(
        [sys.executable, *WITNESS, "init", "--name", WITNESS_NAME, str(folder)],
        cwd=BASE_DIR,
        env=plain,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    )
    where = f"127.0.0.1:{port or free_port()}"
    keys = [word for key in _log_keys() for word in ("--log-key", key)]
    process = subprocess.Popen(
        [sys.executable, *WITNESS, "serve", "--quiet", "--listen", where, *keys, str(folder)],
        cwd=BASE_DIR,
        env=plain,
    )
    wait_until_listening(where, process)
    key = made.stdout.strip()
    return {"REGISTRY_WITNESS_URL": f"http://{where}", "REGISTRY_WITNESS_KEY": key}, process


def _log_keys() -> list[str]:
    """Return the log's verifier keys, as `manage.py export_log` writes them."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), "log_keys"]
    done = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE)
    return done.stdout.split()


def _manage(*arguments: str, environment: dict[str, str]) -> Process:
    return subprocess.Popen(
        [sys.executable, str(BASE_DIR / "manage.py"), *arguments], cwd=BASE_DIR, env=environment
    )


def wait_until_listening(where: str, process: Process) -> None:
    """Wait until a program listens at `host:port`, until it has ended, or for some seconds."""
    host, _, port = where.rpartition(":")
    until = time.monotonic() + LISTENING_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return
        time.sleep(0.05)


def free_port() -> int:
    """Return a port of this machine that nobody listens at now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
