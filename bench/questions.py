"""The five questions auditors ask most, through the desk's own pages, in a log of ten million entries: p95 under a second.

An asking is everything from the click to the page: the form that is sent, the entry about the reading, committed durably,
and the page whole. Each asking is about something else, the busiest units, officials and persons first, since they are the
slowest. Against it stands one entry read by its key, in the same run, as the auditors' database role.

The size is REGISTRY_BENCH_ENTRIES, one million when it is not set; ten million want 20 GB of disk and twenty minutes.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle, product
from typing import Any

from django.db import connections
from django.test import Client

from bench import generated_log
from bench.report import Measure, Numbers
from bench.timing import Work, alternating
from tests.database import TestDatabase

ENTRIES = int(os.environ.get("REGISTRY_BENCH_ENTRIES") or 1_000_000)
ASKINGS = 60
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LOG = "/admin/sealing/auditentry/"
BARE = "SELECT * of one entry by its key"
ONE = """
SELECT id, at, person, kind, outcome, unit, official, exception, provision, reasons, inquiry, body, leaf_hash
  FROM sealing_auditentry WHERE id = %s
"""
SAMPLE = """
SELECT id FROM sealing_auditentry TABLESAMPLE SYSTEM (%s) WHERE inquiry <> '' AND kind = 'lookup' LIMIT 500
"""


def measure(database: TestDatabase) -> Iterator[Measure]:
    """Make the log, then ask each question in turn with the bare SELECT."""
    begun = time.monotonic()
    with database.connect("bootstrap") as superuser:
        generated_log.fill(superuser, ENTRIES, on_month=_told(begun))
        share = min(100.0, 100 * 20_000 / ENTRIES)
        keys = [key for (key,) in superuser.execute(SAMPLE, [share]).fetchall()]
        size, count = superuser.execute(
            "SELECT pg_size_pretty(pg_database_size(current_database())), count(*) FROM sealing_leaf"
        ).fetchone()
    print(f"{count:,} entries, {size}", file=sys.stderr)
    random.Random(5).shuffle(keys)
    for name, ask in questions(_auditor(), keys).items():
        ours, bare = alternating(Work(ask), Work(_one(cycle(keys))), times=ASKINGS)
        yield Measure(f"{name}, {count:,} entries", Numbers.of(ours), BARE, Numbers.of(bare))


def questions(browser: Client, keys: list[Any]) -> dict[str, Callable[[], None]]:
    """Return each question as something to be asked again and again, about something else each time."""
    officials = cycle(
        generated_log.official(of, place) for of, place in product(range(0, 40, 2), range(4))
    )
    persons = cycle(
        number
        for number, _hash in generated_log.known_persons()[:: generated_log.KNOWN_PERSONS // 80]
    )
    reasons = cycle(
        (generated_log.unit(of), reason)
        for of, reason in product(range(0, 30, 4), generated_log.REASONS)
    )
    entries, spans = (
        cycle(keys),
        [f"{begins:%Y-%m}" for begins, _ends in generated_log.months(datetime.now(UTC))],
    )
    since = cycle(spans[1:-3])
    month = cycle(spans[1:-1])

    def list_of(**filters: str) -> None:
        _shown(browser.post(LOG, filters, follow=True), "log-filters")

    def of_official() -> None:
        begins = next(since)
        list_of(official=next(officials), since=begins, until=spans[spans.index(begins) + 2])

    def denials() -> None:
        unit, reason = next(reasons)
        list_of(unit=unit, outcome="denied", reason=reason, since=(span := next(month)), until=span)

    def person() -> None:
        form = {
            "id_type": "resident_id",
            "id_number": next(persons),
            "reason": "complaint",
            "words": "made up",
        }
        _shown(browser.post("/admin/desk/person/", form, follow=True), "log-time")

    return {
        "the desk's first page": lambda: _shown(browser.get("/admin/desk/"), "desk-chart"),
        "an official's entries in three months": of_official,
        "the thread of one inquiry": lambda: _shown(
            browser.get(f"{LOG}{next(entries)}/"), "log-time"
        ),
        "who asked about a person": person,
        "a unit's denials for one reason in a month": denials,
    }


def _shown(answer: Any, must: str) -> None:
    page = answer.content.decode()
    if answer.status_code != 200 or must not in page or "too long" in page:
        raise RuntimeError(f"The question was answered with {answer.status_code}, or not at all.")


def _auditor() -> Client:
    from access.models import Unit, User
    from access.roles import Role, grant

    Unit.objects.bulk_create(
        Unit(code=generated_log.unit(place), name=f"样本单位{place}", kind="school")
        for place in range(generated_log.UNITS)
    )
    auditor = User.objects.create_user("A9001")
    grant(user=auditor, role=Role.AUDITOR, by="bench")
    client = Client(headers={"accept-language": "en"})
    client.force_login(auditor, backend=BACKEND)
    return client


def _one(keys: Iterator[Any]) -> Callable[[], None]:
    def one() -> None:
        with connections["audit"].cursor() as cursor:
            cursor.execute(ONE, [next(keys)])
            assert len(cursor.fetchall()) == 1

    return one


def _told(begun: float) -> Callable[[str, int], None]:
    return lambda month, done: print(
        f"{time.monotonic() - begun:6.1f} s  {month}: {done:,} entries", file=sys.stderr
    )
