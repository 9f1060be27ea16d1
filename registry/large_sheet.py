"""Reads the first sheet of an XLSX file a row at a time, for sheets that are too large to lie in memory as a whole.

ECMA-376 part 1, §18.3. Gives what `python-calamine` gives for the same file; an unknown kind of cell or a reference to
nothing is an error. Runs in the process of `sheet_process`.
"""

import datetime
import io
from collections.abc import Iterator
from zipfile import ZipFile

from registry.sheet_parts import (
    BLANK,
    Attributes,
    Elements,
    Reading,
    Texts,
    parsed,
    relations,
    shared_texts,
    styles_of,
)

MOST_COLUMNS = 16_384
DAY_ZERO, DAY_ZERO_1904 = datetime.datetime(1899, 12, 30), datetime.datetime(1904, 1, 1)
LEAP_DAY_THAT_WAS_NONE = 60
TRUTH = {"1": True, "true": True, "0": False, "false": False}


class _Rows(Reading):
    """The rows of a sheet that are not empty, as they are parsed; whoever takes them empties `ready`."""

    def __init__(self, texts: Texts, styles: list[type], day_zero: datetime.datetime) -> None:
        super().__init__()
        self.ready: list[list[object]] = []
        self._texts, self._styles, self._day_zero = texts, styles, day_zero
        self._cells: list[object] = []
        self._type, self._style, self._said = "n", "", ""
        self._column, self._phonetic, self._kept = -1, False, False
        self._columns: dict[str, int] = {}

    def start(self, kind: str, of: Attributes) -> None:
        if kind == "c":
            self._type, self._style, self._said = of.get("t", "n"), of.get("s", ""), ""
            self._column = self._placed(of["r"]) if "r" in of else self._column + 1
        elif kind == "v" or (kind == "t" and not self._phonetic):
            self._kept = kind == "v" or of.get("xml:space") == "preserve"
            self.listen()
        elif kind == "rPh":
            self._phonetic = True
        elif kind == "row":
            self._cells, self._column = [], -1

    def end(self, kind: str) -> None:
        if kind == "v":
            text = self.heard()
            self._said = "" if self._type == "inlineStr" else text
        elif kind == "t" and not self._phonetic:
            self._said += self.heard() if self._kept else self.heard().strip(BLANK)
        elif kind == "c":
            if self._said:
                self._put(self._value(self._said))
        elif kind == "rPh":
            self._phonetic = False
        elif kind == "row" and any(cell != "" for cell in self._cells):
            self.ready.append(self._cells)

    def _placed(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        if letters not in self._columns:
            column = 0
            for letter in letters.upper():
                column = column * 26 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter) + 1
            self._columns[letters] = column - 1
        return self._columns[letters]

    def _put(self, value: object) -> None:
        if not 0 <= self._column < MOST_COLUMNS:
            raise ValueError("a cell outside of the sheet")
        self._cells += [""] * (self._column + 1 - len(self._cells))
        self._cells[self._column] = value

    def _value(self, text: str) -> object:
        if self._type == "s":
            return self._texts.text(int(text))
        if self._type in ("str", "inlineStr"):
            return text
        if self._type == "n":
            return self._number(text)
        if self._type == "b":
            return TRUTH[text]
        if self._type == "d":
            return datetime.datetime.fromisoformat(text)
        if self._type == "e":
            return ""
        raise ValueError("an unknown kind of cell")

    def _number(self, text: str) -> object:
        try:
            number = float(text if "_" not in text and text == text.strip() else "no number")
        except ValueError:
            return text
        style = int(self._style) if self._style else len(self._styles)
        kind = self._styles[style] if style < len(self._styles) else float
        if kind is float:
            return number
        try:
            return self._moment(number, kind)
        except (OverflowError, ValueError):
            return number

    def _moment(self, days: float, kind: type) -> object:
        if kind is datetime.timedelta:
            return datetime.timedelta(milliseconds=round(days * 86_400_000))
        if days < 1:
            return self._time(days % 1)
        if self._day_zero == DAY_ZERO and days < LEAP_DAY_THAT_WAS_NONE:
            days += 1
        return self._day_zero + datetime.timedelta(milliseconds=round(days * 86_400_000))

    @staticmethod
    def _time(days: float) -> datetime.time:
        passed = datetime.timedelta(milliseconds=round(days * 86_400_000))
        return (datetime.datetime.min + passed).time()


def rows(packed: str | io.BytesIO) -> Iterator[list[object]]:
    """Yield the rows of the first worksheet that are not empty, each from column A to the last that it uses."""
    with ZipFile(packed) as archive:
        book = next(part for _id, kind, part in relations(archive, "") if kind == "officeDocument")
        related = relations(archive, book)
        parts = {kind: part for _id, kind, part in reversed(related)}
        workbook = Elements(archive.read(book))
        sheets = {id: part for id, kind, part in related if kind == "worksheet"}
        first = next(sheets[of["id"]] for of in workbook.of("sheet") if of["id"] in sheets)
        from_1904 = any(of.get("date1904") in ("1", "true") for of in workbook.of("workbookPr"))
        reading = _Rows(
            shared_texts(archive, parts.get("sharedStrings")),
            styles_of(archive, parts.get("styles")),
            DAY_ZERO_1904 if from_1904 else DAY_ZERO,
        )
        for _chunk in parsed(archive, first, reading):
            yield from reading.ready
            reading.ready.clear()
