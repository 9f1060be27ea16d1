"""Reading a records file as rows of cells, whatever its format; a reader a format, chosen by content.

Knows how formats begin and how large a file may be, not what stands in a row. A file is read twice from its
beginning, so it must be a file on disk.
"""

from collections.abc import Callable, Iterator
from io import SEEK_END
from pathlib import Path

from django.utils.translation import gettext as _

from registry.csv_file import csv_rows
from registry.file_rows import FileRow, OnDisk, Source, Unreadable
from registry.json_lines import json_rows
from registry.spreadsheet import sheet_rows

__all__ = ["FileRow", "Source", "Unreadable", "refuse_at_once", "rows_of"]

LARGEST_TEXT = 4 * 2**30
"""Bytes of a CSV or JSON Lines file; it is read a line at a time."""
LARGEST_XLSX = 200 * 2**20
"""Bytes of an XLSX file, which is compressed."""
_LOOKED_AT = 4_096
_ZIP, _OLD_EXCEL, _BYTE_ORDER_MARK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xef\xbb\xbf"

Reader = Callable[[Source], Iterator[FileRow]]


def rows_of(file: Path | Source) -> Iterator[FileRow]:
    """Yield the rows of a file; Unreadable at any row when the file as a whole cannot be read."""
    if isinstance(file, Path) and not file.is_file():
        raise Unreadable(_("There is no such file, or it is not a regular file."))
    source = OnDisk(file) if isinstance(file, Path) else file
    try:
        yield from _reader_of(source)(source)
    except OSError:
        raise Unreadable(_("The file cannot be opened.")) from None


def refuse_at_once(source: Source) -> None:
    """Raise Unreadable for what the beginning of a file tells; a spreadsheet tells little before it is unpacked."""
    reader = _reader_of(source)
    if reader is not sheet_rows:
        next(reader(source), None)


def _reader_of(source: Source) -> Reader:
    """Return the reader for what the file holds; its name is not asked."""
    with source.opened() as file:
        start = file.read(_LOOKED_AT)
        size = file.seek(0, SEEK_END)
    if start.startswith(_OLD_EXCEL):
        message = _("This is an older Excel file, or one with a password. Save it as XLSX without.")
        raise Unreadable(message)
    packed = start.startswith(_ZIP)
    if size > (LARGEST_XLSX if packed else LARGEST_TEXT):
        raise Unreadable(_("The file is too large. Split it."))
    if packed:
        return sheet_rows
    text = start.removeprefix(_BYTE_ORDER_MARK).lstrip()
    return json_rows if text.startswith((b"{", b"[")) else csv_rows
