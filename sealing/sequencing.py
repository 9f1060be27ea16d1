"""The sequencer: puts committed entries into the tree, in the order of their transactions, and has its head signed.

It takes the entries of transactions below the oldest one that is still running: all of those have ended, so none can
appear behind them, and no request waits for it. One worker at a time, under an advisory lock. It hashes every body
itself, as a second hasher beside the database, and changes nothing in the log.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from sealing import merkle, tree
from sealing.audit_log import committed
from sealing.checkpoints import Checkpoint
from sealing.merkle import Frontier
from sealing.signer import Refused, Signer, continues

ALIAS = "sequencer"
LEADER = 0x7365716C6F67
ENTRIES_A_BATCH = 5_000
SECONDS_BETWEEN_SIGNATURES = 1.0
UNKNOWN_CLUSTER = 0

LAST = """
SELECT number, size, watermark::text, system_identifier FROM sealing_batch ORDER BY number DESC LIMIT 1
"""
NOW = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text, (SELECT system_identifier FROM pg_control_system())"
WAITING = """
SELECT entry.id, entry.body, entry.leaf_hash, entry.xid::text FROM sealing_auditentry AS entry
 WHERE {below} NOT EXISTS (SELECT FROM sealing_leaf AS leaf WHERE leaf.entry = entry.id)
 ORDER BY entry.xid, entry.id LIMIT %s
"""
BY_WATERMARK = WAITING.format(below="entry.xid >= %s::xid8 AND entry.xid < %s::xid8 AND")
BY_WHAT_IS_MISSING = WAITING.format(below="")
BATCH = """
INSERT INTO sealing_batch (number, size, watermark, system_identifier, reconciled) VALUES (%s, %s, %s::xid8, %s, %s)
"""
PUBLISH = """
INSERT INTO sealing_checkpoint (origin, size, root, note) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


class Corrupt(Exception):
    """An entry's body does not hash to what is stored beside it; nothing more is sequenced."""


@dataclass(frozen=True)
class Last:
    """The newest batch: how far the log is in the tree, and on which cluster that was found."""

    number: int = 0
    size: int = 0
    watermark: str = "0"
    system_identifier: int = UNKNOWN_CLUSTER


class Sequencer:
    """One worker with its signer. Call `lead` until it says yes, then `step` for as long as it leads."""

    def __init__(self, signer: Signer) -> None:
        self.signer = signer
        self.is_certain = False
        self.size = 0
        self.signed: Checkpoint | None = None
        self.signed_at = 0.0

    def lead(self) -> bool:
        """Take the lock for this session, if no other worker has it, and look whether the tree is the one signed."""
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LEADER])
            if not cursor.fetchone()[0]:
                return False
        self.is_certain, self.signed = False, None
        self.size = _last().size
        self._recognise()
        return True

    def step(self) -> bool:
        """Sequence one batch and sign when it is time; say whether more entries wait already."""
        more = self.batch()
        waited = time.monotonic() - self.signed_at >= SECONDS_BETWEEN_SIGNATURES
        if not more and (self.signed is None or (self.signed.size < self.size and waited)):
            self.sign()
        return more

    def batch(self) -> bool:
        """Append what waits, at most 5,000 entries, in one durable transaction; say whether more is left.

        After a start, and after a COMMIT of which nobody knows how it went, a batch is written even when nothing waits: what
        is signed next stood before a COMMIT that is known to have succeeded, on the standby too.
        """
        was_certain, self.is_certain = self.is_certain, False
        with committed(using=ALIAS):
            with connections[ALIAS].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            last = _last()
            oldest_running, cluster = _row(NOW)
            moved = last.system_identifier != cluster
            found = _waiting(last, oldest_running, moved=moved)
            rows, more = found[:ENTRIES_A_BATCH], len(found) > ENTRIES_A_BATCH
            if rows or moved or not was_certain:
                size = _append(last.size, rows)
                mark, known = oldest_running, cluster
                if more:
                    mark, known = (last.watermark if moved else rows[-1][3]), last.system_identifier
                with connections[ALIAS].cursor() as cursor:
                    cursor.execute(BATCH, [last.number + 1, size, mark, known, moved])
                self.size = size
        self.is_certain = True
        return more

    def sign(self) -> None:
        """Have the tree's head signed, and publish it; Refused when it does not continue what was signed before."""
        head = Checkpoint(self.signer.origin, self.size, tree.root(self.size, alias=ALIAS))
        note = self.signer.sign(head, proof=_proof)
        with committed(using=ALIAS), connections[ALIAS].cursor() as cursor:
            cursor.execute(PUBLISH, [head.origin, head.size, head.root, str(note)])
        self.signed, self.signed_at = head, time.monotonic()

    def _recognise(self) -> None:
        """See, before anything is appended, that the tree is the one that was signed last."""
        known = self.signer.remembered()
        if known is None:
            published = tree.latest_checkpoint(alias=ALIAS)
            if published is not None and published.checkpoint.origin == self.signer.origin:
                raise Refused("The signer's memory is gone, and this log has been signed before.")
            return
        try:
            head = Checkpoint(known.origin, self.size, tree.root(self.size, alias=ALIAS))
        except tree.NotInTree as problem:
            raise Refused(str(problem)) from None
        continues(known, head, proof=_proof)


def _proof(first: int, second: int) -> list[bytes]:
    return tree.stored_proof(first, second, alias=ALIAS)


def _row(sql: str) -> tuple[Any, ...]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql)
        found: tuple[Any, ...] = cursor.fetchone() or ()
        return found


def _last() -> Last:
    return Last(*_row(LAST))


def _waiting(last: Last, oldest_running: str, *, moved: bool) -> list[tuple[Any, ...]]:
    with connections[ALIAS].cursor() as cursor:
        if moved:
            cursor.execute(BY_WHAT_IS_MISSING, [ENTRIES_A_BATCH + 1])
        else:
            cursor.execute(BY_WATERMARK, [last.watermark, oldest_running, ENTRIES_A_BATCH + 1])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _append(size: int, rows: Sequence[tuple[Any, ...]]) -> int:
    """Write the leaves and the nodes that they complete; return the new size."""
    places = list(merkle.cover(0, size))
    frontier = Frontier(size, tree.hashes(places, alias=ALIAS).values())
    leaves, nodes = [], []
    for entry, body, stored, _xid in rows:
        leaf = merkle.leaf_hash(bytes(body))
        if leaf != bytes(stored):
            raise Corrupt(f"The entry {entry} does not hash to what is stored beside it.")
        leaves.append((frontier.size, entry, leaf))
        nodes += frontier.append(leaf)
    _copy("sealing_leaf (index, entry, leaf_hash)", ["int8", "uuid", "bytea"], leaves)
    _copy("sealing_node (level, index, hash)", ["int2", "int8", "bytea"], nodes)
    return frontier.size


def _copy(into: str, types: list[str], rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    connection = connections[ALIAS]
    statement = f"COPY {into} FROM STDIN (FORMAT BINARY)"
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
