"""Which patterns in what was asked an auditor should look at (rules as data, `data/alert_rules.json`).

A rule counts entries, or different persons, officials or units, for each of its keys within a sliding window. It sees
codes and keyed hashes only and cannot know whether a record exists, so it finds the same for everybody. Pure: no
Django, no database, no names.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

OFF_HOURS, ROSTER = "off_hours", "roster"


@dataclass(frozen=True, slots=True)
class Event:
    """One inquiry as the rules see it. `person` and `prefix` are keyed hashes; `at` is local time.

    `prefix` stands for county and date of birth; it is empty for documents that have none. `marks` say what only the
    asking side shows: that the person is a canary, a colleague, or shares an official's surname and place; or that a roster asked.
    """

    entry: str
    at: datetime
    outcome: str
    unit: str
    official: str
    person: str
    prefix: str = ""
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """So many of `count` for one key of `per` within a window; only entries of an outcome or with a mark, if given.

    `without` is a mark whose entries do not count: what was decided once, as a staff roster, is no burst.
    """

    code: str
    per: tuple[str, ...]
    count: str
    at_least: int
    within: timedelta
    outcomes: frozenset[str] = frozenset()
    mark: str = ""
    without: str = ""

    def concerns(self, event: Event) -> bool:
        """Say whether the rule counts an event at all; one without a key is counted for nobody."""
        if self.outcomes and event.outcome not in self.outcomes:
            return False
        if self.mark and self.mark not in event.marks:
            return False
        if self.without and self.without in event.marks:
            return False
        return all(getattr(event, name) for name in self.per)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule met: for which key, on which day, by which entries, from when until when."""

    rule: str
    key: str
    entries: tuple[str, ...]
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When offices are open: hours of a day, and days of the week (1 is Monday)."""

    begin: time
    end: time
    days: frozenset[int]

    def cover(self, at: datetime) -> bool:
        """Say whether a local time lies within them."""
        return at.isoweekday() in self.days and self.begin <= at.time() < self.end


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(
        code=row["code"],
        per=tuple(row["per"]),
        count=row["count"],
        at_least=row["at_least"],
        within=timedelta(minutes=row["within_minutes"]),
        outcomes=frozenset(row.get("outcomes", ())),
        mark=row.get("mark", ""),
        without=row.get("without", ""),
    )


_DATA = json.loads((Path(__file__).parent / "data" / "alert_rules.json").read_text("utf-8"))
RULES: tuple[Rule, ...] = tuple(map(_rule, _DATA["rules"]))
WORKING_HOURS = WorkingHours(
    time.fromisoformat(_DATA["working_hours"]["from"]),
    time.fromisoformat(_DATA["working_hours"]["to"]),
    frozenset(_DATA["working_hours"]["days"]),
)
#: As far back as the longest rule looks.
LONGEST = max(rule.within for rule in RULES)


def found(events: Iterable[Event], *, rules: Sequence[Rule] = RULES) -> Iterator[Finding]:
    """Return what the rules find, one finding for each rule, key and day on which the rule was met."""
    in_time = sorted(events, key=lambda event: (event.at, event.entry))
    for rule in rules:
        by_key: dict[str, list[Event]] = defaultdict(list)
        for event in in_time:
            if rule.concerns(event):
                by_key[":".join(getattr(event, name) for name in rule.per)].append(event)
        for key, of_key in by_key.items():
            yield from _of_one_key(rule, key, of_key)


def _of_one_key(rule: Rule, key: str, events: Sequence[Event]) -> Iterator[Finding]:
    """Slide the window over one key's events; join what was met on one day."""
    by_day: dict[Any, dict[str, Event]] = defaultdict(dict)
    begin = 0
    for end, last in enumerate(events):
        while events[begin].at < last.at - rule.within:
            begin += 1
        window = events[begin : end + 1]
        if len(window) >= rule.at_least and _counted(rule, window) >= rule.at_least:
            by_day[last.at.date()].update((event.entry, event) for event in window)
    for met in by_day.values():
        joined = sorted(met.values(), key=lambda event: (event.at, event.entry))
        entries = tuple(event.entry for event in joined)
        yield Finding(rule.code, key, entries, joined[0].at, joined[-1].at)


def _counted(rule: Rule, window: Sequence[Event]) -> int:
    if rule.count == "entries":
        return len(window)
    return len({getattr(event, rule.count.removesuffix("s")) for event in window})
