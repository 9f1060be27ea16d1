"""Readers of records files: what a cell says is what arrives, and a file that harms or misleads is refused."""

import json
import struct
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from registry import import_files, json_lines, spreadsheet
from registry.decision_row import COLUMNS, read_row
from registry.file_rows import LOST
from registry.import_files import FileRow, Unreadable, rows_of
from tests.generated_decisions import as_table, sheet_xml, sound_rows, write_xlsx
from tests.unit.registry.conftest import clean_values

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet(path: Path, *tables: Iterable[Any]) -> Path:
    """Write tables as the sheets of an XLSX file."""
    return write_xlsx(path, *map(sheet_xml, tables))


def raw_sheet(path: Path, rows: str) -> Path:
    """Write an XLSX file whose first sheet holds this XML."""
    return write_xlsx(
        path, [f'<worksheet xmlns="{MAIN}"><sheetData>', rows, "</sheetData></worksheet>"]
    )


def jsonl(path: Path, *rows: object) -> Path:
    """Write rows as JSON Lines."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def refused(path: Path) -> str:
    """Return why a file is unreadable."""
    with pytest.raises(Unreadable) as problem:
        list(rows_of(path))
    return str(problem.value)


def test_dates_and_numbers_in_cells_are_read_as_text_would_be(tmp_path: Path) -> None:
    texts = clean_values()
    cells = {
        **texts,
        "decided_on": date(2026, 6, 10),
        "acted_on": datetime(2026, 6, 1),
        "fine": 500,
        "detention_days": 5.0,
        "warning": False,
    }
    (row,) = rows_of(sheet(tmp_path / "a.xlsx", as_table([cells])))
    assert row.whole
    assert read_row(row.values) == read_row(texts)
    assert read_row(row.values).row


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("id_number", 110105199006150134),
        ("decided_on", datetime(2026, 6, 10, 9, 30)),
        ("detention_days", 5.5),
    ],
)
def test_a_cell_that_lost_its_meaning_is_a_bad_value(
    tmp_path: Path, column: str, cell: object
) -> None:
    values = {**clean_values(id_type="passport", id_number="E1"), column: cell}
    (row,) = rows_of(sheet(tmp_path / "a.xlsx", as_table([values])))
    assert read_row(row.values).codes == ("bad_value",)


def test_only_the_first_sheet_is_read_and_empty_rows_are_none(tmp_path: Path) -> None:
    first, second = sound_rows(2, day=date(2026, 6, 1))
    head, cells = as_table([first])
    other = as_table([second])
    rows = list(rows_of(sheet(tmp_path / "a.xlsx", [head, [""] * 30, cells, []], other)))
    assert rows == [FileRow({**first}, True)]


def test_a_cell_beyond_the_header_makes_the_row_not_whole(tmp_path: Path) -> None:
    head, cells = as_table(sound_rows(1, day=date(2026, 6, 1)))
    (row,) = rows_of(sheet(tmp_path / "a.xlsx", [head, [*cells, "", "shifted"]]))
    assert not row.whole


def test_the_format_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    values = clean_values()
    (row,) = rows_of(jsonl(tmp_path / "named.csv", values))
    assert row == FileRow(values, True)
    (row,) = rows_of(sheet(tmp_path / "also.csv", as_table([values])))
    assert row == FileRow(values, True)


def test_json_lines_bring_numbers_dates_nothing_and_names_in_any_order(tmp_path: Path) -> None:
    values = clean_values()
    typed = {**values, "fine": 500, "detention_days": 5, "warning": False, "guardian_name": None}
    typed = dict(reversed(typed.items()))
    del typed["licence_revoked"]
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(typed).encode() + b"\n\n")
    (row,) = rows_of(path)
    assert row.whole
    assert read_row(row.values) == read_row(values)


@pytest.mark.parametrize("cell", [["x"], {"name": "x"}, 1e17, "\ud800"])
def test_json_that_is_no_single_value_is_a_bad_value(tmp_path: Path, cell: object) -> None:
    (row,) = rows_of(jsonl(tmp_path / "a.jsonl", {**clean_values(), "name": cell}))
    assert read_row(row.values).codes == ("bad_value",)


def test_a_name_that_stands_twice_makes_the_row_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(clean_values())[:-1] + ', "fine": 700}\n', encoding="utf-8")
    (row,) = rows_of(path)
    assert not row.whole


@pytest.mark.parametrize(
    "line",
    ["[1]", "3", "{", "[" * 100_000, '{"fine": NaN}', '{"name": "' + "x" * 2_000_000 + '"}', "a,b"],
)
def test_a_line_that_is_no_object_makes_the_file_unreadable(tmp_path: Path, line: str) -> None:
    path = jsonl(tmp_path / "a.jsonl", clean_values())
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    assert "2" in refused(path)


def test_json_without_any_known_name_and_other_encodings_are_unreadable(tmp_path: Path) -> None:
    refused(jsonl(tmp_path / "a.jsonl", {"姓名": "样本"}))
    path = tmp_path / "b.jsonl"
    path.write_bytes('{"name": "样本"}\n'.encode("gb18030"))
    refused(path)


def test_no_message_repeats_a_cell(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", clean_values())
    path.write_text(path.read_text(encoding="utf-8") + '{"name": "样本乙"', encoding="utf-8")
    assert "样本" not in refused(path)


def test_a_sheet_without_the_columns_is_unreadable_and_says_which(tmp_path: Path) -> None:
    head, cells = as_table(sound_rows(1, day=date(2026, 6, 1)))
    assert "id_number" in refused(
        sheet(tmp_path / "a.xlsx", [[n for n in head if n != "id_number"], cells])
    )
    refused(sheet(tmp_path / "b.xlsx", [[*COLUMNS, "fine"], cells]))
    refused(sheet(tmp_path / "c.xlsx", []))


def test_damaged_old_and_protected_files_are_unreadable(tmp_path: Path) -> None:
    whole = sheet(tmp_path / "a.xlsx", as_table(sound_rows(50, day=date(2026, 6, 1)))).read_bytes()
    for number, content in enumerate(
        (
            whole[:-200],
            whole[:2000],
            b"PK\x03\x04",
            b"\xd0\xcf\x11\xe0" + bytes(600),
            whole.replace(b"xl/workbook.xml", b"xl/workbood.xml"),
        )
    ):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(content)
        refused(path)


def test_what_unpacks_to_too_much_is_refused_whatever_it_says_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "LARGEST_UNPACKED", 1_000_000)
    path = raw_sheet(tmp_path / "bomb.xlsx", "<row></row>" * 100_000)
    assert path.stat().st_size < 10_000
    honest = refused(path)
    assert honest == str(spreadsheet._too_large())
    lying = bytearray(path.read_bytes())
    struct.pack_into("<I", lying, lying.rfind(b"PK\x01\x02") + 24, 100)
    path.write_bytes(lying)
    assert refused(path) == honest


def test_a_cell_at_the_far_end_of_the_sheet_does_not_take_the_memory(tmp_path: Path) -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    refused(raw_sheet(tmp_path / "far.xlsx", far))


def test_a_reading_process_that_dies_on_the_way_is_no_end_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sheet(tmp_path / "a.xlsx", as_table([clean_values()]))
    lines = [json.dumps(cells) + "\n" for cells in as_table([clean_values()])]
    dying = tmp_path / "dying.py"
    dying.write_text(
        f"import sys\nsys.stdout.writelines({lines!r})\nsys.exit(1)\n", encoding="utf-8"
    )
    monkeypatch.setattr(spreadsheet.sheet_process, "__file__", str(dying))
    refused(path)


def test_files_over_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_files, "LARGEST_TEXT", 100)
    monkeypatch.setattr(import_files, "LARGEST_XLSX", 100)
    refused(jsonl(tmp_path / "a.jsonl", clean_values()))
    refused(sheet(tmp_path / "a.xlsx", as_table([clean_values()])))


def test_long_lines_are_read_up_to_the_limit(tmp_path: Path) -> None:
    values = {**clean_values(), "facts": "x" * (json_lines.LONGEST_LINE // 2)}
    (row,) = rows_of(jsonl(tmp_path / "a.jsonl", values))
    assert row.values["facts"] == values["facts"]
    assert LOST not in row.values.values()
