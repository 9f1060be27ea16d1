"""What every reader of records files gives: rows of cells by column name, or one reason why there are none.

Knows the names of the columns, not what may stand in them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from django.utils.translation import gettext as _

from registry.decision_row import COLUMNS

LOST = "\x00"
"""Stands in the place of a cell whose value the file no longer tells; no column takes it (`bad_value`)."""
EXACT_BELOW = 10**15
"""Spreadsheets keep 15 digits: a longer number in a cell has lost some, such as a document number's last."""


class Unreadable(Exception):
    """The file as a whole cannot be read; the message says why and what to do."""


class Source(Protocol):
    """A records file that can be read again from its beginning as often as needed; `path` where it lies in the clear."""

    @property
    def path(self) -> Path | None: ...
    def opened(self) -> BinaryIO:
        """Return its bytes, to be read from any position; OSError when it cannot be opened."""
        ...


class OnDisk(NamedTuple):
    """An ordinary file."""

    path: Path

    def opened(self) -> BinaryIO:
        """Return its bytes."""
        return self.path.open("rb")


class FileRow(NamedTuple):
    """The cells of one row by column name; not `whole` when a cell belongs to no column, or one to two."""

    values: Mapping[str, object]
    whole: bool


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


def told(cell: object) -> object:
    """Return a cell as it is, or LOST where it is a number that has lost digits, or no single value."""
    if isinstance(cell, float):
        return cell if abs(cell) < EXACT_BELOW else LOST
    return LOST if isinstance(cell, (list, dict)) else cell
