"""What a benchmark tells: the numbers of known durations, and a table that a reader can trust."""

import json
from pathlib import Path

import pytest

from bench.report import Measure, Numbers, keep, table


def numbers(microseconds: float, times: int = 100) -> Numbers:
    return Numbers.of([microseconds / 1e6] * times)


def test_known_durations_give_known_numbers() -> None:
    found = Numbers.of([n / 1000 for n in range(1, 101)])
    assert found.median == pytest.approx(50_500)
    assert found.p95 == pytest.approx(95_950)
    assert found.per_second == pytest.approx(100 / 5.05)


def test_what_ran_at_once_is_counted_by_the_clock() -> None:
    assert Numbers.of([0.1] * 80, elapsed=1.0).per_second == pytest.approx(80)


def test_a_rate_is_time_a_row() -> None:
    assert Numbers.of_rate(2000, 4.0).median == pytest.approx(2000)


def test_too_few_repetitions_are_refused() -> None:
    with pytest.raises(ValueError, match="say nothing"):
        Numbers.of([0.1] * 19)


def test_the_ratio_is_ours_to_bare() -> None:
    assert Measure("a", numbers(300), "b", numbers(100)).ratio == pytest.approx(3)


def test_the_table_has_units() -> None:
    told = table([Measure("a lookup", numbers(2500), "bare", numbers(500))]).splitlines()
    assert len(told) == 3
    assert [cell.strip() for cell in told[2].split("|")[1:-1]] == [
        *("a lookup", "2.50 ms", "2.50 ms", "400", "bare", "500.0 µs", "2,000", "5.00")
    ]


def test_a_run_is_kept(tmp_path: Path) -> None:
    path = keep(tmp_path / "results", [Measure("a", numbers(300), "b", numbers(100))], {"cores": 2})
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert (kept["machine"], kept["measures"][0]["ratio"]) == ({"cores": 2}, 3.0)
