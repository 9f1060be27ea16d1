"""The primary is lost: a standby that lagged, or an older backup, gets no signature ever; a standby that was waited for goes on.

Real servers: a primary, and beside it what pg_basebackup made of it. The signer's memory and the witness are outside all of them.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.utils.translation import override

from config.postgres import Server
from sealing import audit_log, cosignatures, log_verification, tree
from sealing.audit_log import Entered, Entry
from sealing.checkpoints import Checkpoint
from sealing.cosigning import WitnessRefuses
from sealing.findings import Wrong
from sealing.sequencing import Sequencer
from sealing.signer import Refused
from tests.conftest import ALIASES
from tests.database import TestDatabase
from tests.faults.test_no_fork import LEAVES, contradictions, memory
from tests.integration.sealing.conftest import entered, sequence, worker  # noqa: F401 - fixtures
from tests.integration.sealing.rows import lookup, new_subject, visible
from tests.integration.sealing.test_cosigning import cosign
from tests.standby import copied, lead_django_to, lose, promote, standby_of, wait_for_standby
from tests.witnesses import listening

pytestmark = pytest.mark.usefixtures("primary")
Enter = Callable[[int], list[Entered]]
FIRST, WHOLE, TRIES = 12, 24, 20
WRITERS, WRITING_SECONDS = 4, 1.5
IN_THE_TREE = "SELECT entry FROM sealing_leaf ORDER BY index"
IN_THE_LOG = "SELECT id FROM sealing_auditentry ORDER BY xid, id"
CLUSTER = "SELECT system_identifier FROM pg_control_system()"
TIMELINE = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)"
RECONCILED = "SELECT number FROM sealing_batch WHERE reconciled"


@contextmanager
def a_stale_standby(primary: Server) -> Iterator[Callable[[], Server]]:
    """Give what promotes a standby that is cut off now, after the primary is lost."""
    with standby_of(primary) as standby:
        standby.cluster.stop()

        def taken() -> Server:
            standby.cluster.start()
            promote(standby)
            return standby

        yield taken


@contextmanager
def an_older_backup(primary: Server) -> Iterator[Callable[[], Server]]:
    """Give what puts back a backup that is made now."""
    with copied(primary) as backup:

        def taken() -> Server:
            backup.cluster.start()
            return backup

        yield taken


def whole(database: TestDatabase, sql: str) -> list[Any]:
    """Return the first column of all rows, as only the superuser sees them."""
    with database.connect("bootstrap") as superuser:
        return [row[0] for row in superuser.execute(sql).fetchall()]


def published(database: TestDatabase) -> list[int]:
    return whole(database, "SELECT size FROM sealing_checkpoint ORDER BY size")


def newest() -> Checkpoint:
    found = tree.latest_checkpoint(alias="sequencer")
    assert found is not None
    return found.checkpoint


def found_by_verifying(worker: Sequencer) -> list[tuple[int, Wrong]]:  # noqa: F811
    found = log_verification.verify(worker.signer, on_progress=lambda done, total: None)
    return [(one.index, one.wrong) for one in found.findings]


@pytest.mark.parametrize("what", [a_stale_standby, an_older_backup])
def test_what_is_older_than_what_was_signed_gets_no_signature(
    what: Callable[[Server], Any],
    primary: TestDatabase,
    worker: Sequencer,  # noqa: F811
    entered: Enter,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    signer = worker.signer

    def grown() -> Checkpoint:
        entered(FIRST)
        sequence(worker)
        assert cosign(witness) == newest().size
        return newest()

    def refuses(match: str) -> None:
        """The sequencer is started on what took the primary's place."""
        with pytest.raises(Refused, match=match):
            Sequencer(signer).lead()
        assert signer.path.read_text() == remembered

    with ExitStack() as stack:
        witness = stack.enter_context(listening(tmp_path / "witness", signer.keys))
        heads = [grown()]
        of_that_day = signer.path.read_text()
        take = stack.enter_context(what(primary.server))
        heads.append(grown())
        remembered, leaves = signer.path.read_text(), whole(primary, LEAVES)
        assert contradictions(heads, leaves) == 0
        primary.server.cluster.stop()
        older = TestDatabase(take(), primary.name)
        lead_django_to(older, ALIASES)

        entered(1)
        for _ in range(TRIES):
            refuses("24 were signed: entries are missing from its end")
        assert (published(older), len(whole(older, LEAVES))) == ([FIRST], FIRST)
        an_auditor_sees_it(capsys)
        after_a_minute_nothing_is_disclosed(older)

        # Somebody has the key and the signer's memory of that day: the tree grows past the size that was signed.
        forged = memory(tmp_path / "of-that-day.note")
        forged.path.write_text(of_that_day)
        goes_on = Sequencer(forged)
        assert goes_on.lead()
        for _ in range(TRIES):
            sequence(goes_on)
            size = newest().size
            with pytest.raises(WitnessRefuses):
                cosign(witness)
            refuses("its history was changed" if size >= WHOLE else "missing from its end")
            heads.append(newest())
            entered(1)
        assert heads[-1].size > WHOLE
        known = cosignatures.latest()
        assert known is not None
        assert known.head.checkpoint.size == FIRST, "of what was forged nothing is cosigned"
        assert (WHOLE, Wrong.FORKED) not in found_by_verifying(goes_on)
        assert any(wrong is Wrong.FORKED for _, wrong in found_by_verifying(worker))
        comparable = [head for head in heads if head.size <= WHOLE]
        assert contradictions(comparable, leaves) > 0, "there was something to refuse"


def an_auditor_sees_it(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    with override("zh-hans"), pytest.raises(SystemExit) as left:
        call_command("verify_log")
    assert left.value.code == 1
    said = capsys.readouterr().out
    assert f"签名程序记得 {WHOLE} 条，而日志树止于此条之前" in said


def after_a_minute_nothing_is_disclosed(older: TestDatabase) -> None:
    """Where nothing is signed no entry gets into the tree, and the lock asks for that."""
    with older.connect("bootstrap") as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("UPDATE sealing_auditentry SET at = at - interval '61 s'")
    subject = new_subject()
    granted = audit_log.enter_alone(lookup(subject))
    with pytest.raises(DatabaseError, match="audit entries wait to be sequenced"):
        visible(subject, granted)


@contextmanager
def writing(primary: TestDatabase) -> Iterator[list[UUID]]:
    """Write entries in several sessions until the server is gone; give the keys of those whose COMMIT returned."""
    acknowledged: list[UUID] = []

    def write() -> None:
        with suppress(psycopg.OperationalError), primary.connect("app") as app:
            while True:
                entry = lookup(new_subject())
                app.execute(audit_log.INSERT, audit_log.row(entry))
                acknowledged.append(entry.id)

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield acknowledged
    finally:
        if primary.server.cluster.answers():
            primary.server.cluster.stop()
        for thread in threads:
            thread.join()


def begin(app: "psycopg.Connection[Any]") -> Entry:
    """Write an entry in a transaction that stays open."""
    entry = lookup(new_subject())
    app.execute("BEGIN")
    app.execute(audit_log.INSERT, audit_log.row(entry))
    return entry


def test_a_standby_that_was_waited_for_goes_on_with_the_same_history(
    primary: TestDatabase,
    worker: Sequencer,  # noqa: F811
    entered: Enter,  # noqa: F811
    tmp_path: Path,
) -> None:
    """The control, and more: what was acknowledged is in the promoted tree once, whoever committed late."""
    heads: list[Checkpoint] = []
    with ExitStack() as stack:
        witness = stack.enter_context(listening(tmp_path / "witness", worker.signer.keys))
        standby = stack.enter_context(standby_of(primary.server))
        wait_for_standby(primary.server)
        late, lost = (stack.enter_context(closing(primary.connect("app"))) for _ in range(2))
        cluster, timeline = whole(primary, CLUSTER), whole(primary, TIMELINE)
        worker.step()
        held_back, never = begin(late), None
        with writing(primary) as acknowledged:
            until = time.monotonic() + WRITING_SECONDS
            while never is None or time.monotonic() < until:
                worker.batch()
                worker.sign()
                heads.append(newest())
                if never is None and time.monotonic() > until - WRITING_SECONDS / 2:
                    late.execute("COMMIT")
                    never = begin(lost)
            cosign(witness)
            lose(primary.server)
        promote(standby)
        promoted = TestDatabase(standby, primary.name)
        lead_django_to(promoted, ALIASES)
        again = Sequencer(worker.signer)
        assert again.lead()
        entered(3)
        sequence(again)
        heads.append(newest())

        # The same cluster by its name, so the sequencer goes on from the mark it made on the primary.
        assert (whole(promoted, CLUSTER), whole(promoted, RECONCILED)) == (cluster, [1])
        assert whole(promoted, TIMELINE) > timeline
        in_the_tree = whole(promoted, IN_THE_TREE)
        assert in_the_tree == whole(promoted, IN_THE_LOG), "each once, in the order of transactions"
        assert {*acknowledged, held_back.id} <= {*in_the_tree}
        assert never is not None
        assert never.id not in in_the_tree
        assert contradictions(heads, whole(promoted, LEAVES)) == 0
        assert found_by_verifying(again) == []
        assert cosign(witness) == heads[-1].size
