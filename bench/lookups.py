"""What a lookup costs: against the bare indexed SELECT between two plain commits; and whether it stays flat."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connections, transaction

from access import lookups
from bench import ground
from bench.ground import LOG_TWIN, RECORDS, RECORDS_TWIN
from bench.report import Measure, Numbers
from bench.timing import Work, alternating, at_once
from sealing import audit_log, lock
from sealing.audit_log import Entry, Kind, Outcome
from tests.database import TestDatabase

ONCE, AT_ONCE, SECONDS = 300, 8, 4.0
BARE = "SELECT and 2 commits, no lock, no log"
SMALL, LARGE = 10_000, 200_000
READS, FRESH_FOR = 400, 100


def one_lookup(official: Any) -> Work:
    """Return one granted lookup; the inquiry may be answered only so often, which is set back before each."""
    from access.inquiry import Inquiry

    asked = ground.granted_inquiry(official)
    inquiry = Inquiry.objects.select_related("unit").get(pk=asked.pk)
    return Work(
        lambda: lookups.look_up(inquiry=inquiry, by=official),
        before=lambda: Inquiry.objects.filter(pk=inquiry.pk).update(views=0),
    )


def bare_lookup(subject: bytes) -> Work:
    """Return the same person's row by index, between two commits that each write one row."""
    note = audit_log.INSERT.replace("sealing_auditentry", LOG_TWIN)

    def work() -> None:
        with transaction.atomic(durable=True):
            ground.execute(
                note,
                audit_log.row(Entry(kind=Kind.LOOKUP, outcome=Outcome.GRANTED, subject=subject)),
            )
        with transaction.atomic(durable=True):
            ground.execute(f"SELECT * FROM {RECORDS_TWIN} WHERE subject = %s", [subject])
            ground.execute(
                note,
                audit_log.row(Entry(kind=Kind.LOOKUP, outcome=Outcome.DISCLOSED, subject=subject)),
            )

    return Work(work)


def measure(database: TestDatabase) -> Iterator[Measure]:
    """Measure one lookup at a time, eight at once, and opened reads in a small and a large registry."""
    subject, official = ground.one_record(database), ground.inquirer()
    ground.fill(database, first=1, last=SMALL)
    ours, bare = alternating(one_lookup(official), bare_lookup(subject), times=ONCE)
    yield Measure("one granted lookup", Numbers.of(ours), BARE, Numbers.of(bare))
    yield _at_once(
        f"granted lookups, {AT_ONCE} processes",
        lambda _: one_lookup(official),
        lambda _: bare_lookup(subject),
    )
    small = list(_opened_reads(SMALL))
    yield from small
    ground.fill(database, first=SMALL + 1, last=LARGE)
    large = list(_opened_reads(LARGE))
    yield from large
    for less, more in zip(small, large, strict=True):
        yield Measure(f"{more.name}: is it flat?", more.ours, less.name, less.ours)


def _at_once(name: str, ours: Callable[[int], Work], bare: Callable[[int], Work]) -> Measure:
    connections.close_all()
    numbers = []
    for make in (ours, bare):
        taken, elapsed = at_once(make, processes=AT_ONCE, seconds=SECONDS)
        numbers.append(Numbers.of(taken, elapsed=elapsed))
    return Measure(name, numbers[0], BARE, numbers[1])


def _opened_reads(on_file: int) -> Iterator[Measure]:
    """One numbered person's row by the opened lock, against the same statement on the twin."""
    [(subject,)] = ground.execute("SELECT sha256(%s::text::bytea)", [on_file // 2])
    entered, left = None, 0

    def fresh() -> None:
        nonlocal entered, left
        if not left:
            entry = Entry(kind=Kind.LOOKUP, outcome=Outcome.GRANTED, subject=bytes(subject))
            entered, left = audit_log.enter_alone(entry), FRESH_FOR
        left -= 1

    def opened() -> None:
        with lock.opened(entered):
            rows = ground.execute(f"SELECT * FROM {RECORDS} WHERE subject = %s", [subject])
        assert len(rows) == 1

    def plain() -> None:
        with transaction.atomic(durable=True):
            rows = ground.execute(f"SELECT * FROM {RECORDS_TWIN} WHERE subject = %s", [subject])
        assert len(rows) == 1

    ours, bare = alternating(Work(opened, before=fresh), Work(plain), times=READS)
    yield Measure(
        f"opened read, {on_file:,} records on file",
        Numbers.of(ours),
        "the same without row security",
        Numbers.of(bare),
    )
