"""Several acts in one decision, and decisions seen before: in the file, and on file."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.across_rows import (
    FileJudge,
    NothingOnFile,
    identity_keys,
    judge_rows,
    tally_detention,
)
from registry.decision_row import read_row

TODAY = date(2026, 11, 20)
ASSAULT, GAMBLING, THEFT = "PSL2025-051-1-0a", "PSL2025-082-1-0b", "PSL2025-058-1-0a"
COMBINED, DUPLICATE = "combined_detention_over_20", "duplicate_decision"


class OnFile(dict):
    """A registry in memory that files what may be filed and counts how often it is asked."""

    asked = 0

    def acts_of(self, decisions):
        self.asked += 1
        return {key: self[key] for key in decisions if key in self}

    def file(self, judgements):
        for judged in judgements:
            if not judged.codes:
                acts = self.setdefault(judged.keys.decision, {})
                acts[judged.keys.act] = judged.row.detention_days or 0


@pytest.fixture
def judged(values):
    """Judge rows given as (act, days, changes) and return the codes of each."""

    def judge(*rows, on_file=None):
        readings = [
            read_row(
                values(offence_code=act, detention_days=str(days or ""), fine="500", **changes)
            )
            for act, days, changes in ((*row, {})[:3] for row in rows)
        ]
        registry = OnFile() if on_file is None else on_file
        judgements = judge_rows(readings, today=TODAY, on_file=registry)
        registry.file(judgements)
        return [" ".join(judgement.codes) for judgement in judgements]

    return judge


def test_exactly_20_days_are_lawful(judged):
    assert judged((ASSAULT, 10), (GAMBLING, 10)) == ["", ""]


def test_above_20_days_every_such_row_is_refused(judged):
    assert judged((ASSAULT, 10), (GAMBLING, 6), (THEFT, 5)) == [COMBINED] * 3


def test_an_act_without_detention_is_not_refused_for_the_detention_of_others(judged):
    assert judged((ASSAULT, 15), (GAMBLING, 6), (THEFT, 0)) == [COMBINED, COMBINED, ""]


def test_another_person_another_decision_another_organ_do_not_count(judged, number_of):
    somebody_else = {"birth_date": "1991-01-01", "id_number": number_of("1991-01-01")}
    assert judged(
        (ASSAULT, 15),
        (GAMBLING, 15, somebody_else),
        (GAMBLING, 15, {"decision_number": "京公朝行罚决字〔2026〕00002号"}),
        (GAMBLING, 15, {"organ_code": "110106000000"}),
    ) == ["", "", "", ""]


def test_brackets_and_case_do_not_hide_a_decision(judged):
    wide = {"decision_number": "京公朝行罚决字［２０２６］00001号"}
    assert judged((ASSAULT, 15), (GAMBLING, 6, wide)) == [COMBINED, COMBINED]
    assert judged((ASSAULT, 15), (ASSAULT, 15, wide)) == ["", DUPLICATE]


def test_the_same_act_twice_counts_once_and_is_filed_once(judged):
    assert judged((ASSAULT, 12), (GAMBLING, 8), (ASSAULT, 12)) == ["", "", DUPLICATE]


def test_a_row_refused_for_something_else_still_counts(judged):
    """The decision is above 20 days, whatever else is wrong with one of its rows."""
    wrong_sex = {"sex": "female", "id_number": "110105199006150135"}
    assert judged((ASSAULT, 12), (GAMBLING, 12, wrong_sex)) == [
        COMBINED,
        f"sex_mismatch {COMBINED}",
    ]


def test_a_row_that_cannot_be_read_does_not_count(judged):
    assert judged((ASSAULT, 12), (GAMBLING, 12, {"name": ""})) == ["", "missing_field"]


def test_a_corrected_row_is_no_duplicate_of_the_refused_one_and_counts_in_its_place(judged):
    wrong = {"served_on": "2026-06-09"}
    assert judged((ASSAULT, 15, wrong), (ASSAULT, 10), (GAMBLING, 10)) == ["date_order", "", ""]


def test_a_row_refused_for_combined_detention_makes_no_duplicate(judged):
    assert judged((ASSAULT, 12), (GAMBLING, 12), (ASSAULT, 12)) == [COMBINED] * 3


def test_acts_on_file_count(judged):
    registry = OnFile()
    assert judged((ASSAULT, 12), on_file=registry) == [""]
    assert judged((GAMBLING, 8), on_file=registry) == [""]
    assert judged((THEFT, 1), on_file=registry) == [COMBINED]
    assert judged((THEFT, 0), on_file=registry) == [""]


def test_the_same_file_again_files_nothing_twice(judged):
    registry, rows = OnFile(), [(ASSAULT, 12), (GAMBLING, 8), (THEFT, 0)]
    assert judged(*rows, on_file=registry) == ["", "", ""]
    assert judged(*rows, on_file=registry) == [DUPLICATE] * 3


def test_the_days_on_file_count_not_those_of_a_duplicate(judged):
    registry = OnFile()
    judged((ASSAULT, 5), on_file=registry)
    assert judged((ASSAULT, 15), (GAMBLING, 15), on_file=registry) == [DUPLICATE, ""]


def test_a_duplicate_keeps_its_other_codes(judged):
    late = {"served_on": "2026-06-09"}
    assert judged((ASSAULT, 5), (ASSAULT, 5, late)) == ["", f"date_order {DUPLICATE}"]


def test_what_is_on_file_is_asked_once_per_batch_and_rows_may_be_filed_between(values):
    numbers = [f"京公朝行罚决字〔2026〕{place % 5}号" for place in range(10)]
    readings = [read_row(values(decision_number=number)) for number in numbers]
    registry = OnFile()
    tally = tally_detention(readings, today=TODAY, keys_of=identity_keys)
    judge = FileJudge(tally=tally, today=TODAY, on_file=registry, keys_of=identity_keys, batch=4)
    found = []
    for judgement in judge.judge(iter(readings)):
        registry.file([judgement])
        found.append(" ".join(judgement.codes))
    assert found == [""] * 5 + [DUPLICATE] * 5
    assert registry.asked == 3


@given(
    st.lists(st.tuples(st.sampled_from([ASSAULT, GAMBLING, THEFT]), st.integers(1, 12)), max_size=6)
)
def test_never_more_than_20_days_on_file_in_whatever_order(rows):
    from_clean_row = read_row(CLEAN).row
    registry = OnFile()
    for _ in range(2):
        readings = [
            read_row({**CLEAN, "offence_code": act, "detention_days": str(days)})
            for act, days in rows
        ]
        registry.file(judge_rows(readings, today=TODAY, on_file=registry))
    filed = registry.get(identity_keys(from_clean_row).decision, {})
    assert sum(filed.values()) <= 20


def test_the_empty_registry_knows_nothing():
    assert NothingOnFile().acts_of(["any"]) == {}


CLEAN = {
    "decision_number": "京公朝行罚决字〔2026〕00001号", "organ_code": "110105000000",
    "organ_name": "北京市公安局朝阳分局", "organ_level": "county", "decided_on": "2026-06-10",
    "acted_on": "2026-06-01", "offence_code": ASSAULT, "name": "样本甲", "sex": "male",
    "birth_date": "1990-06-15", "id_type": "passport", "id_number": "E1", "nationality": "CHN",
    "address": "样本路1号", "facts": "样本", "detention_days": "5", "execution": "executed",
}  # fmt: skip
