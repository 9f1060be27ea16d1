"""A file that is ciphertext from its first byte to its last, made and opened in pieces: memory stays constant.

Each piece is an envelope of `sealing.cipher`, bound to the file's place, to its own number and to whether it is the
last: a piece that was changed, moved, left out or cut off at the end does not open. Knows no content.
"""

import io
import os
from pathlib import Path
from typing import Any, BinaryIO, cast

from sealing import cipher
from sealing.cipher import HEADER, NONCE_BYTES, TAG_BYTES, Unopenable

PIECE = 64 * 1024
"""Plain bytes of every piece but the last, which may be shorter."""
_STORED = PIECE + HEADER.size + NONCE_BYTES + TAG_BYTES

Place = tuple[str, ...]


def _piece_place(place: Place, number: int, *, last: bool) -> Place:
    return (*place, str(number), "last" if last else "more")


class SealedWriter:
    """Writes one new file of mode 0600. What is not finished does not open."""

    def __init__(self, path: Path, *, place: Place) -> None:
        """Make the file; FileExistsError when there is one, a link included."""
        self._place, self._number, self._held = place, 0, bytearray()
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        self._out = os.fdopen(os.open(path, flags, 0o600), "wb")

    def write(self, data: bytes) -> None:
        """Take some bytes; at most a piece of them waits in memory."""
        self._held += data
        while len(self._held) > PIECE:
            self._put(bytes(self._held[:PIECE]), last=False)
            del self._held[:PIECE]

    def finish(self) -> None:
        """Write the last piece and put the file on disk."""
        self._put(bytes(self._held), last=True)
        self._held.clear()
        self._out.flush()
        os.fsync(self._out.fileno())
        self.close()

    def close(self) -> None:
        """Let the file go, finished or not."""
        self._out.close()

    def _put(self, plain: bytes, *, last: bool) -> None:
        place = _piece_place(self._place, self._number, last=last)
        self._out.write(cipher.seal(plain, place=place))
        self._number += 1


class _Pieces(io.RawIOBase):
    """The plain bytes, from any position; one piece is open at a time."""

    def __init__(self, path: Path, place: Place) -> None:
        self._place, self._at = place, 0
        self._number, self._piece = -1, b""
        self._file = path.open("rb")
        stored = os.fstat(self._file.fileno()).st_size
        self._pieces = -(-stored // _STORED)
        self._length = stored - self._pieces * (_STORED - PIECE)
        if self._length < 0 or not self._pieces:
            self._file.close()
            raise Unopenable("A sealed file is too short.")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position; nothing is read yet."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        if start + offset < 0:
            raise ValueError("A position before the beginning of the file.")
        self._at = start + offset
        return self._at

    def readinto(self, into: Any) -> int:
        """Fill from the piece at this position; 0 at the end. Unopenable when it is not the piece that was written."""
        if self._at >= self._length and self._number >= 0:
            return 0
        number, start = divmod(min(self._at, max(self._length - 1, 0)), PIECE)
        if number != self._number:
            self._piece, self._number = self._opened(number), number
        view = memoryview(into)
        found = self._piece[start : start + len(view)] if self._at < self._length else b""
        view[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _opened(self, number: int) -> bytes:
        self._file.seek(number * _STORED)
        last = number == self._pieces - 1
        place = _piece_place(self._place, number, last=last)
        return cipher.opened(self._file.read(_STORED), place=place)

    def close(self) -> None:
        """Let the file go."""
        if not self.closed:
            self._file.close()
        super().close()


def open_sealed(path: Path, *, place: Place) -> BinaryIO:
    """Return the plain bytes of a sealed file, to be read from any position; Unopenable at once or while reading."""
    return cast(BinaryIO, io.BufferedReader(_Pieces(path, place), PIECE))
