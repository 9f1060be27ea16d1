"""A log of any length for the benchmarks: entries by COPY with the triggers off, sequenced and signed by the real sequencer.

As many entries a transaction as the sequencer takes at once, each transaction with its own number, as in a busy registry.
"""

import time
from typing import Any

from bench.appends import entry
from sealing import audit_log
from sealing.many_entries import COPY, TYPES
from sealing.sequencing import ENTRIES_A_BATCH, Sequencer
from sealing.signer import Signer
from tests.database import TestDatabase

BATCHES_A_CHECKPOINT = 10
#: The indexes for the auditors' questions: nobody asks here, and they are most of what filling costs.
UNASKED = "SELECT relname FROM pg_class WHERE relkind = 'I' AND relname LIKE 'sealing_log_%' AND relname <> 'sealing_log_xid'"


def fill(database: TestDatabase, signer: Signer, *, entries: int) -> float:
    """Write the entries and have them sequenced and signed; return the seconds that the sequencer worked for them."""
    worker, sequencing = Sequencer(signer), 0.0
    if not worker.lead():
        raise RuntimeError("Another sequencer is at work on this database.")
    with database.connect("bootstrap") as superuser:
        superuser.execute("SET session_replication_role = replica")
        for (name,) in superuser.execute(UNASKED).fetchall():
            superuser.execute(f"DROP INDEX {name}")
        for number, begin in enumerate(range(0, entries, ENTRIES_A_BATCH), 1):
            _write(superuser, min(ENTRIES_A_BATCH, entries - begin))
            if number in {1, 20}:
                superuser.execute("ANALYZE sealing_auditentry, sealing_leaf, sealing_node")
            begun = time.perf_counter()
            worker.batch()
            if number % BATCHES_A_CHECKPOINT == 0:
                worker.sign()
            sequencing += time.perf_counter() - begun
        while worker.size < entries:
            worker.batch()
        worker.sign()
        superuser.execute("VACUUM ANALYZE sealing_auditentry, sealing_leaf, sealing_node")
    return sequencing


def _write(superuser: Any, count: int) -> None:
    with superuser.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.set_types(TYPES)
        for _ in range(count):
            copy.write_row(audit_log.row(entry("F9301")))
