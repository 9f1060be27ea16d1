"""Reading a records file in JSON Lines: one object a line, its names the columns. A name left out is an empty cell."""

import io
import json
from collections.abc import Iterator
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _

from registry.decision_row import COLUMNS
from registry.file_rows import FileRow, Source, Unreadable, told

LONGEST_LINE = 2_000_000
"""Characters of one line; what is longer is read in pieces, of which none is an object."""


def json_rows(source: Source) -> Iterator[FileRow]:
    """Yield the rows of a JSON Lines file in UTF-8, with or without byte order mark; empty lines are no rows."""
    with io.TextIOWrapper(source.opened(), encoding="utf-8-sig") as lines:
        named = False
        for number, line in enumerate(_lines(lines), start=1):
            if not line.strip():
                continue
            row = _row(line, number)
            if not named and not any(name in row.values for name in COLUMNS):
                raise Unreadable(_("The first line names none of the columns of a records file."))
            named = True
            yield row


def _lines(lines: IO[str]) -> Iterator[str]:
    number = 0
    try:
        while line := lines.readline(LONGEST_LINE):
            number += 1
            yield line
    except UnicodeDecodeError:
        message = _("The file is not UTF-8 (near line %(line)d).")
        raise Unreadable(message % {"line": number + 1}) from None


def _row(line: str, number: int) -> FileRow:
    try:
        pairs = _DECODER.decode(line.strip())
    except (ValueError, RecursionError):
        raise _not_json_lines(number) from None
    if not isinstance(pairs, _Object):
        raise _not_json_lines(number)
    values = {name: told(cell) for name, cell in pairs}
    return FileRow(values, len(values) == len(pairs))


class _Object(list[tuple[str, Any]]):
    """The names and values of an object, in which a name may stand twice."""


def _no_number(_name: str) -> NoReturn:
    """Refuse NaN and the infinities, which JSON does not know."""
    raise ValueError("no number")


_DECODER = json.JSONDecoder(object_pairs_hook=_Object, parse_constant=_no_number)


def _not_json_lines(number: int) -> Unreadable:
    message = _("Line %(line)d is not JSON Lines: each line must be one object.")
    return Unreadable(message % {"line": number})
