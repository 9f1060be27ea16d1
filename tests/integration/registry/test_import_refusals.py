"""What is not taken from an upload: files of another form, rows of another organ, officers without the right, logs that cannot be written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from psycopg import errors

from registry import sealed_upload
from registry.import_run_models import ImportRun
from tests.integration.registry.conftest import SAMPLES, cells
from tests.integration.registry.uploading import (  # noqa: F401 - fixtures
    ORGAN,
    OTHER,
    PAGE,
    SignIn,
    checked,
    confirm,
    content,
    fixture_first,
    fixture_second,
    fixture_sign_in,
    fixture_uploads,
    key_of,
    sent,
    state,
    text,
)


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


def test_the_sample_of_all_organs_is_not_taken(first: Client) -> None:
    key = checked(first, (SAMPLES / "decisions.csv").read_bytes())
    assert state(key) == "failed"
