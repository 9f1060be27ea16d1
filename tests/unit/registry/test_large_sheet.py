"""Large sheets are read a row at a time, and whatever a sheet holds, this gives what reading it whole gives."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from itertools import zip_longest
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import large_sheet, sheet_process
from registry.import_files import Unreadable, rows_of
from tests.generated_decisions import as_table, sheet_xml, sound_rows, write_xlsx

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
FORMATS = ("General", "yyyy-mm-dd", "[h]:mm", '0"d"', "h:mm AM/PM", "0;d", '[$-804]yyyy"年"m"月"')

ROWS_OF_A_LARGE_FILE = 20_000
MOST_MEMORY_KIB = 32 * 1024

Row = list[object]


def styles() -> str:
    """Return the built-in formats 0 to 59 as styles 0 to 59, and FORMATS behind them."""
    listed = enumerate(FORMATS, start=164)
    named = "".join(f'<numFmt numFmtId="{n}" formatCode={quoteattr(code)}/>' for n, code in listed)
    used = "".join(f'<xf numFmtId="{n}"/>' for n in (*range(60), *range(164, 164 + len(FORMATS))))
    return f"<styleSheet {MAIN}><numFmts>{named}</numFmts><cellXfs>{used}</cellXfs></styleSheet>"


def with_parts(path: Path, *, shared: str = "", from_1904: bool = False) -> Path:
    """Add shared strings and styles to an XLSX file, and say from when its days are counted."""
    with ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    of_book = "xl/_rels/workbook.xml.rels"
    relation = f'<Relationship Id="t" Target="sharedStrings.xml" Type="{kind}"/></Relationships>'
    parts[of_book] = parts[of_book].replace("</Relationships>", relation)
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        "<sheets>", f'<workbookPr date1904="{int(from_1904)}"/><sheets>'
    )
    parts["xl/styles.xml"] = styles()
    parts["xl/sharedStrings.xml"] = f"<sst {MAIN}>{shared}</sst>"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def plain(rows: Callable[[str], Iterator[Row]], path: Path) -> list[Row] | None:
    """Return what a reader makes of a file, without the empty cells at the end of rows; None when it refuses."""
    try:
        found = [[sheet_process._plain(cell) for cell in row] for row in rows(str(path))]
    except Exception:
        return None
    for row in found:
        while row and row[-1] == "":
            row.pop()
    return [row for row in found if row]


def both(path: Path) -> tuple[list[Row] | None, list[Row] | None]:
    """Return what is read of a file as a whole and a row at a time."""
    return plain(sheet_process.whole_sheet, path), plain(large_sheet.rows, path)


TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Z", "S")), max_size=12)
SHARED = 70
NUMBERS = st.one_of(
    st.integers(-5, 60_000),
    st.floats(-2, 60_000, allow_nan=False).map(lambda days: round(days, 5)),
    st.sampled_from(["1e3", "1_0", " 5 ", "abc", "", "1e99", "110105199006150134"]),
)


def said(kind: str, value: object) -> str:
    """Return the XML of what a cell says."""
    text = escape(str(value))
    if kind == "inlineStr":
        return f'<is><t xml:space="preserve">{text}</t><rPh><t>x</t></rPh></is>'
    return f"<v>{text}</v>"


CELLS = st.one_of(
    st.just("<c/>"),
    st.tuples(st.sampled_from(["str", "inlineStr"]), TEXT).map(
        lambda of: f'<c t="{of[0]}">{said(*of)}</c>'
    ),
    st.integers(0, SHARED + 1).map(lambda number: f'<c t="s"><v>{number}</v></c>'),
    st.tuples(st.integers(0, 60 + len(FORMATS)), NUMBERS).map(
        lambda of: f'<c s="{of[0]}">{said("n", of[1])}</c>'
    ),
    st.sampled_from(
        [
            '<c t="b"><v>1</v></c>',
            '<c t="b"><v>false</v></c>',
            '<c t="e"><v>#N/A</v></c>',
            '<c t="d"><v>2026-06-01</v></c>',
            '<c t="str"><f>A1</f><v>a&#10;_x0041_</v></c>',
            '<c t="inlineStr"><is><r><t> a </t></r><r><t>b</t></r></is></c>',
        ]
    ),
)
ROWS = st.lists(st.tuples(st.integers(0, 3), st.lists(CELLS, max_size=6)), max_size=6)


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=ROWS, texts=st.lists(TEXT, min_size=SHARED, max_size=SHARED), from_1904=st.booleans())
def test_a_row_at_a_time_gives_what_the_whole_gives(
    tmp_path: Path, rows: list[tuple[int, list[str]]], texts: list[str], from_1904: bool
) -> None:
    number, xml = 0, ""
    for skipped, cells in rows:
        number += skipped + 1
        xml += f'<row r="{number}">{"".join(cells)}</row>'
    sheet = f"<worksheet {MAIN}><sheetData>{xml}</sheetData></worksheet>"
    shared = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
    path = with_parts(write_xlsx(tmp_path / "a.xlsx", [sheet]), shared=shared, from_1904=from_1904)
    whole, by_rows = both(path)
    assert by_rows == whole


def test_cells_that_say_where_they_are_and_prefixes(tmp_path: Path) -> None:
    sheet = (
        f'<x:worksheet {MAIN.replace("xmlns", "xmlns:x")}><x:sheetData><x:row r="2">'
        '<x:c r="D2"><x:v>4</x:v></x:c><x:c r="b2" t="str"><x:v>2</x:v></x:c><x:c r="AA2"><x:v>27</x:v></x:c>'
        "</x:row></x:sheetData></x:worksheet>"
    )
    whole, by_rows = both(write_xlsx(tmp_path / "a.xlsx", [sheet]))
    assert by_rows == whole == [["", "2", "", 4.0, *[""] * 22, 27.0]]


@pytest.mark.parametrize(
    "cell",
    [
        '<c t="z"><v>1</v></c>',
        '<c t="s"><v>0</v></c>',
        '<c t="b"><v>2</v></c>',
        '<c r="7"><v>1</v></c>',
    ],
)
def test_what_the_whole_refuses_is_refused_row_by_row(tmp_path: Path, cell: str) -> None:
    sheet = f"<worksheet {MAIN}><sheetData><row>{cell}</row></sheetData></worksheet>"
    assert both(write_xlsx(tmp_path / "a.xlsx", [sheet])) == (None, None)


# From a small process: a child's peak begins with that of the process it was forked from.
MEASURED = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-I", *sys.argv[1:3]], stdout=open(sys.argv[3], "wb"))
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_a_large_file_takes_little_memory_and_every_row_arrives(tmp_path: Path) -> None:
    """As a whole this sheet takes more than twice what is allowed here."""
    wanted = list(sound_rows(ROWS_OF_A_LARGE_FILE, day=date(2026, 6, 1)))
    path, out = write_xlsx(tmp_path / "large.xlsx", sheet_xml(as_table(wanted))), tmp_path / "rows"
    assert sheet_process.is_large(str(path))
    words = [sys.executable, "-c", MEASURED, sheet_process.__file__, path, out]
    said = subprocess.run(words, capture_output=True, check=True, text=True).stdout
    status, kibibytes = map(int, said.split())
    assert status == 0
    assert kibibytes < MOST_MEMORY_KIB
    head, *rows = map(json.loads, out.read_text().splitlines())
    assert [dict(zip_longest(head, row, fillvalue="")) for row in rows] == wanted


@pytest.mark.parametrize(
    "declared", ['<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "file:///etc/hostname">']
)
def test_a_document_type_is_refused(tmp_path: Path, declared: str) -> None:
    sheet = f"{declared}<worksheet {MAIN}><sheetData/></worksheet>"
    with pytest.raises(ValueError, match="a document type declaration"):
        list(large_sheet.rows(str(write_xlsx(tmp_path / "a.xlsx", [sheet]))))


def test_an_entity_makes_a_small_file_unreadable_too(tmp_path: Path) -> None:
    cell = '<c t="str"><v>&b;</v></c>'
    sheet = f'<!DOCTYPE a [<!ENTITY b "c">]><worksheet {MAIN}><sheetData><row>{cell}</row></sheetData></worksheet>'
    path = write_xlsx(tmp_path / "a.xlsx", [sheet])
    assert not sheet_process.is_large(str(path))
    with pytest.raises(Unreadable):
        list(rows_of(path))
