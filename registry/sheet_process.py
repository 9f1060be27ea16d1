"""A program of its own that reads the first sheet of an XLSX file and writes its rows as JSON, a line each.

It is started isolated and with a limit on its memory. `python-calamine` reads what is small enough to lie in memory as a whole;
what is not is read a row at a time (`large_sheet`). A small file may claim a cell at the far end of a huge sheet:
whatever goes wrong ends this program and not the import. It writes nothing but rows; exit 0 when all were
written, 1 when the file is not readable. It reads the file that it is given the path of, or else its standard input, packed,
to the end. Imports nothing of the project but the readers of large sheets, by their place.
"""

import datetime
import io
import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

Packed = str | io.BytesIO
"""An XLSX file by its path, or its bytes."""
MEMORY_BYTES = 2**30
"""What the program may take of addresses; of memory it takes about 100 MB at most."""
LARGE = 24 * 2**20
"""Bytes of all parts, unpacked, from which a file is read a row at a time."""
UNREADABLE = 1


def _limit(kind: int, wanted: int) -> None:
    _soft, hard = resource.getrlimit(kind)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(kind, (most, hard))


def _plain(cell: object) -> object:
    """Dates become ISO text; a time of day stays with its date, so that it is no date."""
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, (datetime.date, datetime.time, datetime.timedelta)):
        return str(cell)
    return cell


def whole_sheet(packed: Packed) -> Iterator[list[object]]:
    """Yield the rows of the first worksheet, which lies in memory for that, each from column A."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    if isinstance(packed, str):
        opened = CalamineWorkbook.from_path(packed)
    else:
        packed.seek(0)
        opened = CalamineWorkbook.from_filelike(packed)
    with opened as book:
        first = next(
            index
            for index, sheet in enumerate(book.sheets_metadata)
            if sheet.typ == SheetTypeEnum.WorkSheet
        )
        sheet = book.get_sheet_by_index(first)
    _row, left = sheet.start or (0, 0)
    for row in sheet.iter_rows():
        yield [*[""] * left, *row]


def row_by_row(packed: Packed) -> Iterator[list[object]]:
    """Yield the same, a row at a time. Isolated, no search path leads to the neighbours: they are told where they are."""
    if "registry" not in sys.modules:
        neighbours = ModuleType("registry")
        neighbours.__path__ = [str(Path(__file__).parent)]
        sys.modules["registry"] = neighbours
    from registry import large_sheet

    return large_sheet.rows(packed)


def is_large(packed: Packed) -> bool:
    """Tell whether a file is too large to lie in memory; what it says of its size is measured before this program starts."""
    with ZipFile(packed) as archive:
        return sum(part.file_size for part in archive.infolist()) > LARGE


def write_rows(packed: Packed) -> None:
    """Write the rows of the first worksheet that are not empty, each as a list of its cells."""
    for row in row_by_row(packed) if is_large(packed) else whole_sheet(packed):
        if any(cell != "" for cell in row):
            sys.stdout.write(json.dumps([_plain(cell) for cell in row]) + "\n")


if __name__ == "__main__":
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    try:
        write_rows(sys.argv[1] if len(sys.argv) > 1 else io.BytesIO(sys.stdin.buffer.read()))
        sys.stdout.flush()
    except BaseException:
        sys.exit(UNREADABLE)
