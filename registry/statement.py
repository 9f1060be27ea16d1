"""The day's filing statement: what was filed is sealed, which numbers are missing, where the log stood; signed.

The same day gives the same bytes, whenever they are asked for after its end. The state of the log is the number of
its entries and the leaf hash of the last one by key, which pins that entry, and the last checkpoint signed by the end
of the day, which pins every entry under it. Names no person and no record.
"""

import base64
import binascii
import json
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connections
from django.utils import timezone

from registry.completeness import Series, board
from sealing import cosignatures, signature
from sealing.tree import latest_checkpoint

KIND = "registry filing statement 1"
STATE = "SELECT * FROM registry_day_state(%s, %s)"


def statement(*, day: date, organ: str = "", alias: str = "default") -> dict[str, Any]:
    """Return what is stated of a local day, of one organ or of all; of today it is not complete yet.

    Raises ValueError for a day to come.
    """
    if day > timezone.localdate():
        raise ValueError("There is no statement of a day to come.")
    numbers = board(organ=organ, day=day, alias=alias)
    with connections[alias].cursor() as cursor:
        cursor.execute(STATE, [day, organ])
        filed, sealed, without_entry, entries, last, leaf = cursor.fetchone()
    return {
        "format": 1,
        "day": day.isoformat(),
        "day_over": day < timezone.localdate(),
        "organ": organ,
        "filed": filed,
        "sealed": sealed,
        "sealed_without_entry": without_entry,
        "numbers": [_numbers(series) for series in numbers.series],
        "numbers_of_unusual_form": numbers.odd,
        "log": {
            "entries": entries,
            "last_entry": str(last) if last else "",
            "last_leaf_hash": bytes(leaf).hex() if leaf else "",
            "checkpoint": _checkpoint(day, alias=alias),
            "cosigned": _cosigned(day, alias=alias),
        },
    }


def _checkpoint(day: date, *, alias: str) -> dict[str, Any] | None:
    """Return the size and root hash of the log's tree as signed last before the day's end."""
    signed_head = latest_checkpoint(before=_end(day), alias=alias)
    if signed_head is None:
        return None
    head = signed_head.checkpoint
    return {"origin": head.origin, "size": head.size, "root": head.root.hex()}


def _cosigned(day: date, *, alias: str) -> dict[str, Any] | None:
    """Return what a witness cosigned last before the day's end, and when by its own clock."""
    found = cosignatures.latest(before=_end(day), alias=alias)
    if found is None:
        return None
    head = found.head.checkpoint
    said = {"origin": head.origin, "size": head.size, "root": head.root.hex()}
    at = found.cosigned_at.isoformat(timespec="seconds")
    return {**said, "witness": found.witness, "at": at, "line": found.line}


def _end(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _numbers(series: Series) -> dict[str, Any]:
    return {
        "organ": series.organ,
        "series": series.name,
        "year": series.year,
        "issued": None if series.first is None else [series.first, series.last],
        "filed": series.filed,
        "filed_outside": series.outside,
        "gaps": [list(gap) for gap in series.gaps],
    }


def is_whole(stated: dict[str, Any]) -> bool:
    """Say whether every filing of the day is sealed and no number that was issued is missing."""
    return (
        stated["filed"] == stated["sealed"]
        and not stated["sealed_without_entry"]
        and not any(series["gaps"] for series in stated["numbers"])
    )


def unstated(stated: dict[str, Any]) -> int:
    """Return how many numbers on file nobody stated as issued: whether one is missing among them is not known."""
    return sum(series["filed_outside"] for series in stated["numbers"])


def canonical(stated: dict[str, Any]) -> bytes:
    """Return the bytes that are signed: JSON with sorted keys, no spaces, UTF-8."""
    return json.dumps(stated, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signed(stated: dict[str, Any]) -> str:
    """Return the statement as one line of canonical JSON with its signature beside it."""
    version = signature.key_id()
    return canonical(
        {
            "statement": stated,
            "key": {"id": version, "ed25519": signature.public_key(version).hex()},
            "signature": base64.b64encode(signature.sign(KIND, canonical(stated))).decode(),
        }
    ).decode()


def is_ours(document: str, *, public_key: bytes) -> bool:
    """Say whether a signed statement was signed with this public key; the key it names itself does not count."""
    try:
        found = json.loads(document)
        given = base64.b64decode(found["signature"], validate=True)
        body = canonical(found["statement"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        return False
    return signature.is_signed(KIND, body, signature=given, by=public_key)
