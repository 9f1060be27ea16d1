"""What the rules find in made-up months: everything that was put there on purpose, and nothing in an ordinary month."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from access.alert_rules import OFF_HOURS, ROSTER, RULES, WORKING_HOURS, Event, found

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 2, 9, tzinfo=ZONE)


def event(number: int, at: datetime, **changes) -> Event:
    stated = {
        "entry": f"{number:08d}",
        "outcome": "granted",
        "unit": "U1",
        "official": "F1",
        "person": f"{number:064x}",
        "prefix": f"{number % 997:04x}",
        "marks": frozenset() if WORKING_HOURS.cover(at) else frozenset({OFF_HOURS}),
    }
    return Event(at=at, **(stated | changes))


def month(seed: int) -> list[Event]:
    """An ordinary month: ten units, three officials each, up to fifteen inquiries a working day of each."""
    drawn, events, number = random.Random(seed), [], 0
    for day in range(28):
        start = MONDAY + timedelta(days=day)
        if not WORKING_HOURS.cover(start):
            continue
        for unit in range(10):
            for official in range(3):
                for _ in range(drawn.randrange(16)):
                    number += 1
                    at = start + timedelta(minutes=drawn.randrange(9 * 60))
                    outcome = "denied" if drawn.random() < 0.1 else "granted"
                    names = {"unit": f"U{unit}", "official": f"F{unit}{official}"}
                    events.append(event(number, at, outcome=outcome, **names))
    return events


def codes(events: list[Event]) -> set[str]:
    return {finding.rule for finding in found(events)}


@pytest.mark.parametrize("seed", range(12))
def test_an_ordinary_month_raises_no_alert(seed):
    assert codes(month(seed)) == set()


NIGHT = MONDAY + timedelta(hours=14)
PATTERNS = {
    "canary": [event(10**6, MONDAY, marks=frozenset({"canary"}))],
    "colleague": [event(10**6, MONDAY, marks=frozenset({"colleague"}))],
    "shared_surname": [event(10**6, MONDAY, marks=frozenset({"shared_surname"}))],
    "sweep_prefix": [
        event(10**6 + n, MONDAY + timedelta(minutes=9 * n), prefix="aaaa", official=f"F9{n % 5}")
        for n in range(20)
    ],
    "sweep_persons": [
        event(10**6 + n, MONDAY + timedelta(minutes=4 * n), official="F99") for n in range(100)
    ],
    "burst": [
        event(10**6 + n, MONDAY + timedelta(seconds=15 * n), official="F99") for n in range(30)
    ],
    "repeated_denials": [
        event(10**6 + n, MONDAY + timedelta(minutes=30 * n), outcome="denied", official="F99")
        for n in range(10)
    ],
    "many_ask": [
        event(10**6 + n, MONDAY + timedelta(days=n), person="f" * 64, official=f"F9{n}")
        for n in range(4)
    ],
    "off_hours": [
        event(10**6 + n, NIGHT + timedelta(minutes=20 * n), official="F99") for n in range(3)
    ],
}


def test_every_rule_has_its_pattern():
    assert set(PATTERNS) == {rule.code for rule in RULES}


@pytest.mark.parametrize("code", PATTERNS)
def test_a_pattern_is_found_in_the_midst_of_a_month_with_all_its_entries(code):
    (finding,) = found(month(1) + PATTERNS[code])
    assert finding.rule == code
    assert set(finding.entries) == {put.entry for put in PATTERNS[code]}
    assert (finding.first, finding.last) == (PATTERNS[code][0].at, PATTERNS[code][-1].at)


def test_a_roster_is_no_burst_and_hides_none():
    """One decision about thirty persons raises nothing; those asked about one by one beside it still do."""
    taken = [replace(put, marks=put.marks | {ROSTER}) for put in PATTERNS["burst"]]
    assert codes(taken) == set()
    assert codes(taken[:15] + PATTERNS["burst"][15:]) == set()
    beside = [replace(put, entry=f"x{put.entry}", marks=put.marks | {ROSTER}) for put in taken]
    (finding,) = found(PATTERNS["burst"] + beside)
    assert set(finding.entries) == {put.entry for put in PATTERNS["burst"]}


@pytest.mark.parametrize("code", [code for code in PATTERNS if len(PATTERNS[code]) > 1])
def test_one_less_is_not_enough(code):
    assert code not in codes(PATTERNS[code][:-1])


@pytest.mark.parametrize("code", [code for code in PATTERNS if len(PATTERNS[code]) > 1])
def test_the_same_spread_over_a_longer_time_is_not_found(code):
    rule = next(rule for rule in RULES if rule.code == code)
    first = PATTERNS[code][0].at
    spread = [
        event(
            n,
            first + n * rule.within,
            **{
                name: getattr(put, name)
                for name in ("outcome", "unit", "official", "person", "prefix", "marks")
            },
        )
        for n, put in enumerate(PATTERNS[code])
    ]
    assert code not in codes(spread)


def test_the_order_in_which_events_come_does_not_matter():
    events = month(2) + PATTERNS["burst"]
    mixed = random.Random(3).sample(events, k=len(events))
    assert list(found(mixed)) == list(found(events))


def test_an_event_without_a_key_is_counted_for_nobody():
    asked = [event(n, MONDAY, prefix="", person=f"{n:064x}") for n in range(25)]
    assert "sweep_prefix" not in codes(asked)
