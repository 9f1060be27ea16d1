"""A superuser of the database, with the triggers off, rewrites the log: found by the database's own verification, by the
verifier that stands alone with a checkpoint kept elsewhere, or by the signer, who then signs nothing.

Run with `-s` to read the table: which way finds what, at which entry, and how long each took.
"""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import override

from sealing import (
    checkpoints,
    finding_words,
    log_export,
    log_verification,
    sequencing,
    tree,
    uuid7,
    verify,
)
from sealing.audit_log import INSERT, Entered, leaf_hash, row
from sealing.checkpoints import Checkpoint
from sealing.exported import Exported
from sealing.findings import Wrong
from sealing.merkle import Frontier, cover
from sealing.notes import Note
from sealing.sequencing import Sequencer
from sealing.signer import Refused
from tests.exported_logs import KEY as FOREIGN_KEY

from .conftest import sequence
from .rows import lookup, new_subject

Connection = psycopg.Connection[Any]
HALF, WHOLE = 12, 24


@pytest.fixture
def log(worker: Sequencer, entered: Callable[[int], list[Entered]]) -> list[Entered]:
    """Return the entries of a log of two checkpoints; no sequencer runs."""
    made = entered(HALF)
    sequence(worker)
    made += entered(WHOLE - HALF)
    sequence(worker)
    sequencing.connections[sequencing.ALIAS].close()
    return made


@pytest.fixture
def above(superuser_connection: Connection) -> Connection:
    superuser_connection.execute("SET session_replication_role = replica")
    return superuser_connection


@pytest.fixture
def kept(log: list[Entered]) -> Note:
    """Return the newest checkpoint as somebody outside keeps it."""
    return Note.parse(tree.latest_checkpoint().note)


def edit(above: Connection, log: list[Entered], at: int = 5) -> None:
    """Change whose unit asked, with everything beside it that the row itself is checked against."""
    [body] = above.execute(
        "SELECT body FROM sealing_auditentry WHERE id = %s", [log[at].id]
    ).fetchone()
    forged = json.dumps(
        {**json.loads(body), "unit": "U777"}, sort_keys=True, separators=(",", ":")
    ).encode()
    above.execute(
        "UPDATE sealing_auditentry SET unit = 'U777', body = %s, leaf_hash = %s WHERE id = %s",
        [forged, leaf_hash(forged), log[at].id],
    )


def edit_a_column(above: Connection, log: list[Entered]) -> None:
    above.execute("UPDATE sealing_auditentry SET official = 'F1' WHERE id = %s", [log[5].id])


def change_the_time(above: Connection, log: list[Entered]) -> None:
    above.execute(
        "UPDATE sealing_auditentry SET at = at - interval '1 hour' WHERE id = %s", [log[5].id]
    )


def delete(above: Connection, log: list[Entered]) -> None:
    above.execute("DELETE FROM sealing_auditentry WHERE id = %s", [log[5].id])


def delete_with_its_leaf(above: Connection, log: list[Entered]) -> None:
    delete(above, log)
    above.execute("DELETE FROM sealing_leaf WHERE index = 5")


def delete_the_tail(above: Connection, log: list[Entered]) -> None:
    """Take away everything behind the first checkpoint, in every table: what an older backup looks like."""
    above.execute(
        "DELETE FROM sealing_auditentry WHERE id = ANY(%s)", [[one.id for one in log[HALF:]]]
    )
    above.execute("DELETE FROM sealing_leaf WHERE index >= %s", [HALF])
    above.execute("DELETE FROM sealing_node WHERE (index + 1) << level > %s", [HALF])
    above.execute("DELETE FROM sealing_checkpoint WHERE size > %s", [HALF])
    above.execute("DELETE FROM sealing_batch WHERE size > %s", [HALF])


def restore_and_go_on(above: Connection, log: list[Entered]) -> None:
    """Put an older state back, and let the log grow over the lost end."""
    delete_the_tail(above, log)
    rows = above.execute("SELECT leaf_hash FROM sealing_leaf ORDER BY index").fetchall()
    grown = [bytes(leaf) for (leaf,) in rows]
    for index in range(HALF, WHOLE + 6):
        leaf = insert(above)
        above.execute(
            "INSERT INTO sealing_leaf SELECT %s, id, leaf_hash FROM sealing_auditentry WHERE leaf_hash = %s",
            [index, leaf],
        )
        grown.append(leaf)
    build(above, grown)
    above.execute("UPDATE sealing_batch SET size = %s", [len(grown)])


def insert(above: Connection, days: int = 0, xid: str | None = None) -> bytes:
    """Insert an entry that is so many days old in every respect, perhaps of an old transaction; return its leaf hash."""
    stated = datetime.now(UTC) - timedelta(days=days)
    key = uuid7.at(int(stated.timestamp() * 1000))
    entry = lookup(new_subject(), id=key, stated_at=stated)
    old = INSERT.replace("body, leaf_hash)", "body, leaf_hash, at)").rstrip().removesuffix(")")
    above.execute(old + ", %s)", [*row(entry), stated])
    if xid is not None:
        above.execute("UPDATE sealing_auditentry SET xid = %s::xid8 WHERE id = %s", [xid, entry.id])
    return leaf_hash(entry.body())


def insert_backwards_in_time(above: Connection, log: list[Entered]) -> None:
    insert(above, days=1)


def insert_ahead_of_time(above: Connection, log: list[Entered]) -> None:
    """Insert an entry that is dated next month, of a transaction that the sequencer is past."""
    insert(above, days=-31, xid="5")


def exchange(above: Connection, log: list[Entered]) -> None:
    """Let two entries change places, with the whole tree built anew over them."""
    above.execute("UPDATE sealing_leaf SET index = 1000 + index WHERE index IN (5, 9)")
    above.execute("UPDATE sealing_leaf SET index = 1014 - index WHERE index > 1000")
    rebuild(above)


def rebuild_without_the_key(above: Connection, log: list[Entered]) -> None:
    """Change an entry and build everything over it anew; the old signatures stay."""
    edit(above, log)
    adopt(above, log)
    rebuild(above)


def rebuild_with_another_key(above: Connection, log: list[Entered]) -> None:
    rebuild_without_the_key(above, log)
    leaves = [
        bytes(leaf)
        for (leaf,) in above.execute("SELECT leaf_hash FROM sealing_leaf ORDER BY index").fetchall()
    ]
    for size in (HALF, WHOLE):
        root = build(above, leaves[:size])
        [origin] = above.execute("SELECT origin FROM sealing_checkpoint LIMIT 1").fetchone()
        note = checkpoints.signed(Checkpoint(origin, size, root), FOREIGN_KEY)
        above.execute(
            "UPDATE sealing_checkpoint SET root = %s, note = %s WHERE size = %s",
            [root, str(note), size],
        )


def adopt(above: Connection, log: list[Entered]) -> None:
    above.execute(
        "UPDATE sealing_leaf SET leaf_hash = entry.leaf_hash FROM sealing_auditentry AS entry WHERE entry.id = sealing_leaf.entry"
    )


def rebuild(above: Connection) -> None:
    build(
        above,
        [
            bytes(leaf)
            for (leaf,) in above.execute(
                "SELECT leaf_hash FROM sealing_leaf ORDER BY index"
            ).fetchall()
        ],
    )


def build(above: Connection, leaves: list[bytes]) -> bytes:
    """Write the nodes over leaves; return their root."""
    frontier = Frontier()
    for leaf in leaves:
        for level, index, made in frontier.append(leaf):
            above.execute(
                "INSERT INTO sealing_node VALUES (%s, %s, %s) ON CONFLICT (level, index) DO UPDATE SET hash = excluded.hash",
                [level, index, made],
            )
    return frontier.root()


# What each way says first: (index, kind), or None where this way cannot know.
Said = tuple[int, Wrong] | None
ATTACKS: list[tuple[Callable[..., None], Said, Said, bool]] = [
    (edit, (5, Wrong.CHANGED), (5, Wrong.CHANGED), False),
    (edit_a_column, (5, Wrong.CHANGED), None, False),
    (change_the_time, (5, Wrong.CHANGED), None, False),
    (delete, (5, Wrong.REMOVED), (5, Wrong.REMOVED), False),
    (delete_with_its_leaf, (5, Wrong.REMOVED), (0, Wrong.FORKED), False),
    (delete_the_tail, (HALF, Wrong.MISSING_TAIL), (HALF, Wrong.MISSING_TAIL), True),
    (restore_and_go_on, (HALF, Wrong.FORKED), (HALF, Wrong.MISSING_TAIL), True),
    (insert_backwards_in_time, (WHOLE, Wrong.UNSEQUENCED), None, False),
    (insert_ahead_of_time, (WHOLE, Wrong.UNSEQUENCED), None, False),
    (exchange, (5, Wrong.REORDERED), (0, Wrong.FORKED), True),
    (rebuild_without_the_key, (0, Wrong.FORKED), (0, Wrong.FORKED), True),
    (rebuild_with_another_key, (0, Wrong.FORKED), (0, Wrong.FORKED), True),
]


def timed(act: Callable[[], Said | bool]) -> tuple[Any, float]:
    began = time.perf_counter()
    return act(), time.perf_counter() - began


@pytest.mark.parametrize(
    ("attack", "inside", "alone", "refused"), ATTACKS, ids=[one[0].__name__ for one in ATTACKS]
)
def test_every_attack_is_found(
    attack: Callable[..., None],
    inside: Said,
    alone: Said,
    refused: bool,
    log: list[Entered],
    above: Connection,
    kept: Note,
    worker: Sequencer,
    tmp_path: Path,
) -> None:
    attack(above, log)

    def in_the_database() -> Said:
        found = log_verification.verify(
            worker.signer, on_progress=lambda done, total: None
        ).findings
        return (found[0].index, found[0].wrong) if found else None

    def by_an_outsider() -> Said:
        log_export.export(tmp_path / "out", on_progress=lambda done, total: None)
        exported = Exported.open(tmp_path / "out")
        found = verify.verify(exported, keys=worker.signer.keys, other=kept).findings
        return (found[0].index, found[0].wrong) if found else None

    def by_the_signer() -> bool:
        try:
            Sequencer(worker.signer).lead()
        except Refused:
            return True
        return False

    ways = [timed(in_the_database), timed(by_an_outsider), timed(by_the_signer)]
    told = [
        f"{'—' if not said else 'refuses' if said is True else f'{said[1]} at {said[0]}':28}{seconds * 1000:6.0f} ms"
        for said, seconds in ways
    ]
    print(f"\n{attack.__name__:26} verify_log: {told[0]}   alone: {told[1]}   signer: {told[2]}")
    assert [said for said, _ in ways] == [inside, alone, refused]


def test_an_entry_inserted_backwards_in_time_is_found_after_it_was_sequenced_too(
    log: list[Entered], above: Connection, worker: Sequencer
) -> None:
    """A sequencer that is at work takes it like any other; its place in the tree gives it away."""
    insert(above, days=1)
    assert worker.lead()
    sequence(worker)
    found = log_verification.verify(worker.signer, on_progress=lambda done, total: None).findings
    assert [(one.index, one.wrong) for one in found] == [(WHOLE, Wrong.INSERTED)]


def test_an_entry_dated_ahead_is_named_itself_and_not_those_behind_it(
    log: list[Entered],
    above: Connection,
    worker: Sequencer,
    entered: Callable[[int], list[Entered]],
) -> None:
    insert(above, days=-1)
    assert worker.lead()
    sequence(worker)
    entered(2)
    sequence(worker)
    found = log_verification.verify(worker.signer, on_progress=lambda done, total: None).findings
    assert [(one.index, one.wrong) for one in found] == [(WHOLE, Wrong.INSERTED)]


def test_entries_that_changed_places_are_named_once_and_in_the_readers_language(
    log: list[Entered], above: Connection, worker: Sequencer
) -> None:
    exchange(above, log)
    found = log_verification.verify(worker.signer, on_progress=lambda done, total: None).findings
    [moved] = [one for one in found if one.wrong == Wrong.REORDERED]
    assert (found[0], moved.index, moved.entry) == (moved, 5, str(log[9].id))
    with override("zh-hans"):
        told = [finding_words.told(one) for one in found]
    assert not [words for words in told if re.search("[a-z]{3,} [a-z]{2,}", words)], told


def test_a_sound_log_is_found_sound_by_all_three(
    log: list[Entered],
    kept: Note,
    worker: Sequencer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("verify_log")
    call_command("export_log", out=tmp_path / "out")
    (tmp_path / "kept").write_text(str(kept))
    assert verify.main([str(tmp_path / "out"), "--checkpoint", str(tmp_path / "kept")]) == 0
    assert Sequencer(worker.signer).lead()
    said = capsys.readouterr().out
    assert "Nothing is wrong" in said


def test_the_command_names_the_first_bad_entry_and_fails(
    log: list[Entered], above: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(above, log)
    with pytest.raises(SystemExit) as left:
        call_command("verify_log")
    assert left.value.code == 1
    assert str(log[5].id) in capsys.readouterr().out


def test_an_export_since_a_day_is_verified_too(
    log: list[Entered], worker: Sequencer, above: Connection, tmp_path: Path
) -> None:
    """Its beginning is proved by the checkpoints behind it."""
    for index in range(7):
        above.execute("UPDATE sealing_leaf SET entry = gen_random_uuid() WHERE index = %s", [index])
    today = timezone.localdate()
    assert (
        log_export.export(tmp_path / "out", since=today, on_progress=lambda done, total: None)
        == WHOLE - 7
    )
    exported = Exported.open(tmp_path / "out")
    assert (exported.first, len(exported.edge)) == (7, len(list(cover(0, 7))))
    assert verify.verify(exported, keys=worker.signer.keys).findings == []


def test_what_is_exported_is_the_owners_alone_and_never_overwrites(
    log: list[Entered], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    log_export.export(folder, on_progress=lambda done, total: None)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    with pytest.raises(FileExistsError):
        log_export.export(folder, on_progress=lambda done, total: None)
