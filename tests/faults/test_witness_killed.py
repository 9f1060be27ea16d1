"""A witness that is killed between writing down and answering, and two that are started on one folder."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.companions import free_port
from config.environment import BASE_DIR
from sealing import witness
from sealing.cosigning import NotCosigned, posting_to
from sealing.witness_memory import COSIGNED
from tests.exported_logs import LOG_KEY
from tests.unit.sealing.test_witness import LOG

STARTS = int(os.environ.get("REGISTRY_TEST_WITNESSES", "6"))
# As the program itself, but it is killed by itself when a state is on disk and nothing was answered yet.
KILLED = """
import os, signal, sys
from sealing import witness, witness_memory
keep = witness_memory.Memory.keep
def kept(self, *arguments, **options):
    keep(self, *arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
witness_memory.Memory.keep = kept
sys.exit(witness.main(sys.argv[1:]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert witness.main(["init", str(tmp_path / "w"), "--name", "witness.example/w1"]) == 0
    return tmp_path / "w"


@pytest.fixture
def started(folder: Path) -> Iterator[Any]:
    running: list[subprocess.Popen[bytes]] = []

    def start(port: int, *program: str) -> "subprocess.Popen[bytes]":
        words = ["serve", "--quiet", "--listen", f"127.0.0.1:{port}", "--log-key", str(LOG_KEY)]
        line = [sys.executable, *(program or ("-m", "sealing.witness")), *words, str(folder)]
        running.append(subprocess.Popen(line, cwd=BASE_DIR, stderr=subprocess.DEVNULL))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def asked(port: int, body: bytes) -> tuple[int, str]:
    """Ask as soon as somebody listens."""
    until = time.monotonic() + 30
    while True:
        try:
            return posting_to(f"http://127.0.0.1:{port}")(body)
        except NotCosigned as problem:
            if "Refused" not in str(problem) or time.monotonic() > until:
                raise
            time.sleep(0.05)


def test_killed_after_it_wrote_down_it_stands_by_what_it_wrote(folder: Path, started: Any) -> None:
    port = free_port()
    dies = started(port, "-c", KILLED)
    with pytest.raises(NotCosigned, match="did not answer"):
        asked(port, LOG.request(0, 7))
    assert dies.wait(timeout=20) == -signal.SIGKILL
    started(port)
    assert asked(port, LOG.request(0, 9)) == (409, "7\n")
    assert asked(port, LOG.request(7, 9))[0] == 200
    [path] = folder.glob(f"*/{COSIGNED}")
    assert len(path.read_text().splitlines()) == 2


def test_of_two_that_are_started_at_once_one_works(started: Any) -> None:
    """Two with one key and one memory could each be shown another history."""
    ports = [free_port() for _ in range(STARTS)]
    witnesses = [started(port) for port in ports]
    until = time.monotonic() + 60
    while sum(one.poll() is None for one in witnesses) > 1 and time.monotonic() < until:
        time.sleep(0.05)
    left = [port for port, one in zip(ports, witnesses, strict=True) if one.poll() is None]
    assert [one.poll() for one in witnesses].count(2) == STARTS - 1
    assert asked(left[0], LOG.request(0, 5))[0] == 200
