"""Bulk filing by page: uploaded by one officer, confirmed by another, filed once; nothing in the clear while it waits.

All persons and decisions are made up.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from psycopg import errors

from registry import import_runner, sealed_upload, waiting_files
from registry.import_launch import _claimed
from registry.import_run_models import ImportRun, RunState
from registry.import_runner import work
from tests.generated_decisions import as_table, sheet_xml, write_xlsx
from tests.integration.registry.conftest import SAMPLES, cells, sample_rows
from tests.integration.registry.test_import import expected
from tests.integration.thief import found

PAGE, ORGAN, OTHER = "/records/import/", "110105000000", "310115000000"
NAME_OF_FILE = "端木静默-110105198808081019.csv"
SignIn = Callable[..., Client]
Send = Callable[..., Any]


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    """Keep uploaded files in a folder of the test's own."""
    settings.REGISTRY_UPLOADS = tmp_path / "uploads"
    return tmp_path / "uploads"


@pytest.fixture
def sign_in(account: Callable[..., Any]) -> SignIn:
    """Return a function that signs a new account in, in English."""

    def signed_in(number: str, *roles: str, **more: Any) -> Client:
        client = Client(headers={"accept-language": "en"})
        made = account(number, *roles, **more)
        client.force_login(made, "allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def first(sign_in: SignIn) -> Client:
    """Return the browser of a verifying officer."""
    return sign_in("P201", "verifying_officer")


@pytest.fixture
def second(sign_in: SignIn) -> Client:
    """Return the browser of another verifying officer of the same unit."""
    return sign_in("P202", "verifying_officer")


def content(rows: Iterable[dict[str, str]]) -> bytes:
    rows = list(rows)
    out = io.StringIO()
    table = csv.DictWriter(out, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return out.getvalue().encode()


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


def sent(client: Client, data: bytes, law: str = "2025", name: str = NAME_OF_FILE) -> Any:
    return client.post(PAGE, {"law": law, "file": SimpleUploadedFile(name, data)})


def key_of(answer: Any) -> UUID:
    assert answer.status_code == 302, text(answer)
    return UUID(answer.url.rstrip("/").split("/")[-1])


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", unescape(answer.content.decode()))


def rejects(client: Client, key: UUID) -> dict[int, str]:
    answer = client.get(f"{PAGE}{key}/rejects.csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "row,decision_number,codes"
    return {int(row["row"]): row["codes"] for row in csv.DictReader(lines)}


def confirm(client: Client, key: UUID) -> Any:
    return client.post(f"{PAGE}{key}/confirm/", {"checked": "on"})


def checked(client: Client, data: bytes) -> UUID:
    """Upload and check a file; return its run."""
    key = key_of(sent(client, data))
    work(key)
    return key


def state(key: UUID) -> str:
    return ImportRun.objects.get(pk=key).state


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


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "not UTF-8"),
        (b"\xd0\xcf\x11\xe0 old", "older Excel"),
        ("决定书文号,姓名\n1,2\n".encode(), "does not name these columns"),
        (b'{"a": 1}\n', "names none of the columns"),
    ],
    ids=["empty", "image", "old excel", "other columns", "other json"],
)
def test_a_file_of_another_type_is_refused_at_once_whatever_its_name(
    first: Client, uploads: Path, data: bytes, said: str
) -> None:
    answer = sent(first, data)
    assert answer.status_code == 200
    assert said in text(answer)
    assert not ImportRun.objects.exists()
    answer.close()
    assert list(uploads.iterdir()) == []


def test_what_shows_only_when_all_is_read_ends_the_run_in_words(
    first: Client, second: Client, uploads: Path, tmp_path: Path
) -> None:
    torn = content([cells()] * 300) + b"\xff\n"
    with ZipFile(tmp_path / "zip", "w", ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<w/>")
    for data, said in ((torn, "not UTF-8"), ((tmp_path / "zip").read_bytes(), "cannot be read")):
        key = checked(first, data)
        assert state(key) == "failed"
        assert said in text(second.get(f"{PAGE}{key}/"))
        assert confirm(second, key).status_code == 302
        assert state(key) == "failed"
    assert list(uploads.iterdir()) == []


def test_a_file_that_is_too_large_is_refused_and_nothing_of_it_is_kept(
    first: Client, uploads: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(sealed_upload, "LARGEST", 3_000)
    answer = sent(first, content([cells()] * 15))
    assert "too large" in text(answer)
    assert list(uploads.iterdir()) == []
    far_too_large = sent(first, content([cells()] * 100))
    assert "Choose a file of 64 MB at most." in text(far_too_large)
    assert not ImportRun.objects.exists()
    assert list(uploads.iterdir()) == []


def test_rows_of_another_organ_refuse_the_whole_file_by_number(
    first: Client, second: Client, on_file: Callable[..., int], uploads: Path
) -> None:
    rows = [cells(decision_number=f"京公朝行罚决字〔2026〕{number}号") for number in range(1, 20)]
    rows[6]["organ_code"] = rows[11]["organ_code"] = OTHER
    key = checked(first, content(rows))
    page = text(second.get(f"{PAGE}{key}/"))
    assert "2 rows name an organ other than yours, the first in row 7, 12." in page
    assert confirm(second, key).status_code == 302
    assert (state(key), on_file(), list(uploads.iterdir())) == ("failed", 0, [])


def test_who_uploads_a_file_does_not_file_it(
    first: Client, on_file: Callable[..., int], superuser_connection: Any, app_connection: Any
) -> None:
    key = checked(first, content([cells()]))
    assert "does not file it" in text(first.get(f"{PAGE}{key}/"))
    assert confirm(first, key).status_code == 403
    assert state(key) == "checked"
    with pytest.raises(errors.CheckViolation):
        app_connection.execute(
            "UPDATE registry_importrun SET state = 'filing', confirmed_by = 'P201'"
        )
    for change in ("uploaded_by = 'P999'", "organ_code = '1'", "law = '2012'"):
        with pytest.raises(errors.InsufficientPrivilege):
            app_connection.execute(f"UPDATE registry_importrun SET {change}")
    with pytest.raises(errors.InsufficientPrivilege):
        app_connection.execute("DELETE FROM registry_importrun")
    with pytest.raises(errors.InsufficientPrivilege):
        app_connection.execute("UPDATE registry_rejectedrows SET lines = ''")


def test_a_tick_is_needed_to_confirm(first: Client, second: Client) -> None:
    key = checked(first, content([cells()]))
    answer = second.post(f"{PAGE}{key}/confirm/")
    assert "tick the box" in text(answer)
    assert state(key) == "checked"


def test_another_units_supervisor_is_told_that_nothing_is_there(
    first: Client, sign_in: SignIn
) -> None:
    key = checked(first, content([cells(), cells(fine="9999")]))
    stranger = sign_in("P900", "verifying_officer", unit=OTHER)
    for path in ("", "progress/", "rejects.csv"):
        assert first.get(f"{PAGE}{key}/{path}").status_code == 200
        assert stranger.get(f"{PAGE}{key}/{path}").status_code == 404
    for path in ("confirm/", "discard/"):
        assert stranger.post(f"{PAGE}{key}/{path}", {"checked": "on"}).status_code == 404
    assert str(key) not in text(stranger.get(PAGE))
    assert state(key) == "checked"


@pytest.mark.parametrize("role", ["clerk", "inquirer", "auditor", "security_administrator", ""])
def test_only_verifying_officers_upload(sign_in: SignIn, uploads: Path, role: str) -> None:
    unit = None if role in {"auditor", "security_administrator"} else ORGAN
    client = sign_in("P300", *([role] if role else []), unit=unit)
    assert client.get(PAGE).status_code == 403
    assert sent(client, content([cells()])).status_code == 403
    assert not ImportRun.objects.exists()
    assert not uploads.exists(), "not even begun"


def test_no_other_page_takes_a_file(first: Client, uploads: Path) -> None:
    for path in ("/records/completeness/", "/accounts/password/change/", "/no/such/page/"):
        first.post(path, {"file": SimpleUploadedFile("x.csv", content([cells()]))})
    assert not uploads.exists()


def test_what_is_sent_without_a_token_leaves_nothing(first: Client, uploads: Path) -> None:
    first.get(PAGE)
    client = Client(enforce_csrf_checks=True)
    client.cookies = first.cookies
    answer = sent(client, content([cells()]))
    assert answer.status_code == 403
    answer.close()
    assert list(uploads.iterdir()) == []


def test_nothing_is_kept_or_filed_when_the_log_takes_no_entry(
    first: Client, second: Client, uploads: Path, superuser_connection: Any, request: Any
) -> None:
    key = checked(first, content([cells()]))
    request.getfixturevalue("log_refuses")
    answer = sent(first, content([cells()]))
    assert answer.status_code == 503
    answer.close()
    assert [path.name for path in uploads.iterdir()] == [str(key)]
    assert confirm(second, key).status_code == 503
    assert second.post(f"{PAGE}{key}/discard/").status_code == 503
    assert (state(key), ImportRun.objects.count()) == ("checked", 1)


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


def test_at_most_five_files_wait(first: Client, uploads: Path) -> None:
    keys = [key_of(sent(first, content([cells()]))) for _ in range(5)]
    answer = sent(first, content([cells()]))
    assert answer.status_code == 409
    assert "Five files" in text(answer)
    answer.close()
    assert len(list(uploads.iterdir())) == 5
    assert first.post(f"{PAGE}{keys[0]}/discard/").status_code == 302
    assert "Discarded" in text(first.get(f"{PAGE}{keys[0]}/"))
    key_of(sent(first, content([cells()])))


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


def test_the_sample_of_all_organs_is_not_taken(first: Client) -> None:
    key = checked(first, (SAMPLES / "decisions.csv").read_bytes())
    assert state(key) == "failed"
