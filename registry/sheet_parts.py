"""The parts of an XLSX file around a sheet's cells: what belongs to what, shared strings, styles; each parsed as a stream.

ECMA-376 part 1, §18.4 (shared strings), part 2, §9.3 (relations). Which number formats are dates, `python-calamine` is asked. A document
type declaration is an error. Knows nothing of rows. Imports nothing of the project.
"""

import io
import posixpath
import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from xml.parsers import expat
from zipfile import ZipFile

CHUNK = 2**16
TEXTS_A_PACK, PACKS_AT_HAND = 32, 512
BLANK = " \t\r\n"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

# A workbook of one sheet with a file's own styles, to ask calamine which of them are dates.
ASKED = 46000.25
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATION = f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r" Target="{{}}" Type="{OFFICE}/{{}}"/></Relationships>'
ASKING = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": _RELATION.format("xl/workbook.xml", "officeDocument"),
    "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets><sheet name="s" sheetId="1" r:id="r"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": _RELATION.format("worksheets/sheet1.xml", "worksheet"),
}

Attributes = dict[str, str]


class Local(dict[str, str]):
    """The name of an element without its prefix, by its name with it."""

    def __missing__(self, name: str) -> str:
        self[name] = name.rpartition(":")[2]
        return self[name]


class Reading:
    """One part of the file as it is parsed: names of elements come without prefixes, and text is gathered on demand."""

    def __init__(self) -> None:
        self._local = Local()
        self._pieces: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = lambda name, of: self.start(self._local[name], of)
        self.parser.EndElementHandler = lambda name: self.end(self._local[name])
        self.parser.StartDoctypeDeclHandler = self._refuse

    def start(self, kind: str, of: Attributes) -> None:
        """Take the beginning of an element."""

    def end(self, kind: str) -> None:
        """Take the end of an element."""

    def listen(self) -> None:
        """Gather text from here on."""
        self._pieces = []
        self.parser.CharacterDataHandler = self._pieces.append

    def heard(self) -> str:
        """Return the text since `listen`, with its escapes (§22.9.2.19) resolved."""
        self.parser.CharacterDataHandler = None
        text = "".join(self._pieces)
        return _ESCAPED.sub(_unescaped, text) if "_x" in text else text

    @staticmethod
    def _refuse(*_declared: object) -> None:
        raise ValueError("a document type declaration")


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if code == 0 or 0xD800 <= code < 0xE000 else chr(code)  # noqa: PLR2004 - surrogates


class Elements(Reading):
    """The elements of a small part, each with its attributes by name without prefix."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, Attributes]] = []
        self.parser.Parse(content, True)

    def start(self, kind: str, of: Attributes) -> None:
        self.found.append((kind, {self._local[name]: value for name, value in of.items()}))

    def of(self, *kinds: str) -> list[Attributes]:
        """Return the attributes of the elements of some kinds, in their order."""
        return [attributes for kind, attributes in self.found if kind in kinds]


class Texts(Reading):
    """The shared strings, packed: a large sheet may have a million of them."""

    def __init__(self) -> None:
        super().__init__()
        self._packs: list[bytes] = []
        self._waiting: list[str] = []
        self._said, self._phonetic, self._kept = "", False, False
        self._unpacked = lru_cache(maxsize=PACKS_AT_HAND)(self._unpack)

    def start(self, kind: str, of: Attributes) -> None:
        if kind == "si":
            self._said = ""
        elif kind == "t" and not self._phonetic:
            self._kept = of.get("xml:space") == "preserve"
            self.listen()
        elif kind == "rPh":
            self._phonetic = True

    def end(self, kind: str) -> None:
        if kind == "t" and not self._phonetic:
            self._said += self.heard() if self._kept else self.heard().strip(BLANK)
        elif kind == "rPh":
            self._phonetic = False
        elif kind == "si":
            self._waiting.append(self._said)
            if len(self._waiting) == TEXTS_A_PACK:
                self.pack()

    def pack(self) -> None:
        """Put away what waits; no text holds the character that parts them, as no XML does."""
        if self._waiting:
            self._packs.append(zlib.compress("\0".join(self._waiting).encode(), 1))
            self._waiting = []

    def text(self, number: int) -> str:
        """Return one string; IndexError when there is none of this number."""
        pack, place = divmod(number, TEXTS_A_PACK)
        return self._unpacked(pack)[place]

    def _unpack(self, pack: int) -> list[str]:
        if pack < 0:
            raise IndexError
        return zlib.decompress(self._packs[pack]).decode().split("\0")


def parsed(archive: ZipFile, part: str, reading: Reading) -> Iterator[None]:
    with archive.open(part) as content:
        while chunk := content.read(CHUNK):
            reading.parser.Parse(chunk, False)
            yield
        reading.parser.Parse(b"", True)
        yield


def relations(archive: ZipFile, part: str) -> list[tuple[str, str, str]]:
    """Return id, kind and target of each relation of a part (ECMA-376 part 2, §9.3)."""
    folder, name = posixpath.split(part)
    listed = Elements(archive.read(posixpath.join(folder, "_rels", f"{name}.rels")))
    return [
        (
            of["Id"],
            of["Type"].rpartition("/")[2],
            posixpath.normpath(posixpath.join("/", folder, of["Target"])).lstrip("/"),
        )
        for of in listed.of("Relationship")
    ]


def shared_texts(archive: ZipFile, part: str | None) -> Texts:
    texts = Texts()
    if part in archive.namelist():
        for _chunk in parsed(archive, str(part), texts):
            pass
        texts.pack()
    return texts


def styles_of(archive: ZipFile, part: str | None) -> list[type]:
    """Return, for each style, what calamine makes of a number in a cell of it: float, a date and time, or a timedelta."""
    from python_calamine import CalamineWorkbook

    if part not in archive.namelist():
        return []
    content = archive.read(str(part))
    cells = (
        f'<c s="{style}"><v>{ASKED}</v></c>' for style in range(len(Elements(content).of("xf")))
    )
    sheet = f"<worksheet {MAIN}><sheetData><row>{''.join(cells)}</row></sheetData></worksheet>"
    asked = io.BytesIO()
    with ZipFile(asked, "w") as book:
        for name, text in (ASKING | {"xl/worksheets/sheet1.xml": sheet}).items():
            book.writestr(name, text)
        book.writestr("xl/styles.xml", content)
    asked.seek(0)
    told: list[Any] = CalamineWorkbook.from_filelike(asked).get_sheet_by_index(0).to_python()
    return [type(cell) for cell in told[0]] if told else []
