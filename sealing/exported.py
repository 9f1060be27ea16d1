"""The folder that `manage.py export_log` writes and `python -m sealing.verify` reads.

    manifest.json      format, origin, index of the first entry, the tree's right edge before it
    entries.jsonl      one entry a line: index, entry (its key), leaf_hash (hex), body (the hashed bytes, Base64)
    leaves.bin         the tree's leaf hashes, 32 bytes each, from the first entry on
    checkpoints.jsonl  one signed note a line, smallest tree first
    checkpoint         the newest of them as plain text
    keys.txt           the log's verifier keys, one a line
    orders.jsonl       the signed orders by which months were dropped, one a line; of an entry that is gone the line
                       says "dropped" instead of a body, and is wrong unless such an order says so too

Needs the standard library only; knows no database.
"""

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from sealing.merkle import HASH_BYTES, Frontier, leaf_hash
from sealing.notes import Malformed, Note, VerifierKey

FORMAT = 1
MANIFEST, ENTRIES, LEAVES = "manifest.json", "entries.jsonl", "leaves.bin"
# A line of the entries without its four values, split at its quotation marks.
WRITTEN = [b"{", b"index", b"entry", b":", b",", b"leaf_hash", b":", b",", b"body", b":", b"}\n"]
CHECKPOINTS, NEWEST, KEYS = "checkpoints.jsonl", "checkpoint", "keys.txt"
ORDERS = "orders.jsonl"


class Unreadable(Exception):
    """The folder is no exported log, or a file of it cannot be read; the message says which."""


class Line(NamedTuple):
    """One entry as it stands in the file; `is_sound` when index, key, hash and body agree with each other.

    Of an entry that is said to be dropped there is no body: its hash is what the line states.
    """

    leaf: bytes
    entry: str
    is_sound: bool
    is_dropped: bool = False


@dataclass(frozen=True)
class Exported:
    """An exported log: its files, and what its manifest says."""

    folder: Path
    origin: str
    first: int
    edge: tuple[bytes, ...]

    @classmethod
    def open(cls, folder: Path) -> "Exported":
        """Read the manifest; Unreadable when there is none that can be used."""
        try:
            said = json.loads((folder / MANIFEST).read_text())
            edge = tuple(bytes.fromhex(hash) for hash in said["edge"])
            made = cls(folder, str(said["origin"]), int(said["first"]), edge)
            made.frontier()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unreadable(f"{MANIFEST} cannot be read ({type(error).__name__}).") from None
        if said.get("format") != FORMAT:
            raise Unreadable(f"{MANIFEST} is of another format than {FORMAT}.")
        return made

    def frontier(self) -> Frontier:
        """Return the tree before the first entry."""
        return Frontier(self.first, self.edge)

    def keys(self) -> tuple[VerifierKey, ...]:
        """Return the keys that the folder itself names: to be compared with those from a place you trust."""
        try:
            return tuple(VerifierKey.parse(line) for line in self._text(KEYS).splitlines())
        except Malformed as error:
            raise Unreadable(f"{KEYS}: {error}") from None

    def notes(self) -> Iterator[tuple[int, Note | None]]:
        """Yield each signed note with the number of its line, from 1; None for a line that holds none."""
        yield from self._notes(CHECKPOINTS)

    def orders(self) -> Iterator[tuple[int, Note | None]]:
        """Yield the note of each order to drop a month in the same way; none when there is no such file."""
        if (self.folder / ORDERS).exists():
            yield from self._notes(ORDERS)

    def newest(self) -> Note | None:
        """Return the newest checkpoint's note."""
        try:
            return Note.parse(self._text(NEWEST))
        except Malformed:
            return None

    def leaves(self) -> Iterator[bytes]:
        """Yield the tree's leaf hashes; a rest of fewer than 32 bytes at the end is yielded as it is."""
        try:
            with (self.folder / LEAVES).open("rb") as file:
                while chunk := file.read(HASH_BYTES * 4096):
                    for at in range(0, len(chunk), HASH_BYTES):
                        yield chunk[at : at + HASH_BYTES]
        except OSError as error:
            raise Unreadable(f"{LEAVES} cannot be read ({type(error).__name__}).") from None

    def entries(self) -> Iterator[Line]:
        """Yield each line of the entries with the hash of its body."""
        for index, line in enumerate(self._lines(ENTRIES), self.first):
            yield _line(line, index)

    def _notes(self, name: str) -> Iterator[tuple[int, Note | None]]:
        for number, line in enumerate(self._lines(name), 1):
            try:
                yield number, Note.parse(json.loads(line)["note"])
            except (Malformed, ValueError, KeyError, TypeError, AttributeError):
                yield number, None

    def _lines(self, name: str) -> Iterator[bytes]:
        try:
            with (self.folder / name).open("rb") as file:
                yield from file
        except OSError as error:
            raise Unreadable(f"{name} cannot be read ({type(error).__name__}).") from None

    def _text(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise Unreadable(f"{name} cannot be read ({type(error).__name__}).") from None


def _line(line: bytes, index: int) -> Line:
    """Read a line: at once in the form it was written in, else as any JSON."""
    parts = line.split(b'"')
    try:
        if [*parts[:2], *parts[3:5], *parts[6:9], *parts[10:13], *parts[14:]] == WRITTEN:
            number, entry, stated, text = parts[2], parts[5], parts[9], parts[13]
            body = _exact(text)
            return _checked(entry, stated, body, number == b":%d," % index)
        said: dict[str, Any] = json.loads(line)
        if said.get("dropped") is True:
            leaf, key = bytes.fromhex(said["leaf_hash"]), str(UUID(said["entry"]))
            return Line(leaf, key, said["index"] == index, is_dropped=True)
        body = _exact(said["body"].encode())
        named = str(said["entry"]).encode(), str(said["leaf_hash"]).encode()
        return _checked(*named, body, said["index"] == index)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Line(b"", "", False)


def _exact(text: bytes) -> bytes:
    """Return the bytes of Base64 in its only right spelling; ValueError for another, which has bits that count for nothing."""
    body = a2b_base64(text, strict_mode=True)
    rest = len(body) % 3
    if rest and b2a_base64(body[-rest:], newline=False) != text[-4:]:
        raise ValueError("This is no Base64 in its usual spelling.")
    return body


def _checked(entry: bytes, stated: bytes, body: bytes, is_in_place: bool) -> Line:
    leaf = leaf_hash(body)
    sound = is_in_place and stated.decode() == leaf.hex() and b'"id":"%b"' % entry in body
    return Line(leaf, entry.decode(), sound)
