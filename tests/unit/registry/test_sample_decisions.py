"""The sample file: exactly the expected codes, and nothing filed twice."""

import csv
from datetime import date
from pathlib import Path

import pytest

from registry.across_rows import judge_rows
from registry.decision_row import read_row

DATA = Path(__file__).parents[2] / "data"
TODAY = date(2026, 11, 20)


def read(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def readings():
    return [read_row(values) for values in read("decisions.csv")]


@pytest.fixture(scope="module")
def expected():
    return [line["codes"] for line in read("decisions.expected.csv")]


class OnFile(dict):
    def acts_of(self, decisions):
        return {key: self[key] for key in decisions if key in self}


def test_every_row_has_its_expected_codes_and_a_second_run_files_nothing(readings, expected):
    registry = OnFile()
    first = judge_rows(readings, today=TODAY, on_file=registry)
    assert [" ".join(judged.codes) for judged in first] == expected
    for judged in first:
        if not judged.codes:
            acts = registry.setdefault(judged.keys.decision, {})
            acts[judged.keys.act] = judged.row.detention_days or 0
    second = judge_rows(readings, today=TODAY, on_file=registry)
    again = [" ".join(judged.codes) for judged in second]
    assert again == [codes or "duplicate_decision" for codes in expected]


def test_under_the_law_of_2012_only_the_old_acts_change(readings, expected):
    judgements = judge_rows(readings, law="2012", today=TODAY, on_file=OnFile())
    found = [" ".join(judged.codes) for judged in judgements]
    assert found == ["" if codes == "before_the_law" else codes for codes in expected]
    marked = [judged.judged_by for judged in judgements if judged.row and not judged.codes]
    assert marked.count("2012") == expected.count("before_the_law")
