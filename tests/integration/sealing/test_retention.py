"""The oldest month is dropped under an order of two accounts and in no other way; what is gone is told, and proved."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from psycopg import errors

from sealing import dropping, log_export, log_verification, retention, retention_guards, verify
from sealing import orders as order_notes
from sealing.audit_log import INSERT, Entered, Entry, Kind, Outcome, enter_alone, row
from sealing.dropping import Refused
from sealing.exported import Exported
from sealing.findings import Wrong
from sealing.models import DropProposal
from sealing.orders import Order
from sealing.retention import NotDroppable
from sealing.sequencing import Sequencer
from tests.database import TestDatabase
from tests.exported_logs import KEY as FOREIGN_KEY

from .conftest import sequence
from .old_months import (
    APPROVER,
    OLD,
    OPERATOR,
    PROPOSER,
    WORDS,
    as_owner,
    enter_old,
    part,
    prepare,
    proposed,
    removed_afterwards,
    ripen,
    set_term,
)

Connection = psycopg.Connection[Any]
ENTRIES = 5
HEX = "0" * 64


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def old(
    worker: Sequencer,
    owner_connection: Connection,
    superuser_connection: Connection,
    entered: Callable[[int], list[Entered]],
) -> Iterator[None]:
    """Make a log with a month of 1990 and one of today, sequenced and signed; no term is set."""
    prepare(owner_connection, OLD)
    enter_old(superuser_connection, OLD, ENTRIES)
    sequence(worker)
    entered(3)
    sequence(worker)
    yield
    removed_afterwards(superuser_connection)()


@pytest.fixture
def ordered(
    old: None,
    owner_connection: Connection,
    superuser_connection: Connection,
    worker: Sequencer,
    tmp_path: Path,
) -> tuple[DropProposal, Path]:
    """Return an order that can be carried out, and its archive."""
    set_term(owner_connection)
    made, archive = proposed(tmp_path / "archive")
    retention.approve(made, by=APPROVER)
    ripen(superuser_connection, worker)
    return made, archive


@pytest.fixture
def dropped(
    ordered: tuple[DropProposal, Path], database: TestDatabase, worker: Sequencer
) -> DropProposal:
    """Return an order that was carried out; everything is sequenced."""
    made, archive = ordered
    with as_owner(database):
        assert dropping.drop(made.pk, archive=archive, by=OPERATOR) == OLD
    sequence(worker)
    return made


def inside(worker: Sequencer) -> list[tuple[int, Wrong]]:
    """Return what verifying in the database finds."""
    found = log_verification.verify(worker.signer, on_progress=lambda *_: None).findings
    return [(one.index, one.wrong) for one in found]


def alone(worker: Sequencer, folder: Path) -> verify.Report:
    """Return what the verifier that stands alone reports on an export of now."""
    log_export.export(folder, on_progress=lambda *_: None)
    return verify.verify(Exported.open(folder), keys=worker.signer.keys)


def hand(owner: Connection, order: DropProposal) -> None:
    """Call the function as the owner can by hand, with an entry of its own."""
    said = {"act": "dropped", "order": str(order.pk)}
    entry = Entry(kind=Kind.RETENTION, outcome=Outcome.DONE, official=OPERATOR, details=said)
    with owner.transaction():
        owner.execute(INSERT, row(entry))
        owner.execute("SELECT sealing_drop_month(%s, %s, %s)", [order.pk, OPERATOR, entry.id])


def test_a_dropped_month_is_gone_and_the_rest_is_proved_all_the_same(
    dropped: DropProposal,
    worker: Sequencer,
    superuser_connection: Connection,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert superuser_connection.execute(
        f"SELECT to_regclass('{part(OLD)}'), (SELECT count(*) FROM sealing_leaf WHERE index < {ENTRIES})"
    ).fetchone() == (None, ENTRIES)
    assert inside(worker) == []
    report = alone(worker, tmp_path / "out")
    assert report.findings == []
    assert report.trusted == report.size
    [told] = report.not_covered
    assert f"5 entries of {OLD} (0 to 4) were dropped under order {dropped.pk}" in told
    call_command("verify_log")
    assert verify.main([str(tmp_path / "out")]) == verify.SOUND
    said = capsys.readouterr().out
    assert f"5 entries of {OLD} were dropped under the order {dropped.pk}: not covered." in said
    assert "every entry that was not dropped is the one that was signed" in said


def test_all_three_acts_are_in_the_log_with_who_did_them(
    dropped: DropProposal, superuser_connection: Connection
) -> None:
    rows = superuser_connection.execute(
        "SELECT official, body FROM sealing_auditentry WHERE kind = 'retention' ORDER BY id"
    ).fetchall()
    acts = [(by, json.loads(body)["details"]["act"]) for by, body in rows]
    assert acts == [
        (PROPOSER, "drop_proposed"),
        (APPROVER, "drop_approved"),
        (OPERATOR, "dropped"),
    ]
    note = json.loads(rows[1][1])["details"]["note"]
    order = retention.true_order(note)
    assert (order.entries, order.proposed_by, order.approved_by) == (ENTRIES, PROPOSER, APPROVER)


def test_an_order_vouches_for_its_own_entries_only(
    dropped: DropProposal, worker: Sequencer, superuser_connection: Connection, tmp_path: Path
) -> None:
    """Who deletes another entry and says in the tree that it was of the dropped month is found."""
    above = superuser_connection
    above.execute("SET session_replication_role = replica")
    above.execute(
        "DELETE FROM sealing_auditentry WHERE id = (SELECT entry FROM sealing_leaf WHERE index = 6)"
    )
    assert inside(worker)[0] == (6, Wrong.REMOVED)
    first, _following = retention.month_keys(OLD)
    above.execute("UPDATE sealing_leaf SET entry = %s WHERE index = 6", [first])
    assert (0, Wrong.REMOVED) in inside(worker)
    assert Wrong.REMOVED in {one.wrong for one in alone(worker, tmp_path / "out").findings}


def test_a_month_that_is_gone_without_an_order_was_removed(
    old: None, worker: Sequencer, owner_connection: Connection, tmp_path: Path
) -> None:
    owner_connection.execute(f"DROP TABLE {part(OLD)}")
    assert inside(worker)[:ENTRIES] == [(index, Wrong.REMOVED) for index in range(ENTRIES)]
    assert alone(worker, tmp_path / "out").findings[0].index == 0
    gone = [str(one.msg) for one in retention_guards.no_month_gone()]
    assert f"{OLD} of the audit log is gone, and no order says so." in gone


def test_a_line_that_only_says_dropped_was_removed(
    old: None, worker: Sequencer, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    log_export.export(folder, on_progress=lambda *_: None)
    lines = [json.loads(line) for line in (folder / "entries.jsonl").read_text().splitlines()]
    lines[2]["dropped"] = True
    del lines[2]["body"]
    (folder / "entries.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    [found] = verify.verify(Exported.open(folder), keys=worker.signer.keys).findings
    assert (found.index, found.wrong) == (2, Wrong.REMOVED)


def test_an_order_signed_with_another_key_is_not_carried_out_and_not_believed(
    old: None,
    database: TestDatabase,
    owner_connection: Connection,
    superuser_connection: Connection,
    worker: Sequencer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database cannot check signatures: whoever calls its function by hand leaves a month that was removed."""
    set_term(owner_connection)
    made, archive = proposed(tmp_path / "archive")
    plain = order_notes.signed
    monkeypatch.setattr(retention.orders, "signed", lambda order, _key: plain(order, FOREIGN_KEY))
    retention.approve(made, by=APPROVER)
    ripen(superuser_connection, worker)
    with as_owner(database), pytest.raises(Refused, match="No known key"):
        dropping.drop(made.pk, archive=archive, by=OPERATOR)
    hand(owner_connection, made)
    sequence(worker)
    assert inside(worker)[:2] == [(0, Wrong.REMOVED), (0, Wrong.SIGNATURE)]
    assert {one.wrong for one in alone(worker, tmp_path / "out").findings} == {
        Wrong.REMOVED,
        Wrong.SIGNATURE,
    }


def test_an_order_that_the_superuser_writes_himself_is_not_believed(
    old: None, superuser_connection: Connection, worker: Sequencer
) -> None:
    above = superuser_connection
    above.execute("SET session_replication_role = replica")
    above.execute(
        "INSERT INTO sealing_dropped VALUES ('1990-01-01', gen_random_uuid(), 'X', gen_random_uuid())"
    )
    above.execute(f"DROP TABLE {part(OLD)}")
    assert inside(worker)[0] == (0, Wrong.REMOVED)
    assert (0, Wrong.SIGNATURE) in inside(worker)


@pytest.mark.parametrize("role", ["app", "auditor", "sequencer", "keeper"])
def test_nobody_but_the_owner_calls_the_function(
    ordered: tuple[DropProposal, Path], connect: Callable[[str], Connection], role: str
) -> None:
    for call in (
        "SELECT sealing_drop_month(%s, 'X', gen_random_uuid())",
        "INSERT INTO sealing_dropped (proposal, dropped_by, entry) VALUES (%s, 'X', gen_random_uuid())",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            connect(role).execute(call, [ordered[0].pk])
    with pytest.raises(errors.InsufficientPrivilege):
        connect(role).execute(f"DROP TABLE {part(OLD)}")


def test_the_owner_drops_nothing_without_an_order_or_an_entry(
    ordered: tuple[DropProposal, Path], owner_connection: Connection
) -> None:
    call = "SELECT sealing_drop_month(%s, 'X', gen_random_uuid())"
    with pytest.raises(errors.InsufficientPrivilege, match="no order"):
        owner_connection.execute(call, [str(ordered[0].entry)])
    with pytest.raises(errors.InsufficientPrivilege, match="without an entry"):
        owner_connection.execute(call, [ordered[0].pk])


def younger(above: Connection, owner: Connection, made: DropProposal) -> None:
    above.execute("UPDATE sealing_dropdecision SET at = clock_timestamp() - interval '6 days'")


def no_term(above: Connection, owner: Connection, made: DropProposal) -> None:
    above.execute("DELETE FROM sealing_term")


def a_longer_term(above: Connection, owner: Connection, made: DropProposal) -> None:
    owner.execute("INSERT INTO sealing_term VALUES (2, 90, 'another rule')")


def one_account(above: Connection, owner: Connection, made: DropProposal) -> None:
    above.execute("UPDATE sealing_dropdecision SET decided_by = %s", [PROPOSER])


def refused(above: Connection, owner: Connection, made: DropProposal) -> None:
    above.execute("UPDATE sealing_dropdecision SET approved = false, note = ''")


def one_more_entry(above: Connection, owner: Connection, made: DropProposal) -> None:
    enter_old(above, OLD)


def one_entry_less(above: Connection, owner: Connection, made: DropProposal) -> None:
    above.execute(
        "DELETE FROM sealing_auditentry WHERE id = (SELECT entry FROM sealing_leaf WHERE index = 2)"
    )


def an_older_month(above: Connection, owner: Connection, made: DropProposal) -> None:
    prepare(owner, "1989-12")


def not_signed(above: Connection, owner: Connection, made: DropProposal) -> None:
    above.execute("DELETE FROM sealing_leaf WHERE entry = (SELECT entry FROM sealing_dropdecision)")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (younger, "younger than seven days"),
        (no_term, "without end"),
        (a_longer_term, "younger than the term"),
        (one_account, "two accounts"),
        (refused, "two accounts"),
        (one_more_entry, "not every entry"),
        (one_entry_less, "not about these entries"),
        (an_older_month, "not the oldest"),
        (not_signed, "not under a checkpoint"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_the_database_refuses_by_itself(
    ordered: tuple[DropProposal, Path],
    superuser_connection: Connection,
    owner_connection: Connection,
    spoil: Callable[..., None],
    why: str,
) -> None:
    """Called by hand as the owner, with nothing of the site in between."""
    superuser_connection.execute("SET session_replication_role = replica")
    spoil(superuser_connection, owner_connection, ordered[0])
    with pytest.raises(errors.InsufficientPrivilege, match=why):
        hand(owner_connection, ordered[0])
    assert superuser_connection.execute(f"SELECT to_regclass('{part(OLD)}')").fetchone()[0]


def test_nothing_is_dropped_without_its_archive(
    ordered: tuple[DropProposal, Path],
    database: TestDatabase,
    superuser_connection: Connection,
    tmp_path: Path,
) -> None:
    made, archive = ordered
    shorter = tmp_path / "shorter"
    shorter.write_bytes(b"".join(archive.read_bytes().splitlines(keepends=True)[:-1]))
    for wrong in (shorter, tmp_path / "none"):
        with as_owner(database), pytest.raises(CommandError, match="The archive"):
            call_command("drop_month", str(made.pk), archive=wrong, by=OPERATOR)
    assert superuser_connection.execute(f"SELECT to_regclass('{part(OLD)}')").fetchone()[0]
    with as_owner(database):
        call_command("drop_month", str(made.pk), archive=archive, by=OPERATOR)
    assert superuser_connection.execute(f"SELECT to_regclass('{part(OLD)}')").fetchone()[0] is None


def test_whoever_proposes_does_not_decide(
    old: None, owner_connection: Connection, app_connection: Connection, tmp_path: Path
) -> None:
    set_term(owner_connection)
    made, _archive = proposed(tmp_path)
    with pytest.raises(NotDroppable, match="same_account"):
        retention.approve(made, by=PROPOSER)
    into = "INSERT INTO sealing_dropdecision (proposal, approved, note, decided_by, entry)"
    with pytest.raises(errors.InsufficientPrivilege, match="does not decide"):
        app_connection.execute(
            f"{into} VALUES (%s, true, 'x', %s, %s)", [made.pk, PROPOSER, made.entry]
        )
    with pytest.raises(errors.InsufficientPrivilege, match="without its entry"):
        app_connection.execute(f"{into} VALUES (%s, true, 'x', 'X', %s)", [made.pk, made.entry])
    retention.refuse(made, by=APPROVER)
    with pytest.raises(NotDroppable, match="decided"):
        retention.approve(made, by=APPROVER)


def test_an_order_says_what_was_proposed(
    old: None, owner_connection: Connection, app_connection: Connection, tmp_path: Path
) -> None:
    """The application cannot make an order about something else than what the auditor proposed."""
    set_term(owner_connection)
    made, _archive = proposed(tmp_path)
    other = Order(**{**made.document, "entries": 4}, approved_by="X")
    said = {"act": "drop_approved", "order": str(made.pk)}
    entry = Entry(kind=Kind.RETENTION, outcome=Outcome.DONE, official="X", details=said)
    with app_connection.transaction():
        app_connection.execute(INSERT, row(entry))
        with (
            pytest.raises(errors.CheckViolation, match="not what was"),
            app_connection.transaction(),
        ):
            app_connection.execute(
                "INSERT INTO sealing_dropdecision (proposal, approved, note, decided_by, entry)"
                " VALUES (%s, true, %s, 'X', %s)",
                [made.pk, other.text(), entry.id],
            )


def test_what_cannot_be_proposed(
    old: None,
    owner_connection: Connection,
    superuser_connection: Connection,
    worker: Sequencer,
    tmp_path: Path,
) -> None:
    def refusal() -> str:
        with pytest.raises(NotDroppable) as caught:
            retention.propose(archive=HEX, by=PROPOSER, **WORDS)
        return caught.value.code

    assert refusal() == "no_term"
    owner_connection.execute("INSERT INTO sealing_term VALUES (1, 90, 'a made-up rule')")
    assert refusal() == "too_young"
    owner_connection.execute("INSERT INTO sealing_term VALUES (2, 30, 'a made-up rule')")
    enter_old(superuser_connection, OLD)
    assert refusal() == "not_sequenced"
    sequence(worker)
    proposed(tmp_path)
    assert refusal() == "standing"


def test_the_term_is_the_owners_and_not_below_thirty_years(
    db: None, owner_connection: Connection, connect: Callable[[str], Connection]
) -> None:
    with pytest.raises(errors.CheckViolation):
        set_term(owner_connection, years=29)
    for role in ("app", "auditor", "sequencer", "keeper"):
        with pytest.raises(errors.InsufficientPrivilege):
            set_term(connect(role))


@pytest.mark.parametrize(
    "table", ["sealing_term", "sealing_dropproposal", "sealing_dropdecision", "sealing_dropped"]
)
def test_orders_are_never_changed_or_removed(
    dropped: DropProposal, connect: Callable[[str], Connection], table: str
) -> None:
    for role in ("app", "owner", "auditor", "bootstrap"):
        for act in (
            f"UPDATE {table} SET at = at",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connect(role).execute(act)


def test_the_start_up_check_knows_dropped_months(dropped: DropProposal) -> None:
    """The months after 1990 never had a partition in this made-up log; the dropped one is not among the missing."""
    said = [str(one.msg) for one in retention_guards.no_month_gone()]
    assert not [words for words in said if OLD in words]
    assert "1990-02 of the audit log is gone, and no order says so." in said
    assert list(retention_guards.orders_kept()) == []


def test_a_log_from_its_beginning_misses_no_month(db: None) -> None:
    enter_alone(Entry(kind=Kind.SEARCH, outcome=Outcome.DONE, official="A1"))
    assert list(retention_guards.no_month_gone()) == []
