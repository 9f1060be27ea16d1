"""Records files of any length, of persons who do not exist: every row is sound and unlike every other.

Each person has one to three rows, so acts of one decision fall into different batches.
"""

import csv
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from stdnum.iso7064 import mod_11_2

FIRST_BIRTH = date(1960, 1, 1)
BIRTHS = 16_000
ACTS = ("PSL2025-026-1-1", "PSL2025-026-1-2", "PSL2025-026-1-3")


def sound_rows(count: int, *, day: date) -> Iterator[dict[str, str]]:
    """Yield `count` rows decided on `day`; the same count and day give the same rows."""
    acts = ((decision, act) for decision in itertools.count(1) for act in ACTS[: decision % 3 + 1])
    for decision, act in itertools.islice(acts, count):
        yield _row(decision, act, day.isoformat())


def _row(decision: int, act: str, day: str) -> dict[str, str]:
    born = FIRST_BIRTH + timedelta(days=decision % BIRTHS)
    body = f"110105{born:%Y%m%d}{decision // BIRTHS * 2 + 1:03d}"
    return {
        "decision_number": f"京公朝行罚决字〔{day[:4]}〕{decision:06d}号",
        "organ_code": "110105000000",
        "organ_name": "北京市公安局朝阳分局",
        "organ_level": "county",
        "decided_on": day,
        "acted_on": day,
        "offence_code": act,
        "name": f"样例人{decision:x}",
        "sex": "male",
        "birth_date": born.isoformat(),
        "id_type": "resident_id",
        "id_number": body + mod_11_2.calc_check_digit(body),
        "nationality": "CHN",
        "address": f"样例市样例路{decision}号",
        "guardian_name": "",
        "facts": f"经查，样例人{decision:x}扰乱单位秩序，有询问笔录、视听资料等证据证实。" * 3,
        "warning": "0",
        "fine": "500",
        "detention_days": "5" if decision % 2 else "",
        "licence_revoked": "",
        "foreigner_measure": "none",
        "execution": "executed",
        "served_on": day,
    }


def write_csv(path: Path, rows: Iterable[dict[str, str]]) -> Path:
    """Write rows as a CSV file with a header."""
    remaining = iter(rows)
    first = next(remaining)
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, list(first))
        table.writeheader()
        table.writerow(first)
        table.writerows(remaining)
    return path


def write_json_lines(path: Path, rows: Iterable[dict[str, str]]) -> Path:
    """Write rows as JSON Lines."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return path


_CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_RELATION = (
    '<Relationship Id="r{0}" Target="{1}"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{2}"/>'
)
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_DATE_STYLE = f'<styleSheet {_MAIN}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'


def _sheet_cell(value: object) -> str:
    if value in ("", None):
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f"<c><v>{value!r}</v></c>"
    if isinstance(value, datetime):
        days = (value - datetime(1899, 12, 30)) / timedelta(days=1)
        return f'<c s="1"><v>{days!r}</v></c>'
    if isinstance(value, date):
        return f'<c s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def sheet_xml(table: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the XML of a worksheet, a row at a time."""
    yield f"<worksheet {_MAIN}><sheetData>"
    for cells in table:
        yield f"<row>{''.join(map(_sheet_cell, cells))}</row>"
    yield "</sheetData></worksheet>"


def write_xlsx(path: Path, *sheets: Iterable[str]) -> Path:
    """Write an XLSX file of worksheets that are given as XML."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    named = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    within = "".join(_RELATION.format(n, f"worksheets/sheet{n}.xml", "worksheet") for n in numbers)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _CONTENT_TYPES)
        start = _RELATION.format(1, "xl/workbook.xml", "officeDocument")
        archive.writestr("_rels/.rels", _RELATIONS.format(start))
        archive.writestr(
            "xl/workbook.xml", f"<workbook {_MAIN} {named}><sheets>{listed}</sheets></workbook>"
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            _RELATIONS.format(within + _RELATION.format("s", "styles.xml", "styles")),
        )
        archive.writestr("xl/styles.xml", _DATE_STYLE)
        for number, sheet in zip(numbers, sheets, strict=True):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
                part.writelines(line.encode() for line in sheet)
    return path


def as_table(rows: Iterable[Mapping[str, object]]) -> Iterator[list[object]]:
    """Yield the names of the columns, then the cells of each row."""
    remaining = iter(rows)
    first = next(remaining)
    yield list(first)
    for row in itertools.chain([first], remaining):
        yield list(row.values())
