"""UUID version 7 (RFC 9562 §5.7): keys that begin with their time, so months can be partitions."""

import os
import time
import uuid
from datetime import UTC, datetime


def uuid7() -> uuid.UUID:
    """Return a new key: 48 bits of milliseconds since 1970, then 74 random bits."""
    return at(time.time_ns() // 1_000_000)


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
