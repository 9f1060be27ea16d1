"""Writes the log for those who verify it alone: entries, leaf hashes, checkpoints and keys (see `sealing.exported`).

Reads through the alias `audit`. What is written is what the newest checkpoint covers; no name and no document number
is in it, as the log holds keyed hashes only. Still it says which unit asked when, so its files are the owner's alone.
"""

import base64
import json
import os
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db import connections
from django.utils import timezone

from sealing import cosignatures, merkle, retention, tree
from sealing.exported import CHECKPOINTS, ENTRIES, FORMAT, KEYS, LEAVES, MANIFEST, NEWEST, ORDERS
from sealing.signer import verifier_keys
from sealing.tree import SignedCheckpoint

ALIAS = "audit"
LEAVES_AT_ONCE = 5_000
STORED = """
SELECT index, entry, leaf_hash FROM sealing_leaf WHERE index >= %s AND index < %s ORDER BY index
"""
BODIES = "SELECT id, body FROM sealing_auditentry WHERE id = ANY(%s)"
# Each checkpoint with the last line of every witness that cosigned it.
NOTES = """
SELECT head.note || coalesce(string_agg(said.line, '' ORDER BY said.witness), '')
  FROM sealing_checkpoint AS head
  LEFT JOIN (SELECT DISTINCT ON (origin, size, witness) origin, size, witness, line
               FROM sealing_cosignature ORDER BY origin, size, witness, cosigned_at DESC) AS said
    ON said.origin = head.origin AND said.size = head.size
 WHERE head.origin = %s AND head.size >= %s AND head.size <= %s
 GROUP BY head.origin, head.size ORDER BY head.size
"""
FIRST_SINCE = """
SELECT coalesce(min(leaf.index), %s) FROM sealing_leaf AS leaf
  JOIN sealing_auditentry AS entry ON entry.id = leaf.entry WHERE entry.id >= %s
"""


class NothingToExport(Exception):
    """The log was never signed."""


def export(
    folder: Path, *, since: date | None = None, on_progress: Callable[[int, int], None]
) -> int:
    """Write what is signed, from the first entry of a local day on, into an empty folder; return the number of entries.

    Raises NothingToExport, and FileExistsError for a folder that holds something.
    """
    head = tree.latest_checkpoint(alias=ALIAS)
    if head is None:
        raise NothingToExport("The log was never signed.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(folder)
    size = head.checkpoint.size
    first = 0 if since is None else _first_since(since, size)
    with private_file(folder / ENTRIES) as entries, private_file(folder / LEAVES) as leaves:
        for done, (line, leaf) in enumerate(_lines(first, size), 1):
            entries.write(line)
            leaves.write(leaf)
            if done % LEAVES_AT_ONCE == 0:
                on_progress(done, size - first)
    _write_heads(folder, head, first)
    on_progress(size - first, size - first)
    return size - first


def leaves(first: int, size: int) -> Iterator[list[tuple[int, UUID, bytes]]]:
    """Yield the stored leaves in pieces: (index, entry, leaf hash)."""
    for begin in range(first, size, LEAVES_AT_ONCE):
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(STORED, [begin, min(begin + LEAVES_AT_ONCE, size)])
            yield [(index, entry, bytes(leaf)) for index, entry, leaf in cursor.fetchall()]


def _lines(first: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield each entry's line with its leaf hash.

    Of an entry that is gone the line has no body; whether a true order dropped its month is for the verifier to say.
    """
    for piece in leaves(first, size):
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(BODIES, [[entry for _, entry, _ in piece]])
            bodies = dict(cursor.fetchall())
        for index, entry, leaf in piece:
            body = bodies.get(entry)
            said = {"index": index, "entry": str(entry), "leaf_hash": leaf.hex()}
            if body is not None:
                yield _json({**said, "body": base64.b64encode(bytes(body)).decode()}), leaf
            else:
                yield _json({**said, "dropped": True}), leaf


def _write_heads(folder: Path, head: SignedCheckpoint, first: int) -> None:
    origin, size = head.checkpoint.origin, head.checkpoint.size
    edge = tree.hashes(list(merkle.cover(0, first)), alias=ALIAS).values()
    with connections[ALIAS].cursor() as cursor, private_file(folder / CHECKPOINTS) as out:
        cursor.execute(NOTES, [origin, first, size])
        out.writelines(_json({"note": note}) for (note,) in cursor)
    with private_file(folder / ORDERS) as out:
        done = retention.carried_out(alias=ALIAS)
        out.writelines(_json({"note": note}) for _month, note, _at in done if note)
    with private_file(folder / NEWEST) as out:
        out.write(cosignatures.shown(head, alias=ALIAS).encode())
    with private_file(folder / KEYS) as out:
        out.writelines(f"{key}\n".encode() for key in verifier_keys(origin))
    manifest = {
        "format": FORMAT,
        "origin": origin,
        "first": first,
        "size": size,
        "edge": [hash.hex() for hash in edge],
    }
    with private_file(folder / MANIFEST) as out:
        out.write(_json(manifest))


def _first_since(since: date, size: int) -> int:
    begin = timezone.make_aware(datetime.combine(since, time.min))
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(FIRST_SINCE, [size, UUID(int=int(begin.timestamp() * 1000) << 80)])
        return min(int(cursor.fetchone()[0]), size)


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"


def private_file(path: Path) -> IO[bytes]:
    """Make a new file of its owner's; FileExistsError when it is there."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
