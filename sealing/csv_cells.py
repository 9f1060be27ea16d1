"""Tables for a spreadsheet that runs nothing: a cell that a spreadsheet would take for a formula gets an apostrophe.

UTF-8 with a byte order mark, lines end with CRLF (RFC 4180). Pure.
"""

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
#: What a cell must not begin with (OWASP, CSV injection), and the full-width forms that input methods make of it.
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


def harmless(text: str) -> str:
    """Return the text of a cell; behind an apostrophe if it begins, after blanks, as a formula does."""
    first = text.lstrip(" \N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}\N{ZERO WIDTH NO-BREAK SPACE}\0")[
        :1
    ]
    return f"'{text}" if first in FORMULA and first else text


def table(rows: Iterable[Sequence[str]]) -> bytes:
    """Return the rows as one file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return (BYTE_ORDER_MARK + out.getvalue()).encode()
