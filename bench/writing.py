"""What writing costs: one audit entry against a bare INSERT, a sealed value against the bare cipher, checks and import."""

import csv
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction

from bench import ground
from bench.ground import LOG, LOG_TWIN, RECORDS, RECORDS_TWIN
from bench.report import Measure, Numbers
from bench.timing import Work, alternating
from sealing import audit_log, cipher
from sealing.audit_log import Entry, Kind, Outcome
from tests.database import ROOT, TestDatabase

SAMPLE = ROOT / "tests" / "data" / "decisions.csv"
ENTRIES, SEALED = 500, 3000
PLACE = ("registry_violationrecord", "name", "01900000-0000-7000-8000-000000000000")
SIZES = {"a name, 9 bytes": 9, "a narrative, 3 KiB": 3072}


def entries() -> Iterator[Measure]:
    """Measure one entry committed on its own."""
    plain = audit_log.INSERT.replace(LOG, LOG_TWIN)

    def entry() -> Entry:
        return Entry(
            kind=Kind.LOOKUP,
            outcome=Outcome.DENIED,
            subject=os.urandom(32),
            unit="U1",
            official="F1",
        )

    def bare() -> None:
        with transaction.atomic(durable=True):
            ground.execute(plain, audit_log.row(entry()))

    ours, without = alternating(
        Work(lambda: audit_log.enter_alone(entry())), Work(bare), times=ENTRIES
    )
    yield Measure(
        "one audit entry", Numbers.of(ours), "the same row, no guards", Numbers.of(without)
    )


def ciphers() -> Iterator[Measure]:
    """Measure sealing and opening one value."""
    raw, associated = AESGCM(os.urandom(32)), b"".join(part.encode() for part in PLACE)
    for name, size in SIZES.items():
        plain = os.urandom(size)
        envelope, nonce = cipher.seal(plain, place=PLACE), os.urandom(12)
        bare = raw.encrypt(nonce, plain, associated)
        pairs = {
            "seal": (_sealing(plain), Work(lambda: raw.encrypt(os.urandom(12), plain, associated))),  # noqa: B023
            "open": (_opening(envelope), Work(lambda: raw.decrypt(nonce, bare, associated))),  # noqa: B023
        }
        for verb, (ours, against) in pairs.items():
            taken = alternating(ours, against, times=SEALED)
            yield Measure(
                f"{verb} {name}", Numbers.of(taken[0]), f"AES-256-GCM, {verb}", Numbers.of(taken[1])
            )


def _sealing(plain: bytes) -> Work:
    return Work(lambda: cipher.seal(plain, place=PLACE))


def _opening(envelope: bytes) -> Work:
    return Work(lambda: cipher.opened(envelope, place=PLACE))


def imports(database: TestDatabase) -> Iterator[Measure]:
    """Measure the sample file: read and judged only, then imported, against the same bytes into the twins."""
    from registry.import_files import rows_of
    from registry.importing import Import

    count, seconds = _read()
    reading = Numbers.of_rate(count, seconds)
    dry, filing = (
        Import(rows_again=lambda: rows_of(SAMPLE), dry_run=is_dry) for is_dry in (True, False)
    )
    judged = Numbers.of_rate(count, _seconds(dry.run))
    yield Measure("statutory checks, a row", judged, "reading the file", reading)
    had = ground.execute("SELECT clock_timestamp()")[0][0]
    imported = Numbers.of_rate(count, _seconds(filing.run))
    records, log = _stored(database, had)
    plain = Numbers.of_rate(count, _seconds(lambda: _write_plainly(records, log)))
    yield Measure(
        f"import, a row ({filing.tally.filed:,} of {count:,} filed)",
        imported,
        "executemany, same bytes",
        plain,
    )


def _read() -> tuple[int, float]:
    begun = time.perf_counter()
    with SAMPLE.open(encoding="utf-8", newline="") as lines:
        count = sum(1 for _ in csv.DictReader(lines))
    return count, time.perf_counter() - begun


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _stored(
    database: TestDatabase, since: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the very rows the import wrote, seen as no role of the registry may."""
    from psycopg.rows import dict_row

    with database.connect("bootstrap") as superuser:
        superuser.row_factory = dict_row
        found = [
            superuser.execute(f"SELECT * FROM {table} WHERE {column} >= %s", [since]).fetchall()
            for table, column in ((RECORDS, "sealed_at"), (LOG, "at"))
        ]
    for record in found[0]:
        del record["sealed"]
    return found[0], found[1]


def _write_plainly(records: Sequence[dict[str, Any]], log: Sequence[dict[str, Any]]) -> None:
    from registry.importing import BATCH_ROWS

    for table, rows in ((RECORDS_TWIN, records), (LOG_TWIN, log)):
        columns = list(rows[0])
        insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
        for start in range(0, len(rows), BATCH_ROWS):
            with transaction.atomic(durable=True), connection.cursor() as cursor:
                cursor.executemany(
                    insert, [list(row.values()) for row in rows[start : start + BATCH_ROWS]]
                )


def measure(database: TestDatabase) -> Iterator[Measure]:
    """Measure everything that writes."""
    yield from entries()
    yield from ciphers()
    yield from imports(database)
