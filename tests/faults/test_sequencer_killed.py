"""Many writers, and a sequencer that is killed and started again all the time: each committed entry is in the tree once.

REGISTRY_TEST_WRITERS=32 REGISTRY_TEST_WRITING_SECONDS=60 REGISTRY_TEST_KILLS=10 makes it the full measure (with `-s` it tells).
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from config.environment import BASE_DIR
from sealing import audit_log, log_verification
from sealing.signer import Signer, signer
from tests.integration.sealing.rows import lookup, new_subject

WRITERS = int(os.environ.get("REGISTRY_TEST_WRITERS", "8"))
SECONDS = float(os.environ.get("REGISTRY_TEST_WRITING_SECONDS", "6"))
KILLS = int(os.environ.get("REGISTRY_TEST_KILLS", "3"))
PATIENCE_SECONDS = 60

ONCE = """
SELECT count(*), count(DISTINCT entry), coalesce(max(index) + 1, 0) FROM sealing_leaf
"""
LAG = """
SELECT percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM batch.at - entry.at))
  FROM sealing_leaf AS leaf JOIN sealing_auditentry AS entry ON entry.id = leaf.entry
 CROSS JOIN LATERAL (SELECT at FROM sealing_batch WHERE size > leaf.index ORDER BY size LIMIT 1) AS batch
 WHERE entry.at > (SELECT min(at) FROM sealing_batch)
"""


@pytest.fixture
def started(db: None, database: Any, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Return a function that starts a sequencer in a process of its own."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SEQUENCER_DATABASE_URL": database.server.url("sequencer", database.name),
        "REGISTRY_KEYRING": str(settings.REGISTRY_KEYRING),
        "REGISTRY_SIGNER_STATE": str(tmp_path / "signer.note"),
        "REGISTRY_LOG_ORIGIN": settings.REGISTRY_LOG_ORIGIN,
    }
    running: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        line = [sys.executable, "manage.py", "sequence_log"]
        running.append(subprocess.Popen(line, cwd=BASE_DIR, env=environment))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


class Writers:
    """Threads that commit entries, some late and some never, and remember which COMMIT returned."""

    def __init__(self, database: Any) -> None:
        self.database, self.stopped = database, threading.Event()
        self.committed: list[UUID] = []
        self.threads = [threading.Thread(target=self._write, args=[one]) for one in range(WRITERS)]

    def __enter__(self) -> "Writers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def _write(self, seed: int) -> None:
        chance, made = random.Random(seed), []
        with self.database.connect("app") as app:
            while not self.stopped.is_set():
                gone = chance.random() < 0.1
                with app.transaction(force_rollback=gone):
                    entries = [lookup(new_subject()) for _ in range(chance.randint(1, 3))]
                    for entry in entries:
                        app.execute(audit_log.INSERT, audit_log.row(entry))
                    time.sleep(chance.choice([0, 0, 0.002, 0.05]))
                made += [] if gone else [entry.id for entry in entries]
        self.committed += made


@pytest.mark.alone
def test_killed_again_and_again_each_committed_entry_is_in_the_tree_once(
    started: Callable[[], Any], database: Any, superuser_connection: Any, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)

    def grown(beyond: int) -> int:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            [[_, _, size]] = superuser_connection.execute(ONCE).fetchall()
            if size > beyond:
                return int(size)
            time.sleep(0.02)
        raise AssertionError(f"The tree does not grow beyond {beyond}, seed {seed}.")

    with Writers(database) as writers:
        size, begun = 0, time.monotonic()
        for _kill in range(KILLS):
            worker = started()
            size = grown(size)
            time.sleep(chance.uniform(0, SECONDS / KILLS / 2))
            worker.send_signal(signal.SIGKILL)
            assert worker.wait() == -signal.SIGKILL, f"seed {seed}"
        both = [started(), started()]
        grown(size)
        time.sleep(max(0.0, SECONDS - (time.monotonic() - begun)))
    written = len(writers.committed)
    grown(written - 1)
    time.sleep(1.5)
    for worker in both:
        worker.terminate()
        assert worker.wait(timeout=20) == 0
    assert superuser_connection.execute(ONCE).fetchone() == (written, written, written), seed
    leaves = superuser_connection.execute("SELECT entry FROM sealing_leaf").fetchall()
    assert {entry for (entry,) in leaves} == set(writers.committed)
    memory = _signer(tmp_path)
    found = log_verification.verify(memory, on_progress=lambda done, total: None)
    assert (found.findings, found.trusted) == ([], written), seed
    [[lag]] = superuser_connection.execute(LAG).fetchall()
    print(
        f"\n{written} entries, {WRITERS} writers, {KILLS} kills, {found.checkpoints} checkpoints, lag p50/p99/max {lag} s"
    )


def _signer(folder: Path) -> Signer:
    made = signer()
    return Signer(folder / "signer.note", made.origin, made.private, made.keys)
