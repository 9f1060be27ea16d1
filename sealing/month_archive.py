"""The archive of one month of the log: a file with a line for each entry, which proves itself against the order.

Its lines are those of an exported log (see `sealing.exported`), by index. It is written before a month is ordered to be
dropped, and must be at hand, whole, when that is done. Reads through the alias `audit`.
"""

import base64
import hashlib
import json
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

from django.db import connections

from sealing.log_export import ALIAS, NothingToExport, private_file
from sealing.merkle import leaf_hash
from sealing.orders import Leaves, Order
from sealing.retention import month_keys

AT_ONCE = 5_000
WAITING = """
SELECT count(*), count(leaf.index) FROM sealing_auditentry AS entry
  LEFT JOIN sealing_leaf AS leaf ON leaf.entry = entry.id WHERE entry.id >= %s AND entry.id < %s
"""
ENTRIES = """
SELECT leaf.index, leaf.entry, leaf.leaf_hash, entry.body FROM sealing_auditentry AS entry
  JOIN sealing_leaf AS leaf ON leaf.entry = entry.id
 WHERE entry.id >= %s AND entry.id < %s AND leaf.index > %s ORDER BY leaf.index LIMIT %s
"""


class NotTheArchive(Exception):
    """The file is not the archive that the order names, or does not hold every entry that it drops."""


def write(
    folder: Path, *, month: str, on_progress: Callable[[int, int], None]
) -> tuple[Path, int, str]:
    """Write a month's archive into a folder; return the file, the number of entries and its SHA-256 in hex.

    Raises NothingToExport when an entry of the month is not in the tree, and FileExistsError.
    """
    keys = month_keys(month)
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(WAITING, keys)
        count, sequenced = cursor.fetchone()
    if count != sequenced:
        raise NothingToExport("Entries of this month are not in the tree.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"month-{month}.jsonl"
    digest = hashlib.sha256()
    with private_file(path) as out:
        for done, line in enumerate(_lines(keys), 1):
            out.write(line)
            digest.update(line)
            if done % AT_ONCE == 0 or done == count:
                on_progress(done, count)
    return path, count, digest.hexdigest()


def see(path: Path, order: Order) -> None:
    """Raise NotTheArchive unless the file is the order's archive and holds exactly the entries that it drops."""
    digest, leaves = hashlib.sha256(), Leaves()
    try:
        with path.open("rb") as file:
            for line in file:
                digest.update(line)
                said = json.loads(line)
                leaves.add(said["index"], leaf_hash(a2b_base64(said["body"], strict_mode=True)))
    except (OSError, ValueError, KeyError, TypeError):
        raise NotTheArchive("The archive cannot be read.") from None
    if digest.hexdigest() != order.archive:
        raise NotTheArchive("The archive is not the one that the order names.")
    if (leaves.count, leaves.digest()) != (order.entries, order.leaves):
        raise NotTheArchive("The archive does not hold the entries that the order drops.")


def _lines(keys: tuple[UUID, UUID]) -> Iterator[bytes]:
    last = -1
    while True:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(ENTRIES, [*keys, last, AT_ONCE])
            rows = cursor.fetchall()
        for index, entry, leaf, body in rows:
            text = base64.b64encode(bytes(body)).decode()
            said = {"index": index, "entry": str(entry), "leaf_hash": bytes(leaf).hex()}
            yield json.dumps({**said, "body": text}, separators=(",", ":")).encode() + b"\n"
        if len(rows) < AT_ONCE:
            return
        last = rows[-1][0]
