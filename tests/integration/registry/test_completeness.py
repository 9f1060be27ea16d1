"""Completeness: every filing notes its number, gaps are found by number, and a day is stated and signed."""

import base64
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from django.utils.translation import override
from psycopg import errors

from registry import drafting, filing
from registry.completeness import Gap, board, state_issued
from registry.filing import Refused, file_record
from registry.officers import Officer
from registry.statement import canonical, is_ours, is_whole, signed, statement
from sealing import signature
from sealing.audit_log import NotEntered
from sealing.sequencing import Sequencer
from sealing.signer import signer
from sealing.tree import latest_checkpoint
from tests.integration.registry.conftest import cells, decision, id_number

ORGAN = "110105000000"
SERIES = "京公朝行罚决字"
YEAR = 2026

File = Callable[..., Any]


def number(sequence: int) -> str:
    return f"{SERIES}〔{YEAR}〕{sequence:05}号"


@pytest.fixture
def file(clerk: Officer, verifier: Officer) -> File:
    """Return a function that keys in a decision, submits it and files it."""

    def filed(**changes: str) -> Any:
        draft = drafting.save_draft(row=decision(**changes), by=clerk)
        drafting.submit(draft=draft, by=clerk)
        return file_record(draft=draft, by=verifier)

    return filed


def issued(by: Officer, *, first: int = 1, last: int) -> None:
    state_issued(series=SERIES, year=YEAR, first=first, last=last, by=by)


def imported(tmp_path: Path, *rows: dict[str, str]) -> None:
    text = ["\t".join(rows[0])] + ["\t".join(row.values()) for row in rows]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(line.replace("\t", ",") for line in text), encoding="utf-8")
    call_command("import_records", str(path))


def test_what_was_issued_and_not_filed_is_found_by_number(file: File, verifier: Officer) -> None:
    for sequence in (1, 2, 5, 9):
        file(decision_number=number(sequence))
    issued(verifier, last=8)
    (series,) = board(organ=ORGAN).series
    assert (series.issued, series.filed, series.missing, series.outside) == (8, 3, 5, 1)
    assert series.gaps == (Gap(3, 4), Gap(6, 8))
    assert [str(gap) for gap in (*series.gaps, Gap(7, 7))] == ["3–4", "6–8", "7"]
    for sequence in (3, 4, 6, 7, 8):
        file(decision_number=number(sequence))
    whole = board(organ=ORGAN)
    assert (whole.issued, whole.filed, whole.missing) == (8, 8, 0)


def test_drafts_and_refused_filings_are_not_filed_numbers(
    file: File, clerk: Officer, verifier: Officer
) -> None:
    issued(verifier, last=2)
    draft = drafting.save_draft(row=decision(decision_number=number(1)), by=clerk)
    drafting.submit(draft=draft, by=clerk)
    assert board(organ=ORGAN).missing == 2
    file(decision_number=number(2))
    with pytest.raises(Refused):
        file(decision_number=number(2))
    assert board(organ=ORGAN).series[0].gaps == (Gap(1, 1),)


def test_a_number_is_noted_with_its_record_or_not_at_all(
    file: File, verifier: Officer, on_file: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(draft: Any) -> None:
        raise RuntimeError("the power fails")

    issued(verifier, last=1)
    monkeypatch.setattr(filing, "release", stopped)
    with pytest.raises(RuntimeError):
        file(decision_number=number(1))
    assert (on_file(), board(organ=ORGAN).missing) == (0, 1)


def test_several_persons_and_acts_of_one_decision_are_one_number(
    file: File, verifier: Officer
) -> None:
    issued(verifier, last=1)
    file(decision_number=number(1))
    file(decision_number=number(1), offence_code="PSL2025-026-1-2")
    file(decision_number=f"{SERIES}[{YEAR}]1号", id_number=id_number("11010519900307103"))
    (series,) = board(organ=ORGAN).series
    assert (series.filed, series.outside, series.gaps) == (1, 0, ())


def test_an_import_notes_its_numbers_and_counts_unusual_ones_apart(
    tmp_path: Path, verifier: Officer
) -> None:
    imported(
        tmp_path,
        cells(decision_number=number(1)),
        cells(decision_number=number(3)),
        cells(decision_number="样例7号"),
        cells(decision_number="样例7号", id_number=id_number("11010519900307103")),
    )
    issued(verifier, last=3)
    there = board(organ=ORGAN)
    assert (there.series[0].gaps, there.odd) == ((Gap(2, 2),), 1)


def test_another_organ_sees_nothing_of_it_and_its_numbers_fill_no_gap(
    file: File, verifier: Officer, tmp_path: Path
) -> None:
    imported(tmp_path, cells(decision_number=number(1), organ_code="310115000000"))
    issued(verifier, last=1)
    assert board(organ=ORGAN).missing == 1
    (other,) = board(organ="310115000000").series
    assert (other.first, other.issued, other.outside) == (None, 0, 1)
    assert len(board().series) == 2


def test_only_a_verifying_officer_states_and_only_for_his_organ_and_the_log_knows(
    clerk: Officer, verifier: Officer, superuser_connection: Any
) -> None:
    with pytest.raises(PermissionDenied):
        issued(clerk, last=9)
    assert board().series == []
    issued(verifier, last=9)
    issued(verifier, last=4)
    assert board().series[0].last == 4
    found = superuser_connection.execute(
        "SELECT official, outcome, body FROM sealing_auditentry WHERE kind = 'filing' ORDER BY id"
    ).fetchall()
    assert [(official, outcome) for official, outcome, _ in found] == [("P200", "done")] * 2
    assert json.loads(bytes(found[1][2]))["details"] == {
        "organ": ORGAN,
        "series": SERIES,
        "year": YEAR,
        "issued_first": 1,
        "issued_last": 4,
    }


def test_nothing_is_stated_when_the_log_cannot_be_written(
    verifier: Officer, log_refuses: None
) -> None:
    with pytest.raises(NotEntered):
        issued(verifier, last=9)
    assert board().series == []


@pytest.mark.parametrize("table", ["filednumber", "oddnumber", "issuedrange"])
@pytest.mark.parametrize("act", ["UPDATE {} SET year = 2025", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("role", ["app", "owner", "auditor"])
def test_what_was_noted_or_stated_is_not_changed_or_removed(
    file: File, verifier: Officer, connect: Callable[[str], Any], table: str, act: str, role: str
) -> None:
    file(decision_number=number(1))
    file(decision_number="样例1号")
    issued(verifier, last=1)
    with pytest.raises(errors.InsufficientPrivilege):
        connect(role).execute(act.format(f"registry_{table}"))


@pytest.mark.parametrize("column", ["xmin", "ctid", "tableoid"])
def test_nothing_leads_an_auditor_from_a_number_to_the_log(
    file: File, auditor_connection: Any, column: str
) -> None:
    file(decision_number=number(1))
    assert auditor_connection.execute("SELECT sequence FROM registry_filednumber").fetchall()
    with pytest.raises(errors.InsufficientPrivilege):
        auditor_connection.execute(f"SELECT {column} FROM registry_filednumber")


def test_the_tables_hold_no_person_and_no_time(file: File, superuser_connection: Any) -> None:
    file(decision_number=number(1))
    file(decision_number="张三样例1号")
    text = str(
        [
            superuser_connection.execute(f"SELECT * FROM registry_{table}").fetchall()
            for table in ("filednumber", "oddnumber")
        ]
    )
    assert "datetime.date(" in text
    assert "datetime.datetime(" not in text
    for name in ("name", "id_number", "address"):
        assert cells()[name] not in text
    assert "张三" not in text


def test_a_statement_says_that_all_that_was_filed_is_sealed(
    file: File, verifier: Officer, tmp_path: Path
) -> None:
    issued(verifier, last=3)
    file(decision_number=number(1))
    imported(tmp_path, cells(decision_number=number(2)), cells(decision_number="样例7号"))
    stated = statement(day=timezone.localdate())
    assert (stated["filed"], stated["sealed"], stated["sealed_without_entry"]) == (3, 3, 0)
    assert (stated["numbers"][0]["gaps"], stated["numbers_of_unusual_form"]) == ([[3, 3]], 1)
    assert not is_whole(stated)
    assert statement(day=timezone.localdate(), organ="310115000000")["filed"] == 0
    file(decision_number=number(3))
    assert is_whole(statement(day=timezone.localdate(), organ=ORGAN))
    yesterday = statement(day=timezone.localdate() - timedelta(days=1))
    assert (yesterday["filed"], yesterday["numbers"], yesterday["log"]["entries"]) == (0, [], 0)


def test_the_state_of_the_log_is_that_of_its_rows(file: File, superuser_connection: Any) -> None:
    file(decision_number=number(1))
    found = superuser_connection.execute(
        "SELECT id, leaf_hash, (SELECT count(*) FROM sealing_auditentry) FROM sealing_auditentry"
        " ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert statement(day=timezone.localdate())["log"] == {
        "last_entry": str(found[0]),
        "last_leaf_hash": bytes(found[1]).hex(),
        "checkpoint": None,
        "cosigned": None,
        "entries": found[2],
    }


def test_a_record_sealed_behind_the_logs_back_is_stated(
    file: File, superuser_connection: Any
) -> None:
    file(decision_number=number(1))
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute("UPDATE registry_violationrecord SET entry = id")
    superuser_connection.execute("RESET session_replication_role")
    stated = statement(day=timezone.localdate())
    assert (stated["filed"], stated["sealed"], stated["sealed_without_entry"]) == (1, 0, 1)
    assert not is_whole(stated)


def test_a_signed_statement_is_verified_and_a_changed_one_is_not(
    file: File, verifier: Officer
) -> None:
    issued(verifier, last=2)
    file(decision_number=number(1))
    stated = statement(day=timezone.localdate())
    document, key = signed(stated), signature.public_key(signature.key_id())
    assert is_ours(document, public_key=key)
    assert signed(statement(day=timezone.localdate())) == document
    for old, new in (('"filed":1,"filed_outside"', '"filed":2,"filed_outside"'), ("[2,2]", "[]")):
        assert old in document
        assert not is_ours(document.replace(old, new), public_key=key)
    assert not is_ours(document, public_key=bytes(32))
    elsewhere = signature.sign("another kind of paper", canonical(stated))
    forged = json.loads(document) | {"signature": base64.b64encode(elsewhere).decode()}
    assert not is_ours(json.dumps(forged), public_key=key)
    for nonsense in ("", "[]", "{}", '{"signature": "!", "statement": 1}'):
        assert not is_ours(nonsense, public_key=key)


def test_the_command_prints_it_and_its_exit_code_tells(
    file: File, verifier: Officer, capsys: pytest.CaptureFixture[str]
) -> None:
    file(decision_number=number(1))
    with override("zh-hans"):
        call_command("statement")
    out, told = capsys.readouterr()
    assert is_ours(out, public_key=signature.public_key(1))
    assert "1 个在档文号未申报为已发" in told
    issued(verifier, last=2)
    with override("zh-hans"), pytest.raises(SystemExit) as left:
        call_command("statement", "--day", timezone.localdate().isoformat())
    assert left.value.code == 1
    second, told = capsys.readouterr()
    assert json.loads(second)["statement"]["numbers"][0]["gaps"] == [[2, 2]]
    assert "未申报" not in told
    for text in (second, out):
        assert cells()["name"] not in text


def test_there_is_no_statement_of_a_day_to_come(db: None) -> None:
    with pytest.raises(ValueError, match="day to come"):
        statement(day=timezone.localdate() + timedelta(days=1))


def test_auditors_read_the_same_statement_under_their_own_role(
    file: File, verifier: Officer
) -> None:
    issued(verifier, last=2)
    file(decision_number=number(1))
    today = timezone.localdate()
    assert statement(day=today, alias="audit") == statement(day=today)
    with connections["audit"].cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("registry_auditor",)


def test_the_last_checkpoint_of_the_day_is_stated_and_no_later_one(
    file: File, superuser_connection: Any, settings: Any, tmp_path: Any
) -> None:
    file(decision_number=number(1))
    settings.REGISTRY_SIGNER_STATE = tmp_path / "signer.note"
    worker = Sequencer(signer())
    assert worker.lead()
    worker.step()
    head = latest_checkpoint()
    today = timezone.localdate()
    assert statement(day=today)["log"]["checkpoint"] == {
        "origin": head.checkpoint.origin,
        "size": head.checkpoint.size,
        "root": head.checkpoint.root.hex(),
    }
    assert head.checkpoint.size > 0
    assert statement(day=today - timedelta(days=1))["log"]["checkpoint"] is None
    assert statement(day=today, alias="audit") == statement(day=today)


def test_a_day_that_is_over_is_stated_the_same_for_ever(
    file: File, verifier: Officer, superuser_connection: Any
) -> None:
    """What comes later (a filing, a statement of numbers) does not change what was stated of an earlier day."""
    day: date = timezone.localdate() - timedelta(days=1)
    before = statement(day=day)
    issued(verifier, last=2)
    file(decision_number=number(1))
    assert statement(day=day) == before
