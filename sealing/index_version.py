"""Which version of the index keys (subject, duplicate) values are made with: the one the database stands under.

A process takes the version its key ring has in use, and states it with whatever it asks or writes. The database
refuses any other with an error of its own, never with zero rows; the process then asks for the version and does
its work once more. One piece of work is done under one version. Knows no record.
"""

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections

from sealing import keyring
from sealing.keyring import KeyringError, Purpose

INDEXES = (Purpose.SUBJECT, Purpose.DUPLICATE)
STALE = "SX001"
HELD = "sealing_index_held(%s)"
STATE = "SELECT version, key_check FROM sealing_index"
_CHECKED = b"sealing: version of the index keys"

Given = ParamSpec("Given")
Made = TypeVar("Made")
_pinned: ContextVar[int | None] = ContextVar("index_version", default=None)


@dataclass(frozen=True)
class _Told:
    """What the database said, and which version the ring had in use then: it counts until the ring changes."""

    version: int
    ring: int


_told: list[_Told] = []


def current() -> int:
    """Return the version of the work at hand; outside such work, the one this process believes to be in force."""
    if (pinned := _pinned.get()) is not None:
        return pinned
    in_ring = keyring.keyring().current(Purpose.SUBJECT).id
    if _told and _told[-1].ring == in_ring:
        return _told[-1].version
    return in_ring


@contextmanager
def under(version: int) -> Iterator[None]:
    """Make index values with one version until the block ends."""
    token = _pinned.set(version)
    try:
        yield
    finally:
        _pinned.reset(token)


def agreed(work: Callable[Given, Made]) -> Callable[Given, Made]:
    """Do work under one version, and once more when the database stood under another; refused twice, it is an error."""

    @wraps(work)
    def done(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        if _pinned.get() is not None:
            return work(*args, **kwargs)
        try:
            with under(current()):
                return work(*args, **kwargs)
        except Exception as error:
            if not is_stale(error):
                raise
        learn()
        with under(current()):
            return work(*args, **kwargs)

    return done


def is_stale(error: BaseException | None) -> bool:
    """Say whether the database refused a value made with a version that is not in force."""
    while error is not None:
        if getattr(error, "sqlstate", None) == STALE:
            return True
        error = error.__cause__
    return False


def learn(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Ask the database which version it stands under. Raises KeyringError when the ring has another key for it."""
    with connections[using].cursor() as cursor:
        cursor.execute(STATE)
        version, stated = cursor.fetchone()
    if stated is not None and not hmac.compare_digest(bytes(stated), key_check(version)):
        raise KeyringError(
            "The key ring's index keys are not those that the database stands under."
        )
    _told[:] = [_Told(version, keyring.keyring().current(Purpose.SUBJECT).id)]


def forget() -> None:
    """Believe the key ring again."""
    _told.clear()


def hold(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Keep the database under the version of the work at hand, to the end of the open transaction.

    For whoever writes index values, and first of all its locks: a move to another version waits for it and it for
    a move. Raises a DatabaseError (`is_stale`) when the database stands under another.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {HELD}", [current()])


def key_check(version: int) -> bytes:
    """Return 32 bytes that tell one pair of index keys from another of the same number, and nothing else."""
    made = _CHECKED
    for purpose in INDEXES:
        made = hmac.digest(keyring.key(purpose, version).secret, made, "sha256")
    return made
