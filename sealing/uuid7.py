"""UUID version 7 (RFC 9562 §5.7): keys that begin with their time, so months can be partitions."""

import os
import threading
import time
import uuid
from datetime import UTC, datetime

_lock = threading.Lock()
_last = uuid.UUID(int=0)


def uuid7() -> uuid.UUID:
    """Return a new key: 48 bits of milliseconds since 1970, then 74 random bits.

    Keys of one process rise, also within a millisecond (RFC 9562 §6.2, method 2): they sort as they were made.
    """
    global _last  # noqa: PLW0603 - the last key of this process
    with _lock:
        made = at(time.time_ns() // 1_000_000)
        if made <= _last:
            made = uuid.UUID(int=_last.int + 1 + int.from_bytes(os.urandom(4), "big"))
        _last = made
        return made


def at(milliseconds: int) -> uuid.UUID:
    """Return a new key of the given millisecond."""
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def moment(key: uuid.UUID) -> datetime:
    """Return the time a key was made at, to the millisecond, in UTC."""
    return datetime.fromtimestamp((key.int >> 80) / 1000, tz=UTC)
