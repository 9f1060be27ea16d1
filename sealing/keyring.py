"""The key ring: every secret key of the installation, by purpose and version, in one file outside the database.

One purpose, one key: what the lock compares, what auditors search and what finds duplicates can never be
joined with each other. A process notices a changed file by itself, so a new version reaches every one of them
without a restart; what changes the file is `sealing.key_versions`. Knows no record and no law.
`python -m sealing.keyring FILE` makes a new ring.
"""

import base64
import contextlib
import json
import os
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

KEY_BYTES = 32
MAX_VERSION = 65535
LOOKS_EVERY = 1.0
"""Seconds after which a process looks whether the file has changed: no later does it write with a new version."""


class Purpose(StrEnum):
    """What a key is for; a key serves no second purpose."""

    CONTENT = "content"
    DIGEST = "digest"
    SUBJECT = "subject"
    LOG_PERSON = "log_person"
    DUPLICATE = "duplicate"
    SWEEP = "sweep"
    NUMBER = "number"
    SIGN_IN = "sign_in"
    RECEIPT = "receipt"
    CHECKPOINT = "checkpoint"


# What rings of earlier versions lack. Any other key that is missing was lost, and is never made up.
ADDED_LATER = frozenset({Purpose.CHECKPOINT, Purpose.NUMBER})


class KeyringError(Exception):
    """The key ring is absent, unreadable or incomplete; the message names the cause, never a key."""


@dataclass(frozen=True)
class Key:
    """One secret of 32 bytes; `id` is its version within the purpose, from 1 to 65535.

    A key that `waits` opens what was made with it; nothing new is made with it yet.
    """

    purpose: Purpose
    id: int
    secret: bytes
    waits: bool = False

    def __repr__(self) -> str:
        return f"Key({self.purpose.value}, {self.id})"


class Keyring:
    """All keys of an installation. The newest version of a purpose that does not wait is current; all others open."""

    def __init__(self, keys: Mapping[tuple[Purpose, int], Key]) -> None:
        self._keys = dict(keys)
        self._current = {}
        for purpose in Purpose:
            used = [key for key in self._keys.values() if key.purpose is purpose and not key.waits]
            if not used:
                raise KeyringError(f"The key ring has no key for {purpose.value}.")
            self._current[purpose] = max(used, key=lambda key: key.id)

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Read a ring; it must be a file that only its owner can read."""
        keys = [_key(item, path) for item in read(path)["keys"]]
        return cls({(key.purpose, key.id): key for key in keys})

    def current(self, purpose: Purpose) -> Key:
        """Return the key that new values are made with."""
        return self._current[purpose]

    def key(self, purpose: Purpose, id: int) -> Key:
        """Return one version of a purpose's key; unknown versions are a KeyringError."""
        try:
            return self._keys[purpose, id]
        except KeyError:
            raise KeyringError(f"The key ring has no version {id} for {purpose.value}.") from None

    def versions(self, purpose: Purpose) -> list[int]:
        """Return the versions held for a purpose, oldest first."""
        return sorted(id for held, id in self._keys if held is purpose)


def read(path: Path) -> dict[str, Any]:
    """Return what the file of a ring holds, as JSON; a file that others may read is a KeyringError."""
    try:
        if path.stat().st_mode & 0o077:
            raise KeyringError(f"The key ring {path} may be read by others; chmod 600 it.")
        document = json.loads(path.read_text())
    except OSError as error:
        raise KeyringError(f"The key ring {path} cannot be read.") from error
    except ValueError as error:
        raise KeyringError(f"The key ring {path} is not a key ring.") from error
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise KeyringError(f"The key ring {path} is not a key ring.")
    return document


def _key(item: Any, path: Path) -> Key:
    try:
        secret = base64.b64decode(item["secret"])
        key = Key(Purpose(item["purpose"]), int(item["id"]), secret, bool(item.get("waits")))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise KeyringError(f"The key ring {path} is not a key ring.") from error
    if len(key.secret) != KEY_BYTES or not 0 < key.id <= MAX_VERSION:
        raise KeyringError(f"The key ring {path} holds a key of the wrong size or version.")
    return key


@dataclass
class _Loaded:
    """A ring as this process has it: from which state of the file, and when it last looked."""

    ring: Keyring
    state: tuple[int, ...]
    looked: float


_held: dict[Path, _Loaded] = {}


def keyring() -> Keyring:
    """Return the ring that the setting REGISTRY_KEYRING names, as the file was a second ago at most."""
    path = _path()
    held = _held.get(path)
    if held is None:
        return _load(path)
    if time.monotonic() - held.looked < LOOKS_EVERY:
        return held.ring
    return _looked_again(path, held)


def key(purpose: Purpose, id: int) -> Key:
    """Return one version of a key for opening; an unknown one is looked for in the file as it is now.

    So what another process has just written with a new version opens here at once.
    """
    try:
        return keyring().key(purpose, id)
    except KeyringError:
        path = _path()
        held = _held.get(path)
        return (_looked_again(path, held) if held else keyring()).key(purpose, id)


def forget() -> None:
    """Read the ring anew at its next use."""
    _held.clear()


def _path() -> Path:
    from django.conf import settings

    return Path(settings.REGISTRY_KEYRING)


def _load(path: Path) -> Keyring:
    # The state first: a file that changes in between is then read once more, never once too seldom.
    state = _state(path)
    ring = Keyring.load(path)
    _held[path] = _Loaded(ring, state, time.monotonic())
    return ring


def _looked_again(path: Path, held: _Loaded) -> Keyring:
    """A file that is gone or broken for the moment takes nothing away from what this process holds."""
    held.looked = time.monotonic()
    if _state(path) == held.state:
        return held.ring
    try:
        return _load(path)
    except KeyringError:
        return held.ring


def _state(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def new_key(purpose: Purpose, id: int, **more: Any) -> dict[str, Any]:
    """Return a new key as the file holds it."""
    return {
        "purpose": purpose.value,
        "id": id,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "secret": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
        **more,
    }


def make(path: Path) -> bool:
    """Write a ring with one new key per purpose, mode 0600; return False when the file was there already.

    A ring made before a purpose was added gets that purpose's first key; its other keys stay as they are.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = drafted(path, [new_key(purpose, 1) for purpose in Purpose])
    try:
        os.link(draft, path)
    except FileExistsError:
        _complete(path)
        return False
    finally:
        draft.unlink()
    return True


def _complete(path: Path) -> None:
    with contextlib.suppress(OSError, KeyError, TypeError, ValueError):
        keys = json.loads(path.read_text())["keys"]
        lacking = ADDED_LATER - {Purpose(item["purpose"]) for item in keys}
        if lacking:
            drafted(path, [*keys, *(_first(purpose, keys) for purpose in lacking)]).replace(path)


def _first(purpose: Purpose, keys: list[dict[str, Any]]) -> dict[str, Any]:
    """Numbers were counted with the key for duplicates before they had one of their own, and are counted on."""
    made = new_key(purpose, 1)
    if purpose is Purpose.NUMBER:
        of = (item for item in keys if item["purpose"] == Purpose.DUPLICATE.value)
        made["secret"] = min(of, key=lambda item: int(item["id"]))["secret"]
    return made


def drafted(path: Path, keys: list[dict[str, Any]]) -> Path:
    """Write keys to a new file of mode 0600 beside `path`, flushed to disk, and return it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        json.dump({"format": 1, "keys": keys}, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    return draft


if __name__ == "__main__":
    made_new = make(Path(sys.argv[1]))
    sys.stdout.write(f"{'made' if made_new else 'kept'} {sys.argv[1]}\n")
