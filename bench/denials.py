"""Does a denial tell whether a record exists? Pairs of denied inquiries, about a recorded and an unrecorded person.

Each pair goes through the site's own page in random order. Everything the official is sent is compared byte by byte, with the
receipt masked, and the times by the two-sample Kolmogorov–Smirnov distance D (0: the same distribution, 1: none in common).
The control is the recorded person's times against themselves, every other one: how far two samples of the same thing lie apart.

Both are asked about equally often, and a day has no more inquiries than a unit makes: what is counted for budgets and
sweeps grows with the inquiries of the day, about whomever they are, and takes longer.
"""

import multiprocessing
import random
import re
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import connections
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from access import standing
from access.standing import INQUIRE_FOR
from bench import ground
from bench.report import Measure, Numbers
from sealing.keyring import keyring
from tests.database import TestDatabase

PAIRS = 10_000
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
RECORDED = (ground.ID_NUMBER, ground.NAME)
UNRECORDED = ("11010519900307101X", "样本人物乙")
PEOPLE = {"recorded": RECORDED, "unrecorded": UNRECORDED}
PROCESSES, PAIRS_A_DAY, WARM_UP = 2, 50, 20
NEXT_DAY = "UPDATE access_inquiry SET made_on = made_on - 1 WHERE unit_id = %s"
MASKED = re.compile(rb"F90\d1|U90\d|[a-z2-9]{20}|[A-Za-z0-9]{64}|\d{1,2}:\d{2}")
KEPT_OUT = {"date", "set-cookie"}
BINS, BAR = 24, 50


def measure(database: TestDatabase, pairs: int = PAIRS) -> Iterator[Measure]:
    """Send the pairs, print the distance with its histogram, and return both times; RuntimeError on any differing byte."""
    ground.one_record(database)
    keyring()
    connections.close_all()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    children = [
        context.Process(target=_asking, args=(database, number, pairs // PROCESSES, queue))
        for number in range(PROCESSES)
    ]
    for child in children:
        child.start()
    found = [queue.get() for _ in children]
    for child in children:
        child.join()
    if len(set().union(*(seen for _, seen in found))) != 1:
        raise RuntimeError("There were different answers to one denied inquiry.")
    recorded, unrecorded = (
        [taken for series, _ in found for taken in series[name]] for name in PEOPLE
    )
    halves = recorded[::2], recorded[1::2]
    print(
        f"{len(recorded):,} pairs, 0 differing bytes; D(recorded, unrecorded) = {distance(recorded, unrecorded):.4f},"
        f" control D(recorded, recorded) = {distance(*halves):.4f}\n"
        + histogram(recorded, unrecorded),
        file=sys.stderr,
    )
    yield Measure(
        "denied inquiry, recorded person",
        Numbers.of(recorded),
        "the same, unrecorded person",
        Numbers.of(unrecorded),
    )


def _asking(database: TestDatabase, number: int, pairs: int, queue: Any) -> None:
    """Ask about both in turn for one unit; hand over the seconds each denial took and what was sent back."""
    client, official = _signed_in(number)
    series: dict[str, list[float]] = {name: [] for name in PEOPLE}
    seen: set[bytes] = set()
    with (
        mock.patch.object(standing, "SWEEP_LIMIT", 10**6),
        database.connect("bootstrap") as superuser,
    ):
        superuser.execute("SET session_replication_role = replica")
        for pair in range(-WARM_UP, pairs):
            for name in random.sample(list(PEOPLE), k=len(PEOPLE)):
                taken, answered = _denied(client, official, PEOPLE[name])
                seen.add(answered)
                if pair >= 0:
                    series[name].append(taken)
            if pair % PAIRS_A_DAY == 0:
                superuser.execute(NEXT_DAY, [official.unit_id])
    queue.put((series, seen))


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the two-sample Kolmogorov–Smirnov statistic: the largest gap between the two empirical distributions."""
    first, second = sorted(one), sorted(other)
    return max(
        abs(bisect_right(first, at) / len(first) - bisect_right(second, at) / len(second))
        for at in {*first, *second}
    )


def histogram(one: Sequence[float], other: Sequence[float]) -> str:
    """Return both samples side by side as text; the last line holds what lies above the 99th percentile."""
    top = sorted([*one, *other])[int(0.99 * (len(one) + len(other)))]
    low = min(*one, *other)
    width = (top - low) / BINS or 1e-9
    counts = [[0] * (BINS + 1) for _ in range(2)]
    for sample, count in zip((one, other), counts, strict=True):
        for value in sample:
            count[min(int((value - low) / width), BINS)] += 1
    largest = max(max(count) for count in counts)
    lines = [f"{'ms':>8}  {'recorded':<{BAR}}  unrecorded"]
    for row in range(BINS + 1):
        bars = ["#" * round(BAR * count[row] / largest) for count in counts]
        lines.append(f"{(low + row * width) * 1000:8.2f}  {bars[0]:<{BAR}}  {bars[1]}")
    return "\n".join(lines)


def _signed_in(number: int) -> tuple[Client, Any]:
    """Return the browser of an official whose unit may ask as often as it likes, and the official."""
    official = ground.inquirer(number)
    assign_perm(INQUIRE_FOR, official, official.unit)
    type(official.unit).objects.update(daily_budget=10**6, official_budget=10**6)
    client = Client(headers={"accept-language": "en"})
    client.force_login(official, backend=BACKEND)
    return client, official


def _denied(client: Client, official: Any, person: tuple[str, str]) -> tuple[float, bytes]:
    """Send one inquiry whose letter is too old; return the seconds it took and everything that was sent back."""
    fields = {
        "exception": "state_regulation",
        "provision": "MINORS-62",
        "purpose": "核实",
        "post": "教师",
        "official_1": official.number,
        "official_2": "F9099",
        "undertaking": "1",
        "confirm": "1",
        "letter_number": "函1号",
        "id_type": "resident_id",
        "letter_issued_on": (timezone.localdate() - timedelta(days=60)).isoformat(),
        "id_number": person[0],
        "name": person[1],
    }
    begun = time.perf_counter()
    sent = client.post("/inquiries/new/", fields)
    taken = time.perf_counter() - begun
    if sent.status_code != 302:
        raise RuntimeError(f"The inquiry was answered with {sent.status_code}.")
    return taken, MASKED.sub(b"-", _bytes(sent) + _bytes(client.get(sent["Location"])))


def _bytes(response: Any) -> bytes:
    head = sorted(
        f"{name}: {value}" for name, value in response.items() if name.lower() not in KEPT_OUT
    )
    return "\n".join([str(response.status_code), *head]).encode() + response.content
