"""The same rows by every way in: CSV, XLSX and JSON Lines are judged alike, and filed once between them."""

import csv
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.generated_decisions import (
    as_table,
    sheet_xml,
    sound_rows,
    write_csv,
    write_json_lines,
    write_xlsx,
)
from tests.integration.registry.conftest import cells, sample_rows
from tests.integration.registry.test_import import Import, expected, imported, rejects

__all__ = ["imported"]

DATES = ("decided_on", "acted_on", "birth_date", "served_on")
NUMBERS = ("fine", "detention_days", "warning")


def as_typed(row: dict[str, str]) -> dict[str, object]:
    """Return a row as a spreadsheet would hold it: dates as dates, numbers as numbers, where they are such."""
    return {name: typed(name, cell) for name, cell in row.items()}


def typed(name: str, cell: str) -> object:
    """Return one cell as a date or number if its column and text say so."""
    try:
        if name in DATES and len(cell) == 10:
            return date.fromisoformat(cell)
        return int(cell) if name in NUMBERS and cell.isascii() else cell
    except ValueError:
        return cell


def xlsx(path: Path, rows: Iterable[dict[str, str]]) -> Path:
    """Write rows as typed cells of a spreadsheet."""
    return write_xlsx(path, sheet_xml(as_table(map(as_typed, rows))))


WRITERS = {"csv": write_csv, "xlsx": xlsx, "jsonl": write_json_lines}


@pytest.mark.parametrize("suffix", ["xlsx", "jsonl"])
def test_the_sample_gets_the_same_codes_in_every_format(
    imported: Import, on_file: Callable[..., int], tmp_path: Path, suffix: str
) -> None:
    path = WRITERS[suffix](tmp_path / f"sample.{suffix}", sample_rows())
    assert imported(path, "--dry-run", "--rejects", str(tmp_path / "r.csv")) == 3
    assert rejects(tmp_path / "r.csv") == expected()
    assert on_file() == 0


@pytest.mark.parametrize("suffix", WRITERS)
def test_older_acts_are_filed_from_every_format_when_asked(
    imported: Import, superuser_connection: Any, tmp_path: Path, suffix: str
) -> None:
    rows = list(sound_rows(4, day=date(2025, 5, 1)))
    path = WRITERS[suffix](tmp_path / f"old.{suffix}", rows)
    assert imported(path, "--rejects", str(tmp_path / "r.csv")) == 3
    assert set(rejects(tmp_path / "r.csv").values()) == {"before_the_law"}
    assert imported(path, "--law", "2012") == 0
    laws = "SELECT law, count(*) FROM registry_violationrecord GROUP BY law"
    assert superuser_connection.execute(laws).fetchall() == [("2012", 4)]


def test_what_was_filed_from_one_format_is_a_duplicate_in_another(
    imported: Import, on_file: Callable[..., int], tmp_path: Path
) -> None:
    assert imported(xlsx(tmp_path / "a.xlsx", [cells()])) == 0
    for suffix in ("csv", "jsonl"):
        path = WRITERS[suffix](tmp_path / f"a.{suffix}", [cells()])
        assert imported(path, "--rejects", str(tmp_path / "r.csv")) == 3
        assert rejects(tmp_path / "r.csv") == {1: "duplicate_decision"}
    assert on_file() == 1


def test_a_torn_line_at_the_end_files_nothing(
    imported: Import, on_file: Callable[..., int], tmp_path: Path
) -> None:
    rows = sound_rows(1200, day=date(2026, 6, 1))
    path = write_json_lines(tmp_path / "a.jsonl", rows)
    path.write_bytes(path.read_bytes()[:-20])
    assert imported(path) == 2
    assert on_file() == 0


def test_a_number_that_cannot_be_written_is_not_quoted(imported: Import, tmp_path: Path) -> None:
    path = write_json_lines(tmp_path / "a.jsonl", [cells(decision_number="x")])
    path.write_text(path.read_text(encoding="utf-8").replace('"x"', '"x\\ud800"'), encoding="utf-8")
    assert imported(path, "--rejects", str(tmp_path / "r.csv")) == 3
    assert rejects(tmp_path / "r.csv") == {1: "bad_value"}


@pytest.mark.parametrize("name", ["import_template_csv", "import_template_json_lines"])
def test_the_template_is_readable_and_its_example_is_never_filed(
    imported: Import,
    on_file: Callable[..., int],
    account: Callable[..., Any],
    client: Client,
    tmp_path: Path,
    name: str,
) -> None:
    client.force_login(account("P200", "verifying_officer"))
    given = client.get(reverse(name))
    assert given.status_code == 200
    assert given["Content-Disposition"].startswith("attachment")
    path = tmp_path / "template"
    path.write_bytes(given.content)
    assert imported(path, "--rejects", str(tmp_path / "r.csv")) == 3
    assert rejects(tmp_path / "r.csv") == {1: "id_checksum"}
    assert on_file() == 0


def test_the_template_names_every_column_once(client: Client, account: Callable[..., Any]) -> None:
    client.force_login(account("P200", "verifying_officer"))
    text = client.get(reverse("import_template_csv")).content.decode("utf-8-sig")
    header, example = csv.reader(text.splitlines())
    assert [*cells(), "execution_reason", "procedure"] == header
    assert len(example) == len(header)


def test_the_template_is_for_verifying_officers(
    client: Client, account: Callable[..., Any]
) -> None:
    client.force_login(account("P100", "clerk"))
    assert client.get(reverse("import_template_csv")).status_code == 403
