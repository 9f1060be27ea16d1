"""Reading a records file as rows of cells, whatever its format; a reader a format.

Knows the names of the columns, not what may stand in them. A file is read twice from its beginning, so it
must be a file on disk. Messages name lines and columns, never the content of a cell.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from registry.decision_row import COLUMNS

LONGEST_CELL = 1_000_000


class Unreadable(Exception):
    """The file as a whole cannot be read; the message says why and what to do."""


class FileRow(NamedTuple):
    """The cells of one row by column name; not `whole` when it has more or fewer cells than the header."""

    values: Mapping[str, object]
    whole: bool


Reader = Callable[[Path], Iterator[FileRow]]


def csv_rows(path: Path) -> Iterator[FileRow]:
    """Yield the rows of a CSV file in UTF-8, with or without byte order mark; empty lines are no rows."""
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.reader(lines, strict=True)
        try:
            header = checked_header(next(table, []))
            for cells in table:
                if cells:
                    yield FileRow(dict(zip(header, cells, strict=False)), len(cells) == len(header))
        except UnicodeDecodeError:
            message = _("The file is not UTF-8 (near line %(line)d). Save it as CSV UTF-8.")
            raise Unreadable(message % {"line": table.line_num + 1}) from None
        except csv.Error:
            message = _("The file is not CSV: quotation marks do not match near line %(line)d.")
            raise Unreadable(message % {"line": table.line_num}) from None


def checked_header(cells: Sequence[object]) -> list[str]:
    """Return the column names; Unreadable when one is missing or stands twice. Others are ignored."""
    header = [str(cell or "").strip() for cell in cells]
    if not any(header):
        raise Unreadable(_("The file is empty: its first line must name the columns."))
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        message = _("The first line does not name these columns: %(names)s.")
        raise Unreadable(message % {"names": ", ".join(missing)})
    if any(header.count(name) > 1 for name in COLUMNS):
        raise Unreadable(_("The first line names a column twice."))
    return header


READERS: dict[str, Reader] = {".csv": csv_rows}


def rows_of(path: Path) -> Iterator[FileRow]:
    """Yield the rows of a file, read by its suffix; a suffix that is not known is read as CSV."""
    if not path.is_file():
        raise Unreadable(_("There is no such file, or it is not a regular file."))
    try:
        yield from READERS.get(path.suffix.lower(), csv_rows)(path)
    except OSError:
        raise Unreadable(_("The file cannot be opened.")) from None
