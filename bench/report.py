"""What was measured, and how it is told: numbers, ratios, a table, a JSON file. Measures nothing itself."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

MICROSECONDS = 1_000_000
FEWEST = 20


@dataclass(frozen=True)
class Numbers:
    """How long one piece of work took, in microseconds, over `count` repetitions; and how many a second."""

    median: float
    p95: float
    per_second: float
    count: int

    @classmethod
    def of(cls, seconds: Sequence[float], *, elapsed: float | None = None) -> "Numbers":
        """Sum up durations; `elapsed` is the time they took together where several ran at once."""
        if len(seconds) < FEWEST:
            raise ValueError(f"{len(seconds)} repetitions say nothing; {FEWEST} are the fewest.")
        total = sum(seconds) if elapsed is None else elapsed
        return cls(
            median=median(seconds) * MICROSECONDS,
            p95=quantiles(seconds, n=20)[-1] * MICROSECONDS,
            per_second=len(seconds) / total,
            count=len(seconds),
        )

    @classmethod
    def of_rate(cls, rows: int, seconds: float) -> "Numbers":
        """Sum up one run over many rows."""
        each = seconds / rows * MICROSECONDS
        return cls(median=each, p95=each, per_second=rows / seconds, count=rows)


@dataclass(frozen=True)
class Measure:
    """One piece of work with what it is measured against; the ratio is of medians, or of times a row."""

    name: str
    ours: Numbers
    against: str
    bare: Numbers

    @property
    def ratio(self) -> float:
        """Return how many times longer ours took; 1 is no cost at all."""
        return self.ours.median / self.bare.median

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return {**asdict(self), "ratio": round(self.ratio, 3)}


HEAD = ("what", "median", "p95", "a second", "against", "median", "a second", "ratio")


def table(measures: Iterable[Measure]) -> str:
    """Return the measures as a Markdown table; durations in microseconds or milliseconds."""
    rows = [HEAD, ["---", *["---:"] * 3, "---", *["---:"] * 3], *map(_cells, measures)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cells(measure: Measure) -> tuple[str, ...]:
    ours, bare = measure.ours, measure.bare
    return (
        measure.name,
        _duration(ours.median),
        _duration(ours.p95),
        f"{ours.per_second:,.0f}",
        measure.against,
        _duration(bare.median),
        f"{bare.per_second:,.0f}",
        f"{measure.ratio:.2f}",
    )


def _duration(microseconds: float) -> str:
    return f"{microseconds / 1000:.2f} ms" if microseconds >= 1000 else f"{microseconds:.1f} µs"


def machine(server_version: str) -> dict[str, object]:
    """Describe the machine without naming it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gib": memory,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgresql": server_version,
        "load_before": round(os.getloadavg()[0], 2),
    }


def keep(folder: Path, measures: Iterable[Measure], described: dict[str, object]) -> Path:
    """Write one run as JSON and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    document = {"machine": described, "measures": [measure.as_dict() for measure in measures]}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
