"""Reading the first sheet of an XLSX file; what it unpacks to is measured before anything parses it.

An XLSX file is a zip archive of XML. The parser works in a process of its own (`sheet_process`); either process
holds a row at a time of a large sheet. Messages never repeat a cell.
"""

import json
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import zip_longest
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from registry import sheet_process
from registry.file_rows import FileRow, Source, Unreadable, checked_header, told

LARGEST_UNPACKED = 600 * 2**20
"""Bytes of all parts of the file together."""
MOST_PARTS = 1_000
_CHUNK = 2**18
_LOCAL_HEADER, _NAME_LENGTH = 30, 26
_ENCRYPTED = 0x1


def sheet_rows(source: Source) -> Iterator[FileRow]:
    """Yield the rows of the first sheet; rows without any cell are no rows. Dates come as ISO text."""
    _refuse_bombs(source)
    with _cells_of(source) as rows:
        header = _header(next(rows, []))
        for cells in rows:
            beyond = any(cell != "" for cell in cells[len(header) :])
            named = zip_longest(header, cells[: len(header)], fillvalue="")
            values = {str(name): told(cell) for name, cell in named}
            yield FileRow(values, not beyond)


def _header(cells: list[object]) -> list[str]:
    while cells and cells[-1] == "":
        cells = cells[:-1]
    return checked_header(cells)


@contextmanager
def _cells_of(source: Source) -> Iterator[Iterator[list[object]]]:
    """Start the reading process and give its rows; Unreadable when it did not come to its end."""
    program = [
        sys.executable,
        "-I",
        sheet_process.__file__,
        *([str(source.path)] if source.path else []),
    ]
    reader = subprocess.Popen(
        program,
        stdin=subprocess.DEVNULL if source.path else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        if reader.stdin:
            _hand_over(source, reader.stdin)
        yield _rows_from(reader)
    finally:
        reader.kill()
        reader.wait()
        if reader.stdout:
            reader.stdout.close()


def _hand_over(source: Source, to: IO[bytes]) -> None:
    """Give a file that does not lie in the clear to the process, which says nothing before it has all of it."""
    with suppress(BrokenPipeError), source.opened() as packed:
        shutil.copyfileobj(packed, to)
    with suppress(BrokenPipeError):
        to.close()


def _rows_from(reader: "subprocess.Popen[bytes]") -> Iterator[list[object]]:
    for line in reader.stdout or ():
        if not line.endswith(b"\n"):
            break
        yield json.loads(line)
    if reader.wait() != 0:
        raise _not_readable()


def _refuse_bombs(source: Source) -> None:
    """Unpack every part, keeping nothing, and count: what the archive says of its sizes may be a lie."""
    left = LARGEST_UNPACKED
    try:
        with source.opened() as packed, ZipFile(packed) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise _too_large()
            for part in parts:
                left -= _unpacked_bytes(packed, part, most=left)
    except (BadZipFile, zlib.error, ValueError, EOFError, RuntimeError):
        raise _not_readable() from None


def _unpacked_bytes(packed: IO[bytes], part: ZipInfo, *, most: int) -> int:
    if part.flag_bits & _ENCRYPTED or part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise _not_readable()
    packed.seek(part.header_offset + _NAME_LENGTH)
    lengths = packed.read(_LOCAL_HEADER - _NAME_LENGTH)
    packed.seek(sum(int.from_bytes(lengths[at : at + 2], "little") for at in (0, 2)), 1)
    counted, remaining = 0, part.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while remaining > 0 and (chunk := packed.read(min(_CHUNK, remaining))):
        remaining -= len(chunk)
        if part.compress_type == ZIP_STORED:
            counted += len(chunk)
        while part.compress_type == ZIP_DEFLATED and chunk and not inflate.eof:
            counted += len(inflate.decompress(chunk, _CHUNK))
            chunk = inflate.unconsumed_tail
            if counted > most:
                raise _too_large()
    if counted > most:
        raise _too_large()
    return counted


def _too_large() -> Unreadable:
    message = _("The XLSX file is too large. Split it, or save it as CSV UTF-8.")
    return Unreadable(message)


def _not_readable() -> Unreadable:
    message = _(
        "The XLSX file cannot be read: it is damaged, protected by a password or too large."
    )
    return Unreadable(message)
