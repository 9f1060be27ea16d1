"""Clients look up under one authorisation while it is taken away again and again: what is granted too late, and how long taking it away takes.

A grant is late when its entry committed after the suspension and before the authorisation was given back. The order is
the server's own (commit timestamps of the log's transactions), not that of the clients' clocks.
"""

import contextlib
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.db import connections

from access import authorisation_lock, authorisations, lookups, proposals
from access import inquiry as inquiry_model
from access.models import Authorisation, Inquiry, User
from bench import ground
from bench.report import Measure, Numbers
from sealing.keyring import keyring
from tests.database import TestDatabase

CLIENTS = 8
REVOCATIONS = 200
#: Between two changes of the authorisation, so that clients are under way when it is taken away.
PAUSE_SECONDS = 0.01
#: Between two lookups of one client, as of a program that asks without end; eight of them leave a processor to the revoker.
THINK_SECONDS = 0.1
#: Until every client has been answered once, on however slow a machine.
START_SECONDS = 60
MANY_VIEWS = 32_000
LATE = """
WITH told AS (
  SELECT kind, body, pg_xact_commit_timestamp(xid::xid) AS committed FROM sealing_auditentry
  WHERE at >= %s AND (kind = 'authorisation' OR (kind = 'lookup' AND outcome = 'granted'))
), standing AS (
  SELECT committed AS since, lead(committed) OVER (ORDER BY committed) AS until,
         convert_from(body, 'UTF8')::jsonb #>> '{details,act}' AS act
  FROM told WHERE kind = 'authorisation' AND convert_from(body, 'UTF8')::jsonb #>> '{details,act}' <> 'proposed'
)
SELECT (SELECT count(*) FROM told WHERE kind = 'lookup'),
       (SELECT count(*) FROM told JOIN standing ON committed > since AND committed < until
        WHERE kind = 'lookup' AND act = 'suspended')
"""


@dataclass(frozen=True)
class Race:
    """What happened: grants in all, grants that came too late, and how long each suspension took, in seconds."""

    granted: int
    late: int
    durations: tuple[float, ...]


def run(
    superuser: Any,
    *,
    inquiry: Inquiry,
    by: User,
    guards: tuple[User, User],
    revocations: int = REVOCATIONS,
    clients: int = CLIENTS,
    locked: bool = True,
    think_seconds: float = 0.0,
) -> Race:
    """Let clients, each a process, look up while the authorisation is suspended and resumed; without the lock when `locked` is false.

    A client waits so long after each answer; 0 keeps every processor busy, and what is then waited for is a processor.

    `superuser` is a connection that may read the whole log, in which nobody else suspends or looks up meanwhile.
    """
    keyring()
    theirs = _of_each(inquiry, clients)
    begun_at = superuser.execute("SELECT clock_timestamp()").fetchone()[0]
    held, taken = Authorisation.objects.get(unit=inquiry.unit), []
    connections.close_all()
    context = multiprocessing.get_context("fork")
    stop, all_ask = context.Event(), context.Barrier(clients + 1, timeout=START_SECONDS)
    with _views_without_end(), _lock(taken=locked):
        asking = [
            context.Process(target=_client, args=(key, by.pk, all_ask, stop, think_seconds))
            for key in theirs
        ]
        for process in asking:
            process.start()
        all_ask.wait()
        for _ in range(revocations):
            time.sleep(PAUSE_SECONDS)
            begun = time.perf_counter()
            authorisations.suspend(authorisation=held, by=guards[0])
            taken.append(time.perf_counter() - begun)
            time.sleep(PAUSE_SECONDS)
            wanted = proposals.propose_return(authorisation=held, by=guards[0])
            proposals.approve(proposal=wanted, by=guards[1])
            held.refresh_from_db()
        stop.set()
        for process in asking:
            process.join()
    granted, late = superuser.execute(LATE, [begun_at]).fetchone()
    return Race(granted, late, tuple(sorted(taken)))


def measure(database: TestDatabase) -> Iterator[Measure]:
    """Run the race with the lock and without it, print what was granted late, and return how long each suspension took."""
    from access.roles import Role, grant

    ground.one_record(database)
    official = ground.inquirer()
    guards = User.objects.create_user("F9009"), User.objects.create_user("F9010")
    for guard in guards:
        grant(user=guard, role=Role.SECURITY_ADMINISTRATOR, by="bench")
    inquiry = ground.granted_inquiry(official)
    races = []
    with database.connect("bootstrap") as superuser:
        for locked, think in ((True, 0.0), (False, 0.0), (True, THINK_SECONDS)):
            race = run(
                superuser,
                inquiry=inquiry,
                by=official,
                guards=guards,
                locked=locked,
                think_seconds=think,
            )
            races.append(race)
            _tell(race, locked=locked, think=think)
    busy, control, paced = races
    if busy.late or paced.late or not control.late:
        raise RuntimeError("The lock let a late grant through, or the control found none.")
    yield Measure(
        f"taking an authorisation away, {CLIENTS} clients without a pause: p99 {_p99(busy):.0f} ms",
        Numbers.of(busy.durations),
        "the same without the lock",
        Numbers.of(control.durations),
    )
    yield Measure(
        f"taking an authorisation away, {CLIENTS} clients: p99 {_p99(paced):.0f} ms",
        Numbers.of(paced.durations),
        "the same, clients without a pause",
        Numbers.of(busy.durations),
    )


def _tell(race: Race, *, locked: bool, think: float) -> None:
    print(
        f"{'with' if locked else 'without'} the lock, clients that wait {think * 1000:.0f} ms between lookups:"
        f" {race.granted} granted, {race.late} of them late; suspension p99 {_p99(race):.1f} ms",
        file=sys.stderr,
    )


def _p99(race: Race) -> float:
    """Return the 99th percentile of how long a suspension took, in milliseconds."""
    return race.durations[int(0.99 * len(race.durations))] * 1000


def _of_each(inquiry: Inquiry, clients: int) -> list[Any]:
    """Return the keys of as many inquiries as there are clients, all alike: no client waits for another's views to be counted."""
    fields = [field.name for field in Inquiry._meta.concrete_fields]
    alike = {name: getattr(inquiry, name) for name in fields if name not in {"id", "receipt"}}
    others = [Inquiry.objects.create(**alike) for _ in range(clients - 1)]
    return [inquiry.pk, *(other.pk for other in others)]


def _client(
    inquiry_key: Any, official_key: Any, all_ask: Any, stop: Any, think_seconds: float
) -> None:
    """Ask once, wait until all have, then again and again; being refused is what the race is about."""
    official = User.objects.get(pk=official_key)

    def ask() -> None:
        inquiry = Inquiry.objects.select_related("unit").get(pk=inquiry_key)
        with contextlib.suppress(lookups.NotGranted):
            lookups.look_up(inquiry=inquiry, by=official)

    ask()
    all_ask.wait()
    while not stop.wait(think_seconds):
        ask()


@contextmanager
def _views_without_end() -> Iterator[None]:
    """As many views of an answer as the race takes, wherever they are counted."""
    with (
        mock.patch.object(lookups, "VIEWS_ALLOWED", MANY_VIEWS),
        mock.patch.object(inquiry_model, "VIEWS_ALLOWED", MANY_VIEWS),
    ):
        yield


@contextmanager
def _lock(*, taken: bool) -> Iterator[None]:
    """The advisory lock as it is, or, for the control, not taken at all."""
    if taken:
        yield
        return
    nothing: Callable[..., None] = lambda **_: None  # noqa: E731 - a stand-in, not a function of ours
    with (
        mock.patch.object(authorisation_lock, "shared", nothing),
        mock.patch.object(authorisation_lock, "exclusive", nothing),
    ):
        yield
