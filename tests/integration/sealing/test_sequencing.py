"""Every committed entry gets into the tree, exactly once and in order; the signer signs nothing that was changed."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings

from sealing import audit_log, checkpoints, merkle, sequencing, signer, tree
from sealing.audit_log import Entered
from sealing.merkle import Frontier
from sealing.notes import Note
from sealing.sequencing import Corrupt, Sequencer
from sealing.signer import Refused

from .conftest import sequence, settle
from .rows import lookup, new_subject

Connection = psycopg.Connection[Any]
LEAVES = "SELECT index, entry, leaf_hash FROM sealing_leaf ORDER BY index"


def leaves(superuser: Connection) -> list[Any]:
    return superuser.execute(LEAVES).fetchall()


def enter(connection: Connection) -> audit_log.Entry:
    entry = lookup(new_subject())
    connection.execute(audit_log.INSERT, audit_log.row(entry))
    return entry


def test_entries_are_in_the_tree_once_in_order_and_signed(
    worker: Sequencer, entered: Callable[[int], list[Entered]], superuser_connection: Connection
) -> None:
    first = entered(5)
    sequence(worker)
    second = entered(6)
    sequence(worker)
    sequence(worker)
    found = leaves(superuser_connection)
    assert [index for index, _, _ in found] == list(range(11))
    assert [entry for _, entry, _ in found] == [one.id for one in first + second]
    frontier = Frontier()
    for _, _, leaf in found:
        frontier.append(leaf)
    head = tree.latest_checkpoint()
    assert (head.checkpoint.size, head.checkpoint.root) == (11, frontier.root())
    keys = signer.verifier_keys(django_settings.REGISTRY_LOG_ORIGIN)
    assert checkpoints.opened(Note.parse(head.note), keys) == head.checkpoint
    assert worker.signer.path.read_text() == head.note
    assert worker.signer.path.stat().st_mode & 0o777 == 0o600
    sizes = superuser_connection.execute("SELECT size FROM sealing_checkpoint ORDER BY 1")
    assert sizes.fetchall() == [(5,), (11,)]


def test_an_empty_log_is_signed_too(worker: Sequencer) -> None:
    sequence(worker)
    assert tree.latest_checkpoint().checkpoint.root == merkle.EMPTY_ROOT


def test_more_than_a_batch_is_taken_in_batches(
    worker: Sequencer,
    entered: Callable[[int], list[Entered]],
    monkeypatch: pytest.MonkeyPatch,
    superuser_connection: Connection,
) -> None:
    monkeypatch.setattr(sequencing, "ENTRIES_A_BATCH", 4)
    made = entered(11)
    settle()
    assert [worker.batch() for _ in range(3)] == [True, True, False]
    more = entered(8)
    settle()
    assert [worker.batch() for _ in range(3)] == [True, False, False]
    assert [entry for _, entry, _ in leaves(superuser_connection)] == [
        one.id for one in made + more
    ]


def test_who_commits_late_is_not_passed_over(
    worker: Sequencer, connect: Callable[[str], Connection], superuser_connection: Connection
) -> None:
    """The trap of every mark on time or number: the entry written first becomes visible last."""
    sequence(worker)
    slow, quick = connect("app"), connect("app")
    with slow.transaction():
        early = enter(slow)
        late = enter(quick)
        sequence(worker)
        assert leaves(superuser_connection) == [], "below the oldest running transaction is nothing"
    sequence(worker)
    assert [entry for _, entry, _ in leaves(superuser_connection)] == [early.id, late.id]


def test_what_was_rolled_back_is_not_in_the_tree(
    worker: Sequencer, app_connection: Connection, superuser_connection: Connection
) -> None:
    with app_connection.transaction(force_rollback=True):
        enter(app_connection)
    kept = enter(app_connection)
    sequence(worker)
    assert [entry for _, entry, _ in leaves(superuser_connection)] == [kept.id]


def test_a_second_worker_stands_by(worker: Sequencer, connect: Callable[[str], Connection]) -> None:
    other = connect("sequencer")
    asked = "SELECT pg_try_advisory_lock(%s)"
    assert other.execute(asked, [sequencing.LEADER]).fetchone() == (False,)
    sequencing.connections[sequencing.ALIAS].close()
    assert other.execute("SELECT pg_advisory_lock(%s) IS NULL", [sequencing.LEADER])
    assert not Sequencer(worker.signer).lead()


def test_a_worker_that_was_taken_for_dead_cannot_fork_the_tree(
    worker: Sequencer, connect: Callable[[str], Connection]
) -> None:
    """Should two ever lead, the keys of the tables refuse the one that comes second."""
    sequence(worker)
    other = connect("sequencer")
    batch = [2, 0, "3", 1, False]
    other.execute("BEGIN")
    other.execute(sequencing.BATCH, batch)
    late = connect("sequencer")
    late.execute("SET lock_timeout = '100ms'")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        late.execute(sequencing.BATCH, batch)
    other.execute("ROLLBACK")


def test_after_a_move_what_is_missing_is_found_whatever_its_transaction(
    worker: Sequencer,
    entered: Callable[[int], list[Entered]],
    superuser_connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A database that was dumped and loaded elsewhere counts its transactions anew."""
    first = entered(3)
    sequence(worker)
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute(
        "UPDATE sealing_batch SET system_identifier = 7, watermark = '900000000000'"
    )
    second = entered(3)
    monkeypatch.setattr(sequencing, "ENTRIES_A_BATCH", 2)
    settle()
    assert [worker.batch() for _ in range(3)] == [True, False, False]
    third = entered(1)
    sequence(worker)
    assert [entry for _, entry, _ in leaves(superuser_connection)] == [
        one.id for one in first + second + third
    ]
    marked = superuser_connection.execute(
        "SELECT size, reconciled, system_identifier = 7 FROM sealing_batch ORDER BY number"
    )
    assert marked.fetchall()[-3:] == [(5, True, True), (6, True, False), (7, False, False)]


def test_when_two_hashers_disagree_nothing_is_sequenced(
    worker: Sequencer,
    entered: Callable[[int], list[Entered]],
    monkeypatch: pytest.MonkeyPatch,
    superuser_connection: Connection,
) -> None:
    """One flipped bit in memory would otherwise be in the tree for ever."""
    true = merkle.leaf_hash
    bad = entered(2)[1]
    monkeypatch.setattr(
        merkle, "leaf_hash", lambda body: true(body + b" " * (str(bad.id).encode() in body))
    )
    with pytest.raises(Corrupt, match=str(bad.id)):
        sequence(worker)
    assert leaves(superuser_connection) == []
    monkeypatch.undo()
    sequence(worker)
    assert len(leaves(superuser_connection)) == 2


class TestTheSignerRefuses:
    """What a superuser could do to the tree, seen by the one who signs."""

    @pytest.fixture
    def signed(self, worker: Sequencer, entered: Callable[[int], list[Entered]]) -> Sequencer:
        entered(7)
        sequence(worker)
        sequencing.connections[sequencing.ALIAS].close()
        return worker

    @pytest.fixture
    def above(self, superuser_connection: Connection) -> Connection:
        superuser_connection.execute("SET session_replication_role = replica")
        return superuser_connection

    def test_a_smaller_tree(self, signed: Sequencer, above: Connection) -> None:
        """An older backup that was put back."""
        above.execute("DELETE FROM sealing_leaf WHERE index >= 5")
        above.execute("DELETE FROM sealing_node WHERE (index + 1) << level > 5")
        above.execute("DELETE FROM sealing_checkpoint")
        above.execute("UPDATE sealing_batch SET size = 5")
        with pytest.raises(Refused, match="missing from its end"):
            Sequencer(signed.signer).lead()

    def test_another_history(self, signed: Sequencer, above: Connection) -> None:
        """A tree that was rebuilt over other leaves, and has grown since."""
        above.execute("UPDATE sealing_leaf SET leaf_hash = sha256('other') WHERE index = 6")
        with pytest.raises(Refused, match="history was changed"):
            Sequencer(signed.signer).lead()

    def test_a_tree_changed_while_it_leads(
        self, signed: Sequencer, above: Connection, entered: Callable[[int], list[Entered]]
    ) -> None:
        assert signed.lead()
        above.execute(
            "UPDATE sealing_node SET hash = sha256('other') WHERE level = 2 AND index = 0"
        )
        entered(3)
        with pytest.raises(Refused, match="history was changed"):
            sequence(signed)
        assert tree.latest_checkpoint().checkpoint.size == 7

    def test_when_its_memory_is_gone(self, signed: Sequencer) -> None:
        signed.signer.path.unlink()
        with pytest.raises(Refused, match="memory is gone"):
            Sequencer(signed.signer).lead()

    @pytest.mark.parametrize("spoilt", ["", "nonsense\n\n", "first letter"])
    def test_when_its_memory_was_written_by_another(self, signed: Sequencer, spoilt: str) -> None:
        text = signed.signer.path.read_text()
        signed.signer.path.write_text(
            text.replace("\n7\n", "\n6\n") if spoilt == "first letter" else spoilt
        )
        with pytest.raises(Refused, match="memory"):
            Sequencer(signed.signer).lead()

    def test_under_another_name(self, signed: Sequencer, settings: Any) -> None:
        settings.REGISTRY_LOG_ORIGIN = "log.example/2"
        with pytest.raises(Refused, match="memory"):
            Sequencer(signer.signer()).lead()

    def test_a_log_that_begins_anew_under_a_new_name_is_signed(
        self, signed: Sequencer, settings: Any
    ) -> None:
        """The way out when entries are lost for good: the old memory is kept aside as evidence."""
        settings.REGISTRY_LOG_ORIGIN = "log.example/2"
        signed.signer.path.rename(signed.signer.path.with_suffix(".lost"))
        anew = Sequencer(signer.signer())
        assert anew.lead()
        sequence(anew)
        assert tree.latest_checkpoint().checkpoint.origin == "log.example/2"

    def test_killed_between_memory_and_publication_it_says_the_same_again(
        self, signed: Sequencer, above: Connection
    ) -> None:
        note = tree.latest_checkpoint().note
        above.execute("DELETE FROM sealing_checkpoint")
        again = Sequencer(signed.signer)
        assert again.lead()
        again.step()
        assert tree.latest_checkpoint().note == note


def test_proofs_for_who_asks_as_the_application(
    worker: Sequencer, entered: Callable[[int], list[Entered]]
) -> None:
    made = entered(6)
    with pytest.raises(tree.NotInTree):
        tree.inclusion_proof(made[0].id)
    sequence(worker)
    old = tree.latest_checkpoint().checkpoint
    made += entered(7)
    sequence(worker)
    head = tree.latest_checkpoint().checkpoint
    for entry in made:
        found = tree.inclusion_proof(entry.id)
        assert found.leaf_hash == entry.leaf_hash
        assert found.head.checkpoint == head
        assert merkle.is_included(
            found.leaf_hash, index=found.index, size=head.size, proof=found.proof, root=head.root
        )
    assert merkle.is_consistent(
        first=old.size,
        second=head.size,
        first_root=old.root,
        second_root=head.root,
        proof=tree.consistency_proof(old.size, head.size),
    )
    for sizes in [(0, 14), (5, 4), (-1, 3)]:
        with pytest.raises(tree.NotInTree):
            tree.consistency_proof(*sizes)
    with pytest.raises(tree.NotInTree):
        tree.inclusion_proof(lookup(new_subject()).id)
