"""What appending to the log costs many writers at once, against one writer and against a log that is one hash chain.

Each append is a transaction that writes an entry and stays open for two milliseconds, as a request does; it is sent in one
piece, so that the database is measured and not the client. The chain is the control: the same append, but each one takes
the head of the chain under a lock and puts its own hash there.
"""

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connections

from bench.report import Measure, Numbers
from bench.timing import Work, at_once
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome
from tests.database import TestDatabase

CLIENTS = 8
SECONDS = float(os.environ.get("REGISTRY_BENCH_SECONDS", "20")) / 3
WANTED_TIMES, WANTED_RATE = 3.0, 800
HEAD = (
    "CREATE TABLE bench_head (hash bytea NOT NULL)",
    "INSERT INTO bench_head VALUES (sha256('begin'))",
    "GRANT SELECT, UPDATE ON bench_head TO registry_app",
)
TAKE = "SELECT hash FROM bench_head FOR UPDATE"
PUT = "UPDATE bench_head SET hash = sha256(hash || %s::bytea)"
HELD = "SELECT pg_sleep(0.002)"


def contention(database: TestDatabase, *, beside: str = "") -> Iterator[Measure]:
    """Measure one and eight clients, and eight on a chain; RuntimeError when the chain does not fall behind.

    `beside` is what the names of the measures say besides.
    """
    with database.connect("bootstrap") as superuser:
        for statement in HEAD:
            superuser.execute(statement)
    connections.close_all()
    alone = _rate(database, _append, clients=1)
    many = _rate(database, _append, clients=CLIENTS)
    chained = _rate(database, _chained, clients=CLIENTS)
    times = many.per_second / alone.per_second
    met = times >= WANTED_TIMES and many.per_second >= WANTED_RATE
    print(
        f"appends a second{beside}: 1 client {alone.per_second:.0f}, {CLIENTS} clients {many.per_second:.0f} ({times:.1f} times),"
        f" {CLIENTS} on one chain {chained.per_second:.0f}: {'met' if met else 'MISSED'},"
        f" {WANTED_TIMES:g} times and {WANTED_RATE} wanted",
        file=sys.stderr,
    )
    if chained.per_second * 1.5 > many.per_second:
        raise RuntimeError("The chain does not fall behind: this run says nothing of contention.")
    yield Measure(
        f"append held open for 2 ms{beside}, {CLIENTS} clients: {times:.1f} times the rate of one",
        many,
        "the same, 1 client",
        alone,
    )
    yield Measure(
        f"the same in one hash chain{beside}, {CLIENTS} clients: {chained.per_second / many.per_second:.2f} times the rate",
        chained,
        f"without the chain, {CLIENTS} clients",
        many,
    )


def entry(official: str) -> Entry:
    """Return an entry of a denied inquiry about somebody else each time."""
    return Entry(
        kind=Kind.LOOKUP,
        outcome=Outcome.DENIED,
        subject=os.urandom(32),
        person=os.urandom(32).hex(),
        unit="U900",
        official=official,
        exception="state_regulation",
        provision="MINORS-62",
        reasons=("post_missing",),
    )


Append = Callable[[Any, tuple[Any, ...]], None]


def _append(app: Any, values: tuple[Any, ...]) -> None:
    app.execute(audit_log.INSERT, values)
    app.execute(HELD)


def _chained(app: Any, values: tuple[Any, ...]) -> None:
    app.execute(TAKE)
    app.execute(audit_log.INSERT, values)
    app.execute(HELD)
    app.execute(PUT, [values[-1]])


def _rate(database: TestDatabase, append: Append, *, clients: int) -> Numbers:
    def work(number: int) -> Work:
        app, ready = database.connect("app"), []

        def before() -> None:
            ready[:] = [audit_log.row(entry(f"F93{number}"))]

        def transaction() -> None:
            with app.pipeline():
                app.execute("BEGIN")
                append(app, ready[0])
                app.execute("COMMIT")

        return Work(transaction, before=before)

    taken, elapsed = at_once(work, processes=clients, seconds=SECONDS)
    return Numbers.of(taken, elapsed=elapsed)
