"""Does a denial tell whether a record exists? Pairs of denied inquiries, about a recorded and an unrecorded person.

Each pair goes through the site's own page in random order. Everything the official is sent is compared byte by byte, with the
receipt masked, and the times by the two-sample Kolmogorov–Smirnov distance D (0: the same distribution, 1: none in common).
A third series, about the recorded person again, is the control: how far two samples of the same thing lie apart in this run.
"""

import random
import re
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from unittest import mock

from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from access import standing
from access.standing import INQUIRE_FOR
from bench import ground
from bench.report import Measure, Numbers
from tests.database import TestDatabase

PAIRS = 10_000
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
RECORDED = (ground.ID_NUMBER, ground.NAME)
UNRECORDED = ("11010519900307101X", "样本人物乙")
MASKED = re.compile(rb"[a-z2-9]{20}|[A-Za-z0-9]{64}|\d{1,2}:\d{2}")
KEPT_OUT = {"date", "set-cookie"}
BINS, BAR = 24, 50


def measure(database: TestDatabase, pairs: int = PAIRS) -> Iterator[Measure]:
    """Send the pairs, print the distance with its histogram, and return both times; RuntimeError on any differing byte."""
    ground.one_record(database)
    client = _signed_in()
    with mock.patch.object(
        standing, "SWEEP_LIMIT", 10**6
    ):  # one number is asked for again and again here
        series = _series(client, pairs)
    print(
        f"{pairs:,} pairs, 0 differing bytes; D(recorded, unrecorded) = {distance(series['recorded'], series['unrecorded']):.4f},"
        f" control D(recorded, recorded) = {distance(series['recorded'], series['again']):.4f}\n"
        + histogram(series["recorded"], series["unrecorded"]),
        file=sys.stderr,
    )
    yield Measure(
        "denied inquiry, recorded person",
        Numbers.of(series["recorded"]),
        "the same, unrecorded person",
        Numbers.of(series["unrecorded"]),
    )


def _series(client: Client, pairs: int) -> dict[str, list[float]]:
    """Return the seconds each denial took, by series; RuntimeError when two denials differ in any byte."""
    series: dict[str, list[float]] = {"recorded": [], "unrecorded": [], "again": []}
    people = {"recorded": RECORDED, "unrecorded": UNRECORDED, "again": RECORDED}
    seen: set[bytes] = set()
    for number in range(-20, pairs):
        for name in random.sample(list(series), k=len(series)):
            taken, answered = _denied(client, people[name])
            seen.add(answered)
            if number >= 0:
                series[name].append(taken)
    if len(seen) != 1:
        raise RuntimeError(f"{len(seen)} different answers to one denied inquiry.")
    return series


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


def _signed_in() -> Client:
    """Return the browser of an official whose unit may ask as often as it likes."""
    official = ground.inquirer()
    assign_perm(INQUIRE_FOR, official, official.unit)
    type(official.unit).objects.update(daily_budget=10**6, official_budget=10**6)
    client = Client(headers={"accept-language": "en"})
    client.force_login(official, backend=BACKEND)
    return client


def _denied(client: Client, person: tuple[str, str]) -> tuple[float, bytes]:
    """Send one inquiry whose letter is too old; return the seconds it took and everything that was sent back."""
    fields = {
        "exception": "state_regulation",
        "provision": "MINORS-62",
        "purpose": "核实",
        "post": "教师",
        "official_1": "F9001",
        "official_2": "F9002",
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
