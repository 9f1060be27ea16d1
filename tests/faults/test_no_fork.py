"""Two sequencers, each with a signer of its own, started and killed at random: no two heads they ever signed contradict each other.

What each of them signs is written down by itself before anybody else learns of it, published or not. Some are not killed but
taken for dead: they stand still, their session at the database is ended so that the other leads, and they go on. An older
backup that goes on by itself is the control: there, the same comparison finds a contradiction, and the witness refuses.

REGISTRY_TEST_SIGNERS=100 makes it the full measure (with `-s` it tells).
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from config.environment import BASE_DIR
from sealing import audit_log, checkpoints, merkle, signer, tree
from sealing.audit_log import Entered
from sealing.checkpoints import Checkpoint
from sealing.cosigning import WitnessRefuses
from sealing.merkle import Frontier
from sealing.notes import Note
from sealing.sequencing import Sequencer
from sealing.signer import Refused, Signer
from tests.integration.sealing.conftest import entered, sequence, worker  # noqa: F401 - fixtures
from tests.integration.sealing.rows import lookup, new_subject
from tests.integration.sealing.test_cosigning import FIRST, cosign, put_an_older_backup_back
from tests.witnesses import listening

STARTS = int(os.environ.get("REGISTRY_TEST_SIGNERS", "8"))
PATIENCE_SECONDS = 60
# Starts sequencers on demand, each a process of its own with the memory it is told; none has to load Django again.
STARTER = """
import os, signal, sys, django
django.setup()
from django.conf import settings
from django.core.management import call_command
from sealing import signer
sign = signer.Signer.sign
def noted(self, head, *, proof):
    note = sign(self, head, proof=proof)
    with open(f"{self.path}.{os.getpid()}", "a") as out:
        out.write(f"{note}\\0")
    return note
signer.Signer.sign = noted
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for memory in sys.stdin:
    child = os.fork()
    if child == 0:
        os.close(0)
        settings.REGISTRY_SIGNER_STATE = memory.strip()
        try:
            call_command("sequence_log")
        except BaseException as problem:
            print(type(problem).__name__, problem, file=sys.stderr, flush=True)
        os._exit(0)
    print(child, flush=True)
"""
LEADER = """
SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database
 WHERE locktype = 'advisory' AND granted AND datname = current_database()
"""
LEAVES = "SELECT leaf_hash FROM sealing_leaf ORDER BY index"


@pytest.fixture
def start(db: None, database: Any) -> Iterator[Callable[[Path], int]]:
    """Return a function that starts a sequencer whose signer has this memory, and returns its process id."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "REGISTRY_DATABASE_ROLE": "sequencer",
        "SEQUENCER_DATABASE_URL": database.server.url("sequencer", database.name),
        "REGISTRY_KEYRING": str(settings.REGISTRY_KEYRING),
        "REGISTRY_LOG_ORIGIN": settings.REGISTRY_LOG_ORIGIN,
    }
    line = [sys.executable, "-c", STARTER]
    begun: list[int] = []
    with subprocess.Popen(
        line,
        cwd=BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdin is not None
        assert starter.stdout is not None
        asked, told = starter.stdin, starter.stdout

        def started(memory: Path) -> int:
            asked.write(f"{memory}\n")
            asked.flush()
            begun.append(int(told.readline()))
            return begun[-1]

        yield started
        for process in begun:
            give(process, signal.SIGKILL)
        asked.close()


def give(process: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


@pytest.fixture
def writing(db: None, database: Any) -> Iterator[None]:
    """Entries are committed all the time."""
    stopped = threading.Event()

    def write() -> None:
        with database.connect("app") as app:
            while not stopped.wait(0.01):
                app.execute(audit_log.INSERT, audit_log.row(lookup(new_subject())))

    thread = threading.Thread(target=write)
    thread.start()
    yield
    stopped.set()
    thread.join()


def memory(path: Path) -> Signer:
    made = signer.signer()
    return Signer(path, made.origin, made.private, made.keys)


def contradictions(heads: Sequence[Checkpoint], leaves: Sequence[bytes]) -> int:
    """Count the pairs of heads of which the larger does not continue the smaller, by proofs from these leaves."""
    nodes: dict[tuple[int, int], bytes] = {}
    frontier = Frontier()
    for index, leaf in enumerate(leaves):
        nodes[0, index] = leaf
        nodes.update({(level, place): made for level, place, made in frontier.append(leaf)})
    found = 0
    for first, second in combinations(sorted(heads, key=lambda one: one.size), 2):
        ranges = merkle.consistency_ranges(first.size, second.size)
        found += not merkle.is_consistent(
            first=first.size,
            second=second.size,
            first_root=first.root,
            second_root=second.root,
            proof=merkle.proof(ranges, nodes.__getitem__),
        )
    return found


@pytest.mark.alone
def test_what_two_signers_ever_signed_is_one_history(
    start: Callable[[Path], int], writing: None, superuser_connection: Any, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    memories = [tmp_path / "a" / "signer.note", tmp_path / "b" / "signer.note"]
    first = Sequencer(memory(memories[0]))
    assert first.lead()
    first.batch()
    first.sign()
    memories[1].parent.mkdir()
    memories[1].write_text(memories[0].read_text())
    connections["sequencer"].close()
    running: list[int | None] = [None, None]
    for _ in range(STARTS):
        which = chance.randrange(2)
        if (alive := running[which]) is not None:
            give(alive, signal.SIGKILL)
        running[which] = start(memories[which])
        time.sleep(chance.uniform(0, 0.6))
        if chance.random() < 0.4:
            for process in filter(None, running):
                give(process, signal.SIGSTOP)
            superuser_connection.execute(LEADER)
            for process in chance.sample([*filter(None, running)], k=len([*filter(None, running)])):
                give(process, signal.SIGCONT)
                time.sleep(chance.uniform(0, 0.6))
    heads = until_signed_again(memories)
    leaves = [bytes(leaf) for (leaf,) in superuser_connection.execute(LEAVES).fetchall()]
    sizes = {head.size for head in heads}
    print(f"\n{STARTS} starts, {len(heads)} heads signed, {len(sizes)} sizes, seed {seed}")
    assert len(sizes) > 2, seed
    assert contradictions(heads, leaves) == 0, seed


def until_signed_again(memories: Sequence[Path]) -> list[Checkpoint]:
    """Wait until somebody signs again, and return every head that anybody signed."""
    before, until = len(signed(memories)), time.monotonic() + PATIENCE_SECONDS
    while len(signed(memories)) == before:
        assert time.monotonic() < until, "Nobody signs any more."
        time.sleep(0.1)
    return signed(memories)


def signed(memories: Sequence[Path]) -> list[Checkpoint]:
    """Return every head that was signed; a note of one that was killed while it wrote is not whole."""
    keys, found = signer.signer().keys, []
    for path in memories:
        for written in path.parent.glob(f"{path.name}.*"):
            found += [
                checkpoints.opened(Note.parse(text), keys)
                for text in written.read_text().split("\0")[:-1]
            ]
    return found


def test_a_database_that_went_on_by_itself_is_seen(
    worker: Sequencer,  # noqa: F811
    entered: Callable[[int], list[Entered]],  # noqa: F811
    superuser_connection: Any,
    tmp_path: Path,
) -> None:
    """The control: an older backup is put back and goes on, without and with the signer's memory of its day."""
    superuser_connection.execute("SET session_replication_role = replica")

    def grown() -> Checkpoint:
        log.extend(entered(FIRST))
        sequence(again or worker)
        return tree.latest_checkpoint(alias="sequencer").checkpoint

    again, log = None, []
    with listening(tmp_path / "witness", worker.signer.keys) as witness:
        heads = [grown(), grown()]
        cosign(witness)
        leaves = [bytes(leaf) for (leaf,) in superuser_connection.execute(LEAVES).fetchall()]
        assert contradictions(heads, leaves) == 0
        connections["sequencer"].close()
        newest = worker.signer.path.read_text()
        put_an_older_backup_back(superuser_connection, log, worker)
        older = worker.signer.path.read_text()
        worker.signer.path.write_text(newest)
        with pytest.raises(Refused, match="missing from its end"):
            Sequencer(worker.signer).lead()
        connections["sequencer"].close()
        worker.signer.path.write_text(older)
        again = Sequencer(worker.signer)
        assert again.lead()
        heads.append(grown())
        assert contradictions(heads, leaves) > 0, "this signer was made to sign another history"
        with pytest.raises(WitnessRefuses):
            cosign(witness)
