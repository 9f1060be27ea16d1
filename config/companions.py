"""The processes beside the site on this machine: the sequencer of the audit log, and the worker of the job queue.

In an installation each is a service of its own (docs/operations.md); here they live and end with the site.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from config.environment import BASE_DIR

Process = subprocess.Popen[bytes]
SEQUENCER_VARIABLES = ("SEQUENCER_DATABASE_URL", "REGISTRY_SIGNER_STATE")
OF_THE_SITE = ("DATABASE_URL", "AUDIT_DATABASE_URL")
END_SECONDS = 20


@contextmanager
def beside(passed_on: Mapping[str, str]) -> Iterator[None]:
    """Run them while the site runs; `passed_on` is the environment that the site has."""
    children = [child for start in (_sequencer, _jobs) if (child := start(passed_on))]
    try:
        yield
    finally:
        for child in children:
            child.terminate()
        for child in children:
            _ended(child)


def _sequencer(passed_on: Mapping[str, str]) -> Process | None:
    """Start the sequencer with its own password and no other; None where none is known."""
    own = {name: os.environ[name] for name in SEQUENCER_VARIABLES if os.environ.get(name)}
    if os.environ.get("DATABASE_URL") and "SEQUENCER_DATABASE_URL" not in own:
        print("No sequencer: SEQUENCER_DATABASE_URL is not set.", file=sys.stderr)
        return None
    kept = {name: value for name, value in passed_on.items() if name not in OF_THE_SITE}
    return _manage("sequence_log", env={**kept, **own})


def _jobs(passed_on: Mapping[str, str]) -> Process:
    """Start the worker, which signs in as the site does."""
    return _manage("procrastinate", "-v", "0", "worker", "--concurrency=2", env=passed_on)


def _manage(*arguments: str, env: Mapping[str, str]) -> Process:
    command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
    return subprocess.Popen(command, cwd=BASE_DIR, env=dict(env))


def _ended(child: Process) -> None:
    with contextlib.suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
        child.wait(timeout=END_SECONDS)
    if child.poll() is None:
        child.kill()
        child.wait()
