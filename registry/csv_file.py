"""Reading a records file in CSV, one row at a time. Messages name lines and columns, never a cell's content."""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from registry.file_rows import FileRow, Source, Unreadable, checked_header

LONGEST_CELL = 1_000_000


def csv_rows(source: Source) -> Iterator[FileRow]:
    """Yield the rows of a CSV file in UTF-8, with or without byte order mark; empty lines are no rows."""
    csv.field_size_limit(LONGEST_CELL)
    with io.TextIOWrapper(source.opened(), encoding="utf-8-sig", newline="") as lines:
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
