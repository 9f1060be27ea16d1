"""Draws a random sample of inquiries and keeps what auditors find; each act is entered in the log before it counts.

The seed is the root of the newest checkpoint: who draws cannot choose it, and whoever has the log can draw the same
again. Who draws twice, because the first sample did not please, is seen by the others: every draw stays.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from access import desk, sampling
from access.accounts import User
from access.desk_home import midnight
from access.samples import DrawnInquiry, Judgement, Sample
from sealing import audit_log, log_counts, tree
from sealing.log_counts import Span
from sealing.log_reading import in_time

#: Inquiries that are gone through for one sample; more than that want a shorter period.
MOST_INQUIRIES = 1_000_000


class NothingSigned(Exception):
    """There is no checkpoint yet, so there is no seed that nobody chose."""


class TooMany(Exception):
    """There are more inquiries in the period than are gone through for one sample."""


def draw(*, since: date, until: date, wanted: int, by: User) -> Sample:
    """Draw a sample of the inquiries of some days (local, both included) and keep it with its audit entry.

    Raises NothingSigned, TooMany, TooWide of `log_reading`, and NotEntered, with nothing kept.
    """
    head = tree.latest_checkpoint(alias="audit")
    if head is None:
        raise NothingSigned
    made = Sample(
        since=since,
        until=until,
        wanted=wanted,
        seed=head.checkpoint.root.hex(),
        size=head.checkpoint.size,
        by=by.number,
    )
    period = f"{since} – {until}"
    said: dict[str, Any] = {
        "sample": str(made.pk),
        "period": period,
        "wanted": wanted,
        "checkpoint": made.size,
    }
    desk.enter(desk.reading(by, act="drew", **said))
    end = min(midnight(until + timedelta(days=1)), head.signed_at)
    made.strata, drawn = in_time(lambda: _drawn(Span(midnight(since), end), made))
    with audit_log.committed():
        made.save(force_insert=True)
        DrawnInquiry.objects.bulk_create(
            DrawnInquiry(sample=made, entry=entry, unit=unit, ground=ground)
            for (unit, ground), entries in drawn.items()
            for entry in entries
        )
    return made


def _drawn(span: Span, sample: Sample) -> tuple[list[Any], dict[sampling.Stratum, list[UUID]]]:
    """Return the strata of a span and what is drawn of each; the inquiries are gone through once and not kept."""
    sizes = {(unit, ground): count for unit, ground, count in log_counts.inquiries_by_ground(span)}
    if sum(sizes.values()) > MOST_INQUIRIES:
        raise TooMany
    seed = bytes.fromhex(sample.seed)
    shares = sampling.shares(sizes, wanted=sample.wanted, seed=seed)
    things = ((entry, (unit, ground)) for entry, unit, ground in log_counts.inquiries(span))
    drawn = sampling.drawn(things, shares=shares, seed=seed)
    strata = [[*stratum, count, shares.get(stratum, 0)] for stratum, count in sorted(sizes.items())]
    return strata, drawn


def judge(*, drawn: DrawnInquiry, verdict: str, cause: str, note: str, by: User) -> None:
    """Keep what an auditor found, with its audit entry; the note is sealed and not in the log."""
    said = {"sample": str(drawn.sample_id), "drawn": str(drawn.pk), "verdict": verdict}
    with audit_log.committed():
        audit_log.enter(desk.reading(by, act="judged_drawn", **said, cause=cause))
        Judgement.objects.create(
            drawn=drawn, verdict=verdict, cause=cause, note=note.strip(), by=by.number
        )


def with_verdicts(sample: Sample) -> list[tuple[DrawnInquiry, Judgement | None]]:
    """Return the drawn inquiries by stratum, each with its last judgement."""
    drawn = sample.drawn.order_by("unit", "ground", "pk")
    last = _last(Judgement.objects.filter(drawn__sample=sample))
    return [(one, last.get(one.pk)) for one in drawn]


def coverage(
    sample: Sample, judged: Iterable[tuple[DrawnInquiry, Judgement | None]]
) -> list[dict[str, Any]]:
    """Return a row for each stratum: inquiries, drawn, judged, not in order or unclear, and the judged share in percent."""
    done: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    for one, verdict in judged:
        stratum = (one.unit, one.ground)
        done[stratum] += verdict is not None
        wrong[stratum] += verdict is not None and verdict.verdict != Judgement.Verdict.IN_ORDER
    return [
        {
            "unit": unit,
            "ground": ground,
            "inquiries": inquiries,
            "drawn": drawn,
            "judged": done[unit, ground],
            "wrong": wrong[unit, ground],
            "share": 100 * done[unit, ground] / inquiries,
        }
        for unit, ground, inquiries, drawn in sample.strata
    ]


def _last(judgements: "QuerySet[Judgement]") -> dict[Any, Judgement]:
    return {one.drawn_id: one for one in judgements.order_by("pk")}
