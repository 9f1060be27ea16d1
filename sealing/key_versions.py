"""New versions of a key in the ring's file, and old ones out of it: whole or not at all, and never lost.

A new version is first written to wait, and only when that is on disk put to use: after a power cut no value can
have been made with a key that the file does not hold. Knows no database: whether a version is still needed is
asked before.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sealing.keyring import MAX_VERSION, KeyringError, Purpose, drafted, new_key, read

SETTLED_AFTER = timedelta(minutes=10)
"""How long after a version was put to use nobody can be about to store a value made with the one before it."""

Keys = list[dict[str, Any]]


def add(path: Path, purpose: Purpose) -> int:
    """Write a new version that waits, and return it; the one that waits already where there is one."""
    with _rewriting(path) as keys:
        if waiting := [item["id"] for item in _of(keys, purpose) if item.get("waits")]:
            return int(max(waiting))
        version = max(int(item["id"]) for item in _of(keys, purpose)) + 1
        if version > MAX_VERSION:
            raise KeyringError(f"The key ring has no version left for {purpose.value}.")
        keys.append(new_key(purpose, version, waits=True))
    return version


def put_to_use(path: Path, purpose: Purpose, version: int) -> None:
    """Make new values with a version that waited; the file must have held it, on disk, before."""
    with _rewriting(path) as keys:
        item = _one(keys, purpose, version)
        item.pop("waits", None)
        item["used_from"] = datetime.now(UTC).isoformat(timespec="seconds")


def settled(path: Path, purpose: Purpose, *, now: datetime | None = None) -> bool:
    """Say whether the version in use is so long in use that no process still makes values with an older one."""
    used = [item for item in _of(read(path)["keys"], purpose) if not item.get("waits")]
    newest = max(used, key=lambda item: int(item["id"]))
    since = datetime.fromisoformat(newest.get("used_from") or newest["made"])
    return (now or datetime.now(UTC)) - since >= SETTLED_AFTER


def retire(path: Path, *purposes: Purpose, version: int, to: Path) -> None:
    """Move an old version, of each purpose, to a file of its own (mode 0600), which must not be there, and only then out of the ring.

    Raises KeyringError for an unknown version, and for the one in use or one that waits.
    """
    with _rewriting(path) as keys:
        items = [_one(keys, purpose, version) for purpose in purposes]
        for purpose in purposes:
            in_use = max(int(other["id"]) for other in _of(keys, purpose) if not other.get("waits"))
            if version >= in_use:
                raise KeyringError(f"Version {version} for {purpose.value} is in use or waits.")
        _write_new(to, items)
        for item in items:
            keys.remove(item)


def take_back(path: Path, retired: Path) -> None:
    """Put retired versions back into the ring, for reading an old backup."""
    with _rewriting(path) as keys:
        keys.extend(_lacking(keys, retired))


def to_take_back(path: Path, retired: Path) -> list[str]:
    """Name the versions in a file that the ring lacks, each by purpose and number."""
    return [f"{item['purpose']} {item['id']}" for item in _lacking(read(path)["keys"], retired)]


def _lacking(keys: Keys, retired: Path) -> Keys:
    known = {(item["purpose"], item["id"]) for item in keys}
    return [item for item in read(retired)["keys"] if (item["purpose"], item["id"]) not in known]


@contextmanager
def _rewriting(path: Path) -> Iterator[Keys]:
    """Give the keys of the file; what was done to them is on disk when the block ends, and after an error nothing is."""
    with _alone(path.parent):
        keys: Keys = read(path)["keys"]
        yield keys
        draft = drafted(path, keys)
        try:
            _give_to_the_owner_of(path, draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _flush_folder(path.parent)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write_new(path: Path, keys: Keys) -> None:
    draft = drafted(path, keys)
    try:
        os.link(draft, path)
    except FileExistsError:
        raise KeyringError(f"{path} is there already; it is not overwritten.") from None
    finally:
        draft.unlink()
    _flush_folder(path.parent)


def _give_to_the_owner_of(path: Path, draft: Path) -> None:
    """Started by another user than the site's, it must not lock the site out of its own keys."""
    owner, mine = path.stat(), draft.stat()
    if (owner.st_uid, owner.st_gid) != (mine.st_uid, mine.st_gid):
        try:
            os.chown(draft, owner.st_uid, owner.st_gid)
        except PermissionError:
            raise KeyringError(
                f"The key ring {path} belongs to another user; run this as that user."
            ) from None


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _of(keys: Keys, purpose: Purpose) -> Keys:
    return [item for item in keys if item["purpose"] == purpose.value]


def _one(keys: Keys, purpose: Purpose, version: int) -> dict[str, Any]:
    for item in _of(keys, purpose):
        if int(item["id"]) == version:
            return item
    raise KeyringError(f"The key ring has no version {version} for {purpose.value}.")
