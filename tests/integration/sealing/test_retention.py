"""A month is dropped by an order; what is left is proved all the same, and what was never ordered counts as removed."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from sealing import dropping, log_export, log_verification, retention, retention_guards, verify
from sealing import orders as order_notes
from sealing.audit_log import Entry, Kind, Outcome, enter_alone
from sealing.dropping import Refused
from sealing.exported import Exported
from sealing.findings import Wrong
from sealing.models import DropProposal
from sealing.sequencing import Sequencer
from tests.database import TestDatabase
from tests.exported_logs import KEY as FOREIGN_KEY
from tests.integration.sealing.dropping import (  # noqa: F401 - fixtures
    ENTRIES,
    Connection,
    fixture_dropped,
    fixture_in_english,
    fixture_old,
    fixture_ordered,
    hand,
)

from .conftest import sequence
from .old_months import (
    APPROVER,
    OLD,
    OPERATOR,
    PROPOSER,
    as_owner,
    part,
    proposed,
    ripen,
    set_term,
)


def inside(worker: Sequencer) -> list[tuple[int, Wrong]]:
    """Return what verifying in the database finds."""
    found = log_verification.verify(worker.signer, on_progress=lambda *_: None).findings
    return [(one.index, one.wrong) for one in found]


def alone(worker: Sequencer, folder: Path) -> verify.Report:
    """Return what the verifier that stands alone reports on an export of now."""
    log_export.export(folder, on_progress=lambda *_: None)
    return verify.verify(Exported.open(folder), keys=worker.signer.keys)


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


def test_the_start_up_check_knows_dropped_months(dropped: DropProposal) -> None:
    """The months after 1990 never had a partition in this made-up log; the dropped one is not among the missing."""
    said = [str(one.msg) for one in retention_guards.no_month_gone()]
    assert not [words for words in said if OLD in words]
    assert "1990-02 of the audit log is gone, and no order says so." in said
    assert list(retention_guards.orders_kept()) == []


def test_a_log_from_its_beginning_misses_no_month(db: None) -> None:
    enter_alone(Entry(kind=Kind.SEARCH, outcome=Outcome.DONE, official="A1"))
    assert list(retention_guards.no_month_gone()) == []
