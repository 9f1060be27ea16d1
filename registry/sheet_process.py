"""A program of its own that reads the first sheet of an XLSX file and writes its rows as JSON, a line each.

It is started isolated and with a limit on its memory: a sheet lies in memory as a whole, and a small file may
claim a cell at the far end of a huge one. Whatever goes wrong ends this program and not the import. It writes
nothing but rows; exit 0 when all were written, 1 when the file is not readable. It reads the file that it is given
the path of, or else its standard input to the end. Imports nothing of the project.
"""

import datetime
import io
import json
import resource
import sys

MEMORY_BYTES = 2 * 2**30
"""What the program may take; 200,000 rows took 490 MB."""
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


def write_rows(path: str | None) -> None:
    """Write the rows of the first worksheet that are not empty, each as a list of its cells."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    opened = (
        CalamineWorkbook.from_path(path)
        if path
        else CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    )
    with opened as book:
        first = next(
            index
            for index, sheet in enumerate(book.sheets_metadata)
            if sheet.typ == SheetTypeEnum.WorkSheet
        )
        sheet = book.get_sheet_by_index(first)
    for row in sheet.iter_rows():
        if any(cell != "" for cell in row):
            sys.stdout.write(json.dumps([_plain(cell) for cell in row]) + "\n")


if __name__ == "__main__":
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    try:
        write_rows(sys.argv[1] if len(sys.argv) > 1 else None)
        sys.stdout.flush()
    except BaseException:
        sys.exit(UNREADABLE)
