"""The key ring: every secret key of the installation, by purpose and version, in one file outside the database.

One purpose, one key: what the lock compares, what auditors search and what finds duplicates can never be
joined with each other. Knows no record and no law. `python -m sealing.keyring FILE` makes a new ring.
"""

import base64
import contextlib
import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

KEY_BYTES = 32
MAX_VERSION = 65535
FORMAT = 1


class Purpose(StrEnum):
    """What a key is for; a key serves no second purpose."""

    CONTENT = "content"
    DIGEST = "digest"
    SUBJECT = "subject"
    LOG_PERSON = "log_person"
    DUPLICATE = "duplicate"
    SWEEP = "sweep"
    SIGN_IN = "sign_in"
    RECEIPT = "receipt"
    CHECKPOINT = "checkpoint"


# What rings of earlier versions lack. Any other key that is missing was lost, and is never made up.
ADDED_LATER = frozenset({Purpose.CHECKPOINT})


class KeyringError(Exception):
    """The key ring is absent, unreadable or incomplete; the message names the cause, never a key."""


@dataclass(frozen=True)
class Key:
    """One secret of 32 bytes; `id` is its version within the purpose, from 1 to 65535."""

    purpose: Purpose
    id: int
    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.purpose.value}, {self.id})"


class Keyring:
    """All keys of an installation. The newest version of a purpose is current; older ones still open."""

    def __init__(self, keys: Mapping[tuple[Purpose, int], Key]) -> None:
        self._keys = dict(keys)
        for purpose in Purpose:
            if not any(held is purpose for held, _ in self._keys):
                raise KeyringError(f"The key ring has no key for {purpose.value}.")
        self._current = {
            purpose: self._keys[purpose, max(id for held, id in self._keys if held is purpose)]
            for purpose in Purpose
        }

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Read a ring; it must be a file that only its owner can read."""
        try:
            if path.stat().st_mode & 0o077:
                raise KeyringError(f"The key ring {path} may be read by others; chmod 600 it.")
            document = json.loads(path.read_text())
            keys = [
                Key(Purpose(item["purpose"]), int(item["id"]), base64.b64decode(item["secret"]))
                for item in document["keys"]
            ]
        except OSError as error:
            raise KeyringError(f"The key ring {path} cannot be read.") from error
        except (KeyError, TypeError, ValueError) as error:
            raise KeyringError(f"The key ring {path} is not a key ring.") from error
        if any(len(key.secret) != KEY_BYTES or not 0 < key.id <= MAX_VERSION for key in keys):
            raise KeyringError(f"The key ring {path} holds a key of the wrong size or version.")
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


@cache
def _loaded(path: Path | str) -> Keyring:
    return Keyring.load(Path(path))


def keyring() -> Keyring:
    """Return the ring that the setting REGISTRY_KEYRING names, read once a process."""
    from django.conf import settings

    return _loaded(settings.REGISTRY_KEYRING)


def forget() -> None:
    """Read the ring anew at its next use (after a rotation, and in tests)."""
    _loaded.cache_clear()


def make(path: Path) -> bool:
    """Write a ring with one new key per purpose, mode 0600; return False when the file was there already.

    A ring made before a purpose was added gets that purpose's first key; its other keys stay as they are.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _written(path, [_made(purpose) for purpose in Purpose])
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
            _written(path, [*keys, *map(_made, lacking)]).replace(path)


def _made(purpose: Purpose) -> dict[str, str | int]:
    return {
        "purpose": purpose.value,
        "id": 1,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "secret": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
    }


def _written(path: Path, keys: list[dict[str, str | int]]) -> Path:
    """Write a ring beside a path, on disk when this returns."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        json.dump({"format": FORMAT, "keys": keys}, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    return draft


if __name__ == "__main__":
    made_new = make(Path(sys.argv[1]))
    sys.stdout.write(f"{'made' if made_new else 'kept'} {sys.argv[1]}\n")
