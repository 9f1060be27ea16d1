"""The file that says which rows were not filed and why: `row,decision_number,codes`, no personal data."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

from registry.decision_row import as_text
from registry.import_files import FileRow, Unreadable

HEADER = ("row", "decision_number", "codes")
_OF_A_PERSON = ("name", "id_number", "address", "guardian_name")
_LIKE_AN_ID_NUMBER = re.compile(r"\d{11}")
_LONGEST = 100


class Writes(Protocol):
    """Takes one rejected row."""

    def __call__(self, number: int, row: FileRow, codes: tuple[str, ...]) -> None: ...


@contextmanager
def rejects_file(path: Path | None) -> Iterator[Writes]:
    """Give a function that writes one rejected row; without a path it writes nothing."""
    try:
        opened = path.open("w", encoding="utf-8", newline="") if path else nullcontext()
    except OSError:
        raise Unreadable(_("The file for rejected rows cannot be written.")) from None
    with opened as out:
        table = csv.writer(out, lineterminator="\n") if out else None
        if table:
            table.writerow(HEADER)

        def write(number: int, row: FileRow, codes: tuple[str, ...]) -> None:
            if table:
                table.writerow((number, quotable_number(row), " ".join(codes)))

        yield write


def quotable_number(row: FileRow) -> str:
    """Return the decision number, or nothing where the cell may hold a person's data or a formula.

    A row whose cells are shifted by one has a name or a document number in this place.
    """
    number = as_text(row.values.get("decision_number"))
    personal = [as_text(row.values.get(name)) for name in _OF_A_PERSON]
    unfit = (
        not row.whole
        or len(number) > _LONGEST
        or not number.isprintable()
        or number.startswith(("=", "+", "-", "@"))
        or _LIKE_AN_ID_NUMBER.search(number)
        or any(text and text in number for text in personal)
    )
    return "" if unfit else number
