"""An answer says what the scope allows and no more, and reads no more than it says."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from access.answers import Answer, nothing_disclosable, shape, within_look_back
from access.exceptions import CaseKind, Check
from access.provisions import Shape, Threshold, provision
from access.scopes import Scope, case_scope, provision_scope

NAME = "样例·人甲"
CASE = case_scope(case_kind=CaseKind.CRIMINAL)
AGGRAVATION = case_scope(case_kind=CaseKind.PUBLIC_SECURITY, check=Check.AGGRAVATION)
DRUG_USE = "PSL2025-084-1-3"
ASSAULT = "PSL2025-051-1-0a"
NOISE = "PSL2025-088-1-0"


def scope_of(id):
    return provision_scope(provision(id))


class Watched:
    """A record that remembers which of its attributes were read."""

    def __init__(self, record):
        self._record = record
        self.read = set()

    def __getattr__(self, attribute):
        self.read.add(attribute)
        return getattr(self._record, attribute)


# One answer for nothing.


@pytest.mark.parametrize(
    "scope",
    [scope_of("MINORS-62"), scope_of("ARMED-GUARD-3"), AGGRAVATION, CASE],
    ids=lambda scope: scope.shape,
)
def test_nothing_disclosable_is_one_answer_whatever_the_cause(scope, record, today):
    told = record()
    assert shape([told], scope=scope, today=today, name=NAME).answer == "disclosable"
    nothing = nothing_disclosable(scope.shape)
    for records, name in [
        ([], NAME),
        ([replace(told, revoked=True)], NAME),
        ([told], "样例人乙"),
        ([told], ""),
        ([replace(told, name="·")], " "),
    ]:
        answer = shape(records, scope=scope, today=today, name=name)
        assert answer == nothing
        assert answer.canonical_bytes() == nothing.canonical_bytes()


@pytest.mark.parametrize("shape_of", Shape)
def test_nothing_says_not_met_for_a_threshold_only(shape_of):
    answer = nothing_disclosable(shape_of).as_dict()
    assert answer == {
        "answer": "nothing_disclosable",
        "shape": shape_of.value,
        "matters": [],
        "met": False if shape_of == "threshold" else None,
        "lines": [],
    }


def test_other_matters_and_older_records_are_nothing(record, today):
    other = shape([record(offence_code=NOISE)], scope=scope_of("MINORS-62"), today=today, name=NAME)
    assert other == nothing_disclosable(Shape.YES_NO)
    narcotics = scope_of("NARCOTICS-10-23")
    old = record(offence_code=DRUG_USE, decided_on=date(2024, 11, 19))
    assert shape([old], scope=narcotics, today=today, name=NAME) == other
    recent = replace(old, decided_on=date(2024, 11, 20))
    assert shape([recent], scope=narcotics, today=today, name=NAME).matters == ("drug_law",)


@pytest.mark.parametrize("unformed", ["CTL-33", "LAWYER-7"])
def test_a_ground_without_a_form_discloses_nothing(unformed, record, today):
    watched = Watched(record())
    scope = scope_of(unformed)
    answer = shape([watched], scope=scope, today=today, name=NAME)
    assert answer == nothing_disclosable(scope.shape)
    assert watched.read == set()


def test_reviewers_form_decides_the_answer(record, today):
    scope = scope_of("CTL-33").narrowed(shape=Shape.YES_NO, matters=("violent_injury",))
    answer = shape([record()], scope=scope, today=today, name=NAME)
    assert answer.matters == ("violent_injury",)


# Matching.


@pytest.mark.parametrize(
    ("on_file", "asked", "matches"),
    [
        ("样例·人甲", "样例人甲", True),
        ("样例人甲", " 样例・人 甲\u3000", True),
        ("ADA OKAFOR", "Ada  Okafor", True),
        ("ADA OKAFOR", "ＡＤＡ ＯＫＡＦＯＲ", True),
        ("样例人甲", "样例人", False),
        ("样例人甲", "样例人乙", False),
        ("ADA OKAFOR", "OKAFOR ADA", False),
    ],
)
def test_a_name_matches_after_folding_and_only_then(on_file, asked, matches, record, today):
    answer = shape([record(name=on_file)], scope=CASE, today=today, name=asked)
    assert (answer.answer == "disclosable") is matches


def test_each_record_is_matched_by_its_own_name(record, today):
    records = [record(decision_number="1号"), record(decision_number="2号", name="样例人乙")]
    answer = shape(records, scope=CASE, today=today, name=NAME)
    assert [line.decision_number for line in answer.lines] == ["1号"]


# Look-back: exact calendar years.


@pytest.mark.parametrize(
    ("decided_on", "years", "last"),
    [
        (date(2026, 5, 1), 1, date(2027, 5, 1)),
        (date(2026, 1, 31), 5, date(2031, 1, 31)),
        (date(2028, 2, 29), 1, date(2029, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
        (date(2027, 2, 28), 1, date(2028, 2, 28)),
        (date(2027, 3, 1), 1, date(2028, 3, 1)),
    ],
)
def test_a_look_back_ends_with_the_corresponding_day(decided_on, years, last):
    assert within_look_back(decided_on, years=years, today=last)
    assert not within_look_back(decided_on, years=years, today=last + timedelta(days=1))


def test_no_look_back_has_no_end():
    assert within_look_back(date(1986, 1, 1), years=None, today=date(2026, 11, 20))


def test_a_look_back_counts_from_the_decision_and_not_from_the_act(record, today):
    decided = record(acted_on=date(2025, 6, 1), decided_on=date(2025, 11, 20))
    assert shape([decided], scope=AGGRAVATION, today=today, name=NAME).lines
    earlier = replace(decided, decided_on=date(2025, 11, 19))
    assert not shape([earlier], scope=AGGRAVATION, today=today, name=NAME).lines


# Yes or no.


def test_only_the_matters_hit_are_named_in_the_order_of_the_provision(record, today):
    codes = [ASSAULT, NOISE, "PSL2025-052-1-0", DRUG_USE, "PSL2025-053-1-1"]
    records = [record(offence_code=code) for code in codes]
    minors = shape(records, scope=scope_of("MINORS-62"), today=today, name=NAME)
    assert minors.matters == ("sexual_assault", "abuse", "violent_injury")
    preschool = shape(records, scope=scope_of("PRESCHOOL-44"), today=today, name=NAME)
    assert preschool.matters == ("abuse", "sexual_assault", "violent_injury", "drug_use")
    assert (minors.met, minors.lines) == (None, ())


def test_the_matter_of_detention_is_hit_by_detention_only(record, today):
    scope = Scope(Shape.YES_NO, ("detention",))
    fined = record(detention_days=None, fine=500)
    assert shape([fined], scope=scope, today=today, name=NAME).answer == "nothing_disclosable"
    zero = record(detention_days=0)
    assert shape([zero], scope=scope, today=today, name=NAME).answer == "nothing_disclosable"
    detained = record(offence_code=NOISE, detention_days=1)
    assert shape([detained], scope=scope, today=today, name=NAME).matters == ("detention",)


# Threshold.


def decisions(record, count, **changes):
    return [record(decision_number=f"{n}号", **changes) for n in range(count)]


def test_a_threshold_is_met_from_its_number_on(record, today):
    scope = scope_of("SECURITY-16-17")
    for count, met in [(0, False), (2, False), (3, True), (4, True)]:
        answer = shape(decisions(record, count), scope=scope, today=today, name=NAME)
        assert answer.met is met
        assert (answer.answer == "disclosable") is met
        assert (answer.matters, answer.lines) == ((), ())


def test_a_threshold_counts_decisions_and_not_acts(record, today):
    scope = scope_of("SECURITY-16-17")
    acts = [record(offence_code=code) for code in (ASSAULT, NOISE, DRUG_USE)]
    assert shape(acts, scope=scope, today=today, name=NAME).met is False
    organs = [record(organ_code=code) for code in ("1", "2", "3")]
    assert shape(organs, scope=scope, today=today, name=NAME).met is True


@pytest.mark.parametrize(
    "missing", [{"detention_days": None}, {"name": "样例人乙"}, {"revoked": True}]
)
def test_a_decision_that_does_not_count_leaves_the_threshold_unmet(missing, record, today):
    records = [*decisions(record, 2), record(decision_number="9号", **missing)]
    answer = shape(records, scope=scope_of("SECURITY-16-17"), today=today, name=NAME)
    assert answer == nothing_disclosable(Shape.THRESHOLD)


def test_a_threshold_on_a_matter_needs_detention_for_that_matter(record, today):
    scope = scope_of("ENTERTAINMENT-5-9")
    prostitution = record(offence_code="PSL2025-078-1-0a")
    fined = replace(prostitution, detention_days=None, fine=1000)
    other = record(offence_code=ASSAULT)
    assert shape([fined, other], scope=scope, today=today, name=NAME).met is False
    assert shape([prostitution], scope=scope, today=today, name=NAME).met is True


def test_a_threshold_counts_its_own_matter_among_those_named(record, today):
    counted = Threshold("detention", 1, "gambling")
    scope = Scope(Shape.THRESHOLD, ("gambling", "violent_injury"), threshold=counted)
    assert shape([record()], scope=scope, today=today, name=NAME).met is False
    gambling = record(offence_code="PSL2025-082-1-0a")
    assert shape([gambling], scope=scope, today=today, name=NAME).met is True


def test_a_threshold_counts_within_the_matters_and_the_look_back(record, today):
    scope = Scope(Shape.THRESHOLD, ("gambling",), 1, Threshold("detention", 1))
    gambling = record(offence_code="PSL2025-082-1-0a")
    assert shape([gambling], scope=scope, today=today, name=NAME).met is True
    assert shape([record()], scope=scope, today=today, name=NAME).met is False
    old = replace(gambling, decided_on=date(2025, 11, 19))
    assert shape([old], scope=scope, today=today, name=NAME).met is False


# Lines and decisions.


def test_a_line_gives_date_article_penalty_and_where_the_decision_is(record, today):
    told = record(fine=500, warning=True)
    answer = shape([told], scope=AGGRAVATION, today=today, name=NAME)
    assert answer.as_dict()["lines"] == [
        {
            "decided_on": "2026-05-01",
            "acted_on": "2026-04-01",
            "offence_code": ASSAULT,
            "offence": "殴打他人",
            "article": "第51条第1款",
            "penalty": {
                "warning": True,
                "fine": 500,
                "detention_days": 5,
                "licence_revoked": None,
                "foreigner_measure": "none",
            },
            "decision_number": told.decision_number,
            "organ": told.organ_name,
        }
    ]


def test_case_handling_gets_the_rest_of_the_decision(record, today):
    (line,) = shape([record()], scope=CASE, today=today, name=NAME).as_dict()["lines"]
    assert line["decision"] == {
        "name": NAME,
        "sex": "female",
        "birth_date": "1990-01-01",
        "address": "样例路1号",
        "facts": "样例事实",
        "execution": "executed",
        "served_on": "2026-05-02",
    }


def test_lines_come_oldest_decision_first(record, today):
    records = [
        record(decided_on=date(2026, 6, 1), offence_code=ASSAULT, decision_number="3号"),
        record(decided_on=date(2026, 5, 1), offence_code=DRUG_USE, decision_number="2号"),
        record(decided_on=date(2026, 5, 1), offence_code=ASSAULT, decision_number="2号"),
        record(decided_on=date(2026, 5, 1), offence_code=ASSAULT, decision_number="1号"),
    ]
    for given in (records, records[::-1], iter(records)):
        lines = shape(given, scope=CASE, today=today, name=NAME).lines
        assert [(line.offence_code, line.decision_number) for line in lines] == [
            (ASSAULT, "1号"),
            (ASSAULT, "2号"),
            (DRUG_USE, "2号"),
            (ASSAULT, "3号"),
        ]


def test_an_act_that_the_catalogue_does_not_have_reads_as_its_code(record, today):
    answer = shape([record(offence_code="PSL2012-099")], scope=CASE, today=today, name=NAME)
    assert (answer.lines[0].offence, answer.lines[0].article) == ("PSL2012-099", "")


# Minimum necessary: what is read.

SEALED = {"name", "decision_number", "facts", "address", "sex", "birth_date", "licence_revoked"}


def read_for(scope, record, today, name=NAME, **changes):
    watched = Watched(record(**changes))
    shape([watched], scope=scope, today=today, name=name)
    return watched.read


def test_a_yes_or_no_reads_the_act_and_the_name_only(record, today):
    read = read_for(scope_of("MINORS-62"), record, today)
    assert read == {"revoked", "offence_code", "name"}
    read = read_for(scope_of("CSL-66"), record, today, offence_code="PSL2025-033-1-2")
    assert read == {"revoked", "decided_on", "offence_code", "name"}


def test_a_threshold_decrypts_the_name_only(record, today):
    for id in ("ARMED-GUARD-3", "ENTERTAINMENT-5-9"):
        read = read_for(scope_of(id), record, today, offence_code="PSL2025-078-1-0a")
        assert read & SEALED == {"name"}
    watched = [Watched(each) for each in decisions(record, 3)]
    shape(watched, scope=scope_of("SECURITY-16-17"), today=today, name=NAME)
    assert set().union(*(each.read for each in watched)) & SEALED == {"name"}


def test_lines_decrypt_no_narrative_and_no_identity_beyond_the_name(record, today):
    read = read_for(AGGRAVATION, record, today)
    assert read & SEALED == {"name", "decision_number", "licence_revoked"}


def test_a_decision_reads_everything_it_gives(record, today):
    assert read_for(CASE, record, today) >= SEALED


@pytest.mark.parametrize(
    "changes",
    [{"offence_code": NOISE}, {"revoked": True}],
)
def test_a_record_that_is_not_told_is_not_decrypted(changes, record, today):
    assert not read_for(scope_of("MINORS-62"), record, today, **changes) & SEALED


def test_a_record_of_another_name_is_not_read_further(record, today):
    assert read_for(CASE, record, today, name="样例人乙") & SEALED == {"name"}


# The value itself.


def test_the_bytes_of_an_answer_are_canonical(record, today):
    answer = shape([record()], scope=CASE, today=today, name=NAME)
    raw = answer.canonical_bytes()
    assert json.loads(raw) == answer.as_dict()
    assert raw == json.dumps(
        json.loads(raw), ensure_ascii=False, separators=(",", ":"), sort_keys=True
    ).encode("utf-8")
    again = shape([record()], scope=CASE, today=today, name=NAME)
    assert again.canonical_bytes() == raw


def test_an_answer_shows_no_content_when_printed(record, today):
    answer = shape([record()], scope=CASE, today=today, name=NAME)
    printed = f"{answer!r} {answer.lines[0]!r}"
    assert "样例" not in printed
    assert isinstance(answer, Answer)
