"""One officer uploads a file, another confirms it, and it is filed as by the command."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from registry import import_runner, waiting_files
from registry.import_launch import _claimed
from registry.import_run_models import ImportRun, RunState
from registry.import_runner import work
from tests.generated_decisions import as_table, sheet_xml, write_xlsx
from tests.integration.registry.conftest import cells, sample_rows
from tests.integration.registry.test_import import expected
from tests.integration.registry.uploading import (  # noqa: F401 - fixtures
    ORGAN,
    OTHER,
    PAGE,
    checked,
    confirm,
    content,
    fixture_first,
    fixture_second,
    fixture_sign_in,
    fixture_uploads,
    key_of,
    rejects,
    sent,
    state,
    text,
)
from tests.integration.thief import found

Send = Callable[..., Any]


def own_rows() -> tuple[list[dict[str, str]], dict[int, str]]:
    """Return the sample's rows of one organ, and the codes that they are expected to get."""
    wanted = expected()
    kept = [
        (row, wanted.get(number, ""))
        for number, row in enumerate(sample_rows(), start=1)
        if row["organ_code"] == ORGAN
    ]
    codes = {number: said for number, (_, said) in enumerate(kept, start=1) if said}
    return [row for row, _ in kept], codes


def log(superuser: Any, where: str) -> list[tuple[Any, ...]]:
    query = "SELECT official, unit, convert_from(body, 'UTF8')::jsonb -> 'details' FROM sealing_auditentry"
    found: list[tuple[Any, ...]] = superuser.execute(
        f"{query} WHERE {where} ORDER BY id"
    ).fetchall()
    return found


def test_one_uploads_another_confirms_and_the_sample_gets_exactly_its_codes(
    first: Client,
    second: Client,
    on_file: Callable[..., int],
    uploads: Path,
    superuser_connection: Any,
) -> None:
    rows, codes = own_rows()
    sound = len(rows) - len(codes)
    assert codes, "the sample has rows of this organ that are rejected"
    key = key_of(sent(first, content(rows)))
    page = text(first.get(f"{PAGE}{key}/"))
    assert "being checked" in page
    assert "0 rows read." in page
    work(key)
    page = text(second.get(f"{PAGE}{key}/"))
    assert f"{sound} records will be filed in your name" in page
    assert rejects(second, key) == codes
    for code in {code for said in codes.values() for code in said.split()}:
        assert f">{code}<" in page
    assert on_file() == 0

    assert confirm(second, key).status_code == 302
    assert "being filed" in text(second.get(f"{PAGE}{key}/"))
    work(key)
    assert on_file() == sound == on_file("clerk = 'P201' AND verified_by = 'P202'")
    page = text(first.get(f"{PAGE}{key}/"))
    assert "What to do next" in page
    assert rejects(first, key) == codes
    assert list(uploads.iterdir()) == [], "the file is gone"

    acts = [
        (official, details["act"])
        for official, _, details in log(superuser_connection, "outcome = 'done'")
        if "act" in details
    ]
    assert acts == [("P201", "import_uploaded"), ("P202", "import_confirmed")]
    filed = log(superuser_connection, "outcome = 'filed'")
    assert len({details["record"] for *_, details in filed}) == sound
    assert {(o, u, d["clerk"], d["import"]) for o, u, d in filed} == {
        ("P202", ORGAN, "P201", str(key))
    }

    again = checked(first, content(rows))
    assert rejects(first, again) == codes, "a check does not tell what is on file"
    confirm(second, again)
    work(again)
    assert on_file() == sound
    assert ImportRun.objects.get(pk=again).filed == 0
    assert set(rejects(first, again)) == set(range(1, len(rows) + 1))


@pytest.mark.parametrize("kind", ["jsonl", "xlsx"])
def test_other_formats_are_told_by_their_content(
    first: Client, second: Client, on_file: Callable[..., int], tmp_path: Path, kind: str
) -> None:
    rows = [cells(), cells(decision_number="京公朝行罚决字〔2026〕90002号", fine="9999")]
    data = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    if kind == "xlsx":
        data = write_xlsx(tmp_path / "x", sheet_xml(as_table(rows))).read_bytes()
    key = checked(first, data)
    assert rejects(first, key) == {2: "fine_over_limit"}
    confirm(second, key)
    work(key)
    assert (on_file(), state(key)) == (1, "done")


def test_no_clear_byte_of_a_waiting_file_lies_anywhere_on_the_disk(
    first: Client, uploads: Path, tmp_path: Path, superuser_connection: Any, monkeypatch: Any
) -> None:
    """Everything the upload could have written: its folder, the folder for temporary files, the table."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    rows = [
        cells(decision_number=f"京公朝行罚决字〔2026〕{number}号", facts="静默事实" * 200)
        for number in range(10_000, 12_000)
    ]
    rows.append(cells(decision_number="京公朝行罚决字〔2026〕9号", fine="9999"))
    data = content(rows)
    assert len(data) > 4 * 2**20, "larger than what Django would keep in memory"
    key = checked(first, data)
    (waiting,) = uploads.iterdir()
    assert (uploads.stat().st_mode & 0o777, waiting.stat().st_mode & 0o777) == (0o700, 0o600)
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert len(written) > len(data)
    names = " ".join(path.name for path in tmp_path.rglob("*"))
    dump = str(superuser_connection.execute("TABLE registry_importrun").fetchall())
    dump += str(superuser_connection.execute("TABLE registry_rejectedrows").fetchall())
    canaries = {rows[0][name] for name in ("name", "id_number", "address", "facts")}
    canaries |= {rows[-1]["decision_number"], rows[0]["decision_number"], "端木静默", "organ_code"}
    assert found(names + dump, canaries) == set()
    assert [part for part in canaries if part.encode() in written] == []
    assert [part for part in canaries if part.encode() not in data] == ["端木静默"], "the control"
    first.post(f"{PAGE}{key}/discard/")
    assert list(uploads.iterdir()) == []


def test_a_log_that_fails_while_filing_is_gone_on_from_and_given_up_in_the_end(
    first: Client, second: Client, on_file: Callable[..., int], request: Any, capsys: Any
) -> None:
    key = checked(first, content([cells()]))
    confirm(second, key)
    request.getfixturevalue("log_refuses")
    for _attempt in range(import_runner.MOST_ATTEMPTS):
        with pytest.raises(SystemExit):
            call_command("import_runs", "--run", str(key))
        assert (state(key), on_file()) == ("filing", 0)
    assert "NotEntered" in capsys.readouterr().err
    call_command("import_runs")
    assert state(key) == "failed"
    assert "broke off too often" in text(first.get(f"{PAGE}{key}/"))


HARM: dict[str, Callable[[bytes, bytes], bytes]] = {
    "cut off between two pieces": lambda whole, _: whole[: 64 * 1024 + 32],
    "one byte": lambda whole, _: whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
    "another run's": lambda _, other: other,
    "nothing left": lambda *_: b"",
}


@pytest.mark.parametrize("harm", HARM)
def test_a_file_that_was_changed_on_disk_is_not_filed(
    first: Client, second: Client, on_file: Callable[..., int], uploads: Path, harm: str
) -> None:
    rows = [cells(decision_number=f"京公朝行罚决字〔2026〕{number}号") for number in range(1, 300)]
    key, other = checked(first, content(rows)), checked(first, content(rows))
    file = uploads / str(key)
    confirm(second, key)
    file.write_bytes(HARM[harm](file.read_bytes(), (uploads / str(other)).read_bytes()))
    work(key)
    assert (state(key), on_file()) == ("failed", 0)
    assert "changed or cut off" in text(first.get(f"{PAGE}{key}/"))


def test_what_waits_longer_than_a_day_is_discarded_and_a_filing_is_not(
    first: Client, second: Client, uploads: Path, superuser_connection: Any, monkeypatch: Any
) -> None:
    old, going = (
        checked(first, content([cells(fine="9999"), cells()])),
        checked(first, content([cells()])),
    )
    confirm(second, going)
    (uploads / "broken off").write_bytes(b"x")
    first.get(PAGE)
    assert len(list(uploads.iterdir())) == 3
    superuser_connection.execute(
        "UPDATE registry_importrun SET uploaded_at = uploaded_at - interval '2 days'"
    )
    monkeypatch.setattr(waiting_files, "KEPT_SECONDS", -1)
    first.get(PAGE)
    assert (state(old), state(going)) == ("cancelled", "filing")
    assert [path.name for path in uploads.iterdir()] == [str(going)]
    assert first.get(f"{PAGE}{old}/rejects.csv").status_code == 200
    superuser_connection.execute(
        "UPDATE registry_importrun SET ended_at = ended_at - interval '8 days'"
    )
    first.get(PAGE)
    assert first.get(f"{PAGE}{old}/rejects.csv").status_code == 404
    discarded = log(superuser_connection, "body::text <> ''")
    assert [(o, d["import"]) for o, _, d in discarded if d.get("act") == "import_discarded"] == [
        ("import", str(old))
    ]


def test_one_process_works_on_a_run_and_is_missed_when_it_is_silent(
    first: Client, superuser_connection: Any
) -> None:
    key = key_of(sent(first, content([cells()])))
    assert [_claimed(key), _claimed(key)] == [True, False]
    ImportRun.objects.filter(pk=key).update(
        touched_at=ImportRun.objects.get(pk=key).touched_at - timedelta(seconds=16)
    )
    assert _claimed(key)
    with import_runner._alone(key) as mine:
        assert mine
        lock = (
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
        )
        assert superuser_connection.execute(lock).fetchone() == (1,)
    work(key)
    assert state(key) == RunState.CHECKED
    assert not _claimed(key)


def test_the_rejects_file_quotes_no_formula_and_no_person(first: Client) -> None:
    rows = [
        cells(decision_number="=cmd|'/c calc'!A1", fine="9999"),
        cells(decision_number=f"号{cells()['id_number']}", fine="9999"),
        cells(decision_number="京公朝行罚决字〔2026〕3号", fine="9999"),
    ]
    key = checked(first, content(rows))
    lines = first.get(f"{PAGE}{key}/rejects.csv").content.decode("utf-8-sig").splitlines()
    assert lines[1:] == [
        "1,,fine_over_limit",
        "2,,fine_over_limit",
        "3,京公朝行罚决字〔2026〕3号,fine_over_limit",
    ]


def test_no_page_or_progress_shows_a_row_or_the_name_of_the_file(
    first: Client, second: Client
) -> None:
    key = checked(first, content([cells(), cells(fine="9999")]))
    shown = [first.get(PAGE), first.get(f"{PAGE}{key}/"), first.get(f"{PAGE}{key}/progress/")]
    confirm(second, key)
    work(key)
    shown += [first.get(PAGE), second.get(f"{PAGE}{key}/")]
    for answer in shown:
        for name in ("name", "id_number", "address", "facts", "decision_number"):
            assert cells()[name] not in text(answer)
        assert "端木静默" not in text(answer)
    progress = json.loads(shown[2].content)
    assert progress == {"state": "checked", "done": 2, "total": 2, "told": "2 of 2 rows."}


def test_a_file_that_was_not_taken_has_no_number_of_rows(first: Client) -> None:
    key = key_of(sent(first, b"PK\x03\x04 no spreadsheet"))
    assert "None" not in text(first.get(PAGE))
    work(key)
    assert state(key) == "failed"
    assert "None" not in text(first.get(PAGE))
