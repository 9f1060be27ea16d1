"""How long an entry waits until it is in the tree, signed and cosigned, and what many writers cost each other.

Writers commit entries at a fixed rate while the sequencer and a witness of its own run as the launcher starts them, each a
process. All times are the server's own commit times: of the entry, of its leaf, of the checkpoint over it and of the cosignature.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from bench import appends
from bench.report import Measure, Numbers
from bench.timing import Work, at_once
from config import companions
from sealing import audit_log
from tests.database import TestDatabase

SECONDS = float(os.environ.get("REGISTRY_BENCH_SECONDS", "20"))
RATE, WRITERS = 300, 4
#: The witness is asked every ten seconds while the log grows.
PATIENCE_SECONDS = 60
PACED = "F9300"
#: What is aimed at, in seconds: 99 of 100, and every one.
GOALS = {"leaf": (1.0, 5.0), "signed": (2.0, None), "cosigned": (60.0, None)}
LAGS = """
WITH signed AS (
  SELECT size, pg_xact_commit_timestamp(xmin) AS at FROM sealing_checkpoint
), cosigned AS (
  SELECT size, pg_xact_commit_timestamp(xmin) AS at FROM sealing_cosignature
), leaf AS (
  SELECT leaf.index, pg_xact_commit_timestamp(entry.xid::xid) AS entered, pg_xact_commit_timestamp(leaf.xmin) AS at
    FROM sealing_leaf AS leaf JOIN sealing_auditentry AS entry ON entry.id = leaf.entry WHERE entry.official = %s
)
SELECT extract(epoch FROM at - entered)::float,
       extract(epoch FROM (SELECT min(signed.at) FROM signed WHERE size > index) - at)::float,
       extract(epoch FROM (SELECT min(cosigned.at) FROM cosigned WHERE size > index) - at)::float
  FROM leaf
"""
COSIGNED = "SELECT coalesce(max(size), 0) FROM sealing_cosignature"


def measure(database: TestDatabase) -> Iterator[Measure]:
    """Measure the way of an entry at a fixed rate, then writers against each other."""
    yield from way_of_an_entry(database)
    yield from appends.contention(database)


def way_of_an_entry(database: TestDatabase) -> Iterator[Measure]:
    """Write at the rate, wait until all of it is cosigned, and return the three lags; RuntimeError when one is missing."""
    with tempfile.TemporaryDirectory() as folder, companions_of(database, Path(folder)):
        connections.close_all()
        writing, elapsed = at_once(paced, processes=WRITERS, seconds=SECONDS)
        with database.connect("bootstrap") as superuser:
            _wait_for_the_witness(superuser)
            lags = superuser.execute(LAGS, [PACED]).fetchall()
    if len(lags) < len(writing) or any(None in row for row in lags):
        raise RuntimeError("An entry was committed and is not in the tree, signed and cosigned.")
    rate = len(writing) / elapsed
    print(
        f"{len(writing):,} entries by {WRITERS} writers in {elapsed:.0f} s: {rate:.0f} a second",
        file=sys.stderr,
    )
    written = Numbers.of(writing, elapsed=elapsed)
    names = (
        ("leaf", "from commit to leaf"),
        ("signed", "from leaf to signed checkpoint"),
        ("cosigned", "from leaf to cosignature"),
    )
    for column, (step, words) in enumerate(names):
        seconds = sorted(row[column] for row in lags)
        yield Measure(
            f"{words}, {rate:.0f} entries a second: {_told(seconds, step)}",
            Numbers.of(seconds, elapsed=elapsed),
            "writing and committing the entry",
            written,
        )


@contextmanager
def companions_of(database: TestDatabase, folder: Path) -> Iterator[None]:
    """Run the sequencer and a witness beside a database, with keys and memories in a folder of their own."""
    passed_on = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    passed_on["REGISTRY_KEYRING"] = str(settings.REGISTRY_KEYRING)
    known, witness = companions.witness(passed_on, folder=folder / "witness")
    begun = [witness]
    try:
        own = {
            "SEQUENCER_DATABASE_URL": database.server.url("sequencer", database.name),
            "REGISTRY_SIGNER_STATE": str(folder / "signer.note"),
        }
        begun += companions.sequencer(passed_on, {**own, **known})
        with database.connect("bootstrap") as superuser:
            _wait_until(lambda: bool(superuser.execute("SELECT FROM sealing_cosignature").rowcount))
        yield
    finally:
        for process in reversed(begun):
            companions.end(process)


def paced(number: int) -> Work:
    """Return the work of one writer: an entry committed on its own, at its share of the rate, whatever the last one took."""
    begun, done = time.perf_counter() + number / RATE, 0

    def wait() -> None:
        nonlocal done
        time.sleep(max(0.0, begun + done * WRITERS / RATE - time.perf_counter()))
        done += 1

    return Work(lambda: audit_log.enter_alone(appends.entry(PACED)), before=wait)


def _told(seconds: Sequence[float], step: str) -> str:
    """Return p99 and the longest in words, and say on the error output whether that is what is aimed at."""
    p99, longest = seconds[int(0.99 * len(seconds))], seconds[-1]
    bound, most = GOALS[step]
    met = p99 <= bound and (most is None or longest <= most)
    print(f"{step}: {'met' if met else 'MISSED'}, p99 at most {bound:g} s wanted", file=sys.stderr)
    return f"p99 {p99:.2f} s, longest {longest:.2f} s"


def _wait_for_the_witness(superuser: Any) -> None:
    [[written]] = superuser.execute("SELECT count(*) FROM sealing_auditentry").fetchall()
    _wait_until(lambda: superuser.execute(COSIGNED).fetchone()[0] >= written)


def _wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > until:
            raise RuntimeError("Nothing is sequenced and cosigned: the sequencer does not work.")
        time.sleep(0.2)
