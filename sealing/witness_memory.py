"""What a witness remembers, in a folder of its own: its key, and of each log every state it cosigned or refused.

States are lines that are only added, each on disk before it counts; the last whole line is what the witness goes by, so
a kill at any moment leaves the state before or the one after. One process at a time has the folder. Needs the
standard library and the modules beside this one.
"""

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sealing.checkpoints import Checkpoint
from sealing.notes import Malformed, Note

KEY, LOCK, COSIGNED, REFUSED = "witness.json", "lock", "cosigned.jsonl", "refused.jsonl"
TAIL_BYTES = 256 * 1024


class Unusable(Exception):
    """The folder is no witness's, is damaged, or another process has it; the message says which."""


@dataclass
class Memory:
    """The folder of a running witness; `secret` is its private key in Base64, `time` the latest it ever stated."""

    folder: Path
    name: str
    secret: str
    time: int = 0
    known: dict[str, Checkpoint] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def last(self, origin: str) -> Checkpoint | None:
        """Return the last state of a log that was cosigned, or None when none ever was."""
        return self.known.get(origin)

    def keep(self, head: Checkpoint, note: Note, *, at: int) -> None:
        """Put a state that is about to be cosigned on disk; what was cosigned before is written once."""
        if self.known.get(head.origin) != head:
            _append(self._of(head.origin) / COSIGNED, {"at": at, "note": str(note)})
            self.known[head.origin] = head
        self.time = at

    def keep_refused(self, note: Note) -> None:
        """Keep a checkpoint that its log signed and that does not continue what was cosigned: it is evidence."""
        origin = note.text.split("\n", 1)[0]
        if self.refused.get(origin) != note.text:
            _append(self._of(origin) / REFUSED, {"note": str(note)})
            self.refused[origin] = note.text

    def newest_note(self, origin: str) -> tuple[Note, int]:
        """Return the last note that was cosigned with the time of it; Unusable when there is none."""
        found = _last_line(self._of(origin) / COSIGNED)
        if found is None:
            raise Unusable("No checkpoint of this log was cosigned.")
        return _read(found)

    def _of(self, origin: str) -> Path:
        folder = self.folder / hashlib.sha256(origin.encode()).hexdigest()
        if not folder.is_dir():
            folder.mkdir(mode=0o700)
            _sync(self.folder)
        return folder


@contextlib.contextmanager
def open_folder(folder: Path, *, make: str = "", watches: bool = False) -> Iterator[Memory]:
    """Give the memory in a folder, made under a name on first use; alone with it, unless only `watches`.

    Raises Unusable for a folder without a witness: who lost his memory takes a new folder, and with it a new key.
    """
    if make:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise Unusable(f"{folder.name} is no folder of a witness ({error.strerror}).") from None
    try:
        if not watches:
            _lock(handle)
        if make and not (folder / KEY).exists():
            said = {"name": make, "private": base64.b64encode(secrets.token_bytes(32)).decode()}
            _append(folder / KEY, said)
        yield _loaded(folder, watches=watches)
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Unusable("Another witness is at work in this folder.") from None


def _loaded(folder: Path, *, watches: bool) -> Memory:
    try:
        said = json.loads((folder / KEY).read_text())
        memory = Memory(folder, str(said["name"]), str(said["private"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unusable(f"{KEY} cannot be read ({type(error).__name__}).") from None
    for path in sorted(folder.glob(f"*/{COSIGNED}")):
        if not watches:
            _cut_what_is_torn(path)
        if found := _last_line(path):
            note, at = _read(found)
            head = Checkpoint.parse(note.text)
            memory.known[head.origin], memory.time = head, max(memory.time, at)
    return memory


def _read(line: bytes) -> tuple[Note, int]:
    try:
        said = json.loads(line)
        return Note.parse(said["note"]), int(said["at"])
    except (Malformed, ValueError, KeyError, TypeError) as error:
        raise Unusable(f"{COSIGNED} is damaged ({type(error).__name__}).") from None


def _last_line(path: Path) -> bytes | None:
    """Return the last whole line of a file; None when there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read().split(b"\n")[:-1]
    except FileNotFoundError:
        return None
    return lines[-1] if lines else None


def _cut_what_is_torn(path: Path) -> None:
    """Take away a line that a kill left without its end: nothing was answered for it."""
    with path.open("r+b") as file:
        raw = file.seek(0, os.SEEK_END)
        file.seek(max(0, raw - TAIL_BYTES))
        torn = len(file.read().rpartition(b"\n")[2])
        if torn:
            file.truncate(raw - torn)
            os.fsync(file.fileno())


def _append(path: Path, said: Mapping[str, str | int]) -> None:
    """Add a line; it is on disk when this returns, and when it cannot be the line is taken back."""
    is_new = not path.exists()
    raw = json.dumps(said, separators=(",", ":")).encode() + b"\n"
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
    try:
        before = os.fstat(handle).st_size
        try:
            if os.write(handle, raw) != len(raw):
                raise OSError("The disk is full.")
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, before)
            raise
    finally:
        os.close(handle)
    if is_new:
        _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
