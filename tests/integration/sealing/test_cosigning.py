"""A witness outside cosigns the log; whoever holds the database and the signing key together still gets no second history past it.

Run with `-s` to read how long it takes until the witness refuses.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from psycopg.errors import ObjectNotInPrerequisiteState

from registry.statement import statement
from sealing import audit_log, checkpoints, cosignatures, log_verification, notes, sequencing, tree
from sealing import verify as alone
from sealing.audit_log import Entered
from sealing.checkpoints import Checkpoint
from sealing.cosigning import Cosigner, NotCosigned, WitnessRefuses, posting_to
from sealing.findings import Wrong
from sealing.notes import COSIGNATURE, Note
from sealing.sequencing import Sequencer
from tests.exported_logs import KEY as FOREIGN_KEY
from tests.witnesses import listening

from .conftest import sequence
from .rows import lookup, new_subject, sealed_record, visible
from .test_log_attacks import adopt, build, delete_the_tail, edit

Connection = psycopg.Connection[Any]
FIRST, WHOLE = 12, 24


@pytest.fixture
def above(superuser_connection: Connection) -> Connection:
    superuser_connection.execute("SET session_replication_role = replica")
    return superuser_connection


@pytest.fixture
def witness(worker: Sequencer, tmp_path: Path) -> Iterator[Cosigner]:
    with listening(tmp_path / "witness", worker.signer.keys) as cosigner:
        yield cosigner


@pytest.fixture
def log(
    worker: Sequencer, witness: Cosigner, entered: Callable[[int], list[Entered]]
) -> list[Entered]:
    """Return the entries of a log that was cosigned to its end."""
    made = entered(FIRST)
    sequence(worker)
    witness.step()
    made += entered(WHOLE - FIRST)
    sequence(worker)
    assert cosign(witness) == WHOLE
    return made


def cosign(witness: Cosigner) -> int:
    """Have the newest checkpoint cosigned now, whenever it was last."""
    head = tree.latest_checkpoint(alias=sequencing.ALIAS)
    known = cosignatures.latest(alias=sequencing.ALIAS)
    return witness.cosign(head, known=known.head.checkpoint.size if known else 0)


def test_the_checkpoint_is_shown_with_the_witnesss_line(
    log: list[Entered], witness: Cosigner, worker: Sequencer
) -> None:
    answer = Client().get("/api/v1/log/checkpoint/")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    note = Note.parse(answer.content)
    assert checkpoints.opened(note, worker.signer.keys).size == WHOLE
    assert abs(note.cosigned_at(witness.witness) - time.time()) < 60


def test_the_days_statement_names_what_was_cosigned(log: list[Entered], witness: Cosigner) -> None:
    today = timezone.localdate()
    said = statement(day=today)["log"]["cosigned"]
    assert (said["size"], said["witness"]) == (WHOLE, str(witness.witness))
    assert statement(day=today - timedelta(days=1))["log"]["cosigned"] is None


def test_a_state_that_has_not_grown_is_not_asked_about_all_the_time(
    log: list[Entered], witness: Cosigner, above: Connection
) -> None:
    assert witness.step() is None
    above.execute("UPDATE sealing_cosignature SET received_at = received_at - interval '31 min'")
    time.sleep(1)
    assert witness.step() == WHOLE, "in a quiet night the last one does not grow old"
    age = timezone.now() - cosignatures.latest().received_at
    assert age < timedelta(minutes=1)


def test_a_log_that_lost_its_witnesss_lines_is_told_where_to_go_on(
    log: list[Entered], witness: Cosigner, above: Connection
) -> None:
    above.execute("DELETE FROM sealing_cosignature")
    assert witness.step() == WHOLE


@pytest.fixture
def exported(log: list[Entered], tmp_path: Path) -> Path:
    call_command("export_log", out=tmp_path / "out")
    return tmp_path / "out"


def test_an_outsider_verifies_the_cosignature(
    exported: Path, witness: Cosigner, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert alone.main([str(exported), "--witness-key", str(witness.witness)]) == 0
    assert f"cosigned the first {WHOLE} entries" in capsys.readouterr().out
    stranger = notes.verifier_key(FOREIGN_KEY, name="stranger.example", type=COSIGNATURE)
    assert alone.main([str(exported), "--witness-key", str(stranger)]) == 1


def test_what_is_not_cosigned_yet_is_said(
    log: list[Entered],
    worker: Sequencer,
    witness: Cosigner,
    entered: Callable[[int], list[Entered]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entered(3)
    sequence(worker)
    call_command("export_log", out=tmp_path / "out")
    assert alone.main([str(tmp_path / "out"), "--witness-key", str(witness.witness)]) == 0
    assert "3 entries behind them are signed by the log alone" in capsys.readouterr().out


def verified(worker: Sequencer, witness: Cosigner) -> list[tuple[int, Wrong]]:
    found = log_verification.verify(
        worker.signer, on_progress=lambda done, total: None, witness=witness.witness
    )
    return [(one.index, one.wrong) for one in found.findings]


def test_verification_looks_at_the_witnesss_line(
    log: list[Entered], worker: Sequencer, witness: Cosigner, above: Connection
) -> None:
    assert verified(worker, witness) == []
    above.execute("DELETE FROM sealing_cosignature")
    assert verified(worker, witness) == [(WHOLE, Wrong.SIGNATURE)]


def rebuild_with_the_key(above: Connection, log: list[Entered], worker: Sequencer) -> None:
    """Change an entry and make everything anew over it: tree, signatures by the log's own key, and the signer's memory."""
    edit(above, log)
    adopt(above, log)
    rows = above.execute("SELECT leaf_hash FROM sealing_leaf ORDER BY index").fetchall()
    leaves = [bytes(leaf) for (leaf,) in rows]
    for (size,) in above.execute("SELECT size FROM sealing_checkpoint ORDER BY size").fetchall():
        head = Checkpoint(worker.signer.origin, size, build(above, leaves[:size]))
        note = str(checkpoints.signed(head, worker.signer.private))
        above.execute(
            "UPDATE sealing_checkpoint SET root = %s, note = %s WHERE size = %s",
            [head.root, note, size],
        )
        worker.signer.path.write_text(note)


def put_an_older_backup_back(above: Connection, log: list[Entered], worker: Sequencer) -> None:
    """Put an older state back, with the signer's memory of that day."""
    delete_the_tail(above, log)
    above.execute("DELETE FROM sealing_cosignature WHERE size > %s", [FIRST])
    [note] = above.execute(
        "SELECT note FROM sealing_checkpoint WHERE size = %s", [FIRST]
    ).fetchone()
    worker.signer.path.write_text(note)


@pytest.mark.parametrize("grows", [0, 1, 30])
@pytest.mark.parametrize("forge", [rebuild_with_the_key, put_an_older_backup_back])
def test_the_witness_refuses_what_the_signing_key_was_used_for(
    forge: Callable[..., None],
    grows: int,
    log: list[Entered],
    worker: Sequencer,
    witness: Cosigner,
    above: Connection,
    entered: Callable[[int], list[Entered]],
    tmp_path: Path,
) -> None:
    """The signer is content: it signs on. That is what a witness is for."""
    sequencing.connections[sequencing.ALIAS].close()
    forge(above, log, worker)
    entered(grows)
    forged = Sequencer(worker.signer)
    assert forged.lead()
    sequence(forged)
    began = time.perf_counter()
    with pytest.raises(WitnessRefuses) as refused:
        cosign(witness)
    took = time.perf_counter() - began
    print(
        f"\n{forge.__name__} and {grows} more: {refused.value} ({took * 1000:.0f} ms after asking, asked every 10 s)"
    )
    assert cosignatures.latest().head.checkpoint.size <= WHOLE
    if forge is rebuild_with_the_key:
        assert (0, Wrong.FORKED) in verified(worker, witness)
        assert list((tmp_path / "witness").glob("*/refused.jsonl")), "the evidence is kept"


def test_a_witness_that_is_away_is_not_waited_for(
    worker: Sequencer, witness: Cosigner, entered: Callable[[int], list[Entered]]
) -> None:
    sequence(worker)
    nobody = Cosigner(witness.witness, posting_to("http://127.0.0.1:9"))
    with pytest.raises(NotCosigned, match="did not answer"):
        nobody.step()


def test_only_the_witnesss_own_line_of_now_is_kept(
    log: list[Entered], worker: Sequencer, witness: Cosigner, above: Connection
) -> None:
    text = Note.parse(tree.latest_checkpoint().note).text
    foreign = notes.cosignature(
        text, name="stranger.example", private=FOREIGN_KEY, at=int(time.time())
    )
    [old] = above.execute(
        "SELECT line FROM sealing_cosignature WHERE size = %s", [WHOLE]
    ).fetchone()
    stranger = notes.verifier_key(FOREIGN_KEY, name="stranger.example", type=COSIGNATURE)
    early = notes.cosignature(
        text, name="stranger.example", private=FOREIGN_KEY, at=int(time.time()) - 400
    )
    head = tree.latest_checkpoint()
    for key, answer in (
        (witness.witness, (200, str(foreign))),
        (witness.witness, (200, "nothing")),
        (witness.witness, (200, old.replace("A", "B"))),
        (stranger, (200, str(early))),
        (witness.witness, (500, "")),
        (witness.witness, (409, "many\n")),
    ):
        with pytest.raises(NotCosigned):
            Cosigner(key, lambda body, answer=answer: answer).cosign(head, known=WHOLE)
    count = above.execute("SELECT count(*) FROM sealing_cosignature").fetchone()
    assert count == (2,)


@pytest.mark.parametrize(("seconds", "stopped"), [(14_370, False), (14_410, True)])
def test_disclosures_stop_four_hours_after_the_last_cosignature(
    log: list[Entered],
    worker: Sequencer,
    witness: Cosigner,
    above: Connection,
    seconds: int,
    stopped: bool,
) -> None:
    subject = new_subject()
    sealed_record(subject)
    sequence(worker)
    above.execute(
        f"UPDATE sealing_cosignature SET received_at = received_at - interval '{seconds} s'"
    )
    for asked in (subject, new_subject()):
        granted = audit_log.enter_alone(lookup(asked))
        if stopped:
            with pytest.raises(Exception, match="waits to be cosigned"):
                visible(asked, granted)
        else:
            assert visible(asked, granted) == (asked == subject)
    sequence(worker)
    witness.step()
    assert visible(subject, audit_log.enter_alone(lookup(subject))) == 1, "it goes on by itself"


def test_without_that_question_it_would_go_on(spare_database: Any) -> None:
    """Positive control: the same state under the function as it was before it asked for a witness."""
    subject = new_subject()
    entry = lookup(subject)
    with (
        spare_database.connect("bootstrap") as above,
        spare_database.connect("sequencer") as sequencer,
        spare_database.connect("app") as app,
    ):
        [cluster] = above.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
        sequencer.execute(sequencing.BATCH, [1, 0, "3", cluster, False])
        sequencer.execute(sequencing.PUBLISH, ["log", 0, b"\0" * 32, "note"])
        sequencer.execute("INSERT INTO sealing_cosignature VALUES ('one', 'log', 0, 7, 'line')")
        above.execute("SET session_replication_role = replica")
        above.execute("UPDATE sealing_cosignature SET received_at = now() - interval '5 hours'")

        def presented() -> None:
            with app.transaction():
                app.execute("SELECT sealing_present(%s, %s)", [entry.id, subject])

        with pytest.raises(ObjectNotInPrerequisiteState):
            presented()
        before = import_module("sealing.migrations.0004_tree").PROVABLE
        above.execute(before.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
        presented()


def test_a_cosignature_of_no_checkpoint_is_refused(
    worker: Sequencer, connect: Callable[[str], Connection]
) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        connect("sequencer").execute(
            "INSERT INTO sealing_cosignature VALUES ('one', 'log', 5, 7, 'line')"
        )
