"""The contract's table: per reject code, rows just inside the rule and rows just outside it."""

import pytest

from registry.decision_row import COLUMNS, REQUIRED, read_row
from registry.findings import REJECT_CODES

STATION = {"organ_level": "station", "detention_days": ""}
FOREIGNER = {"id_type": "passport", "id_number": "E1234567", "nationality": "GBR"}
DETAINED = {"fine": "", "detention_days": "5", "execution": "executed"}

INSIDE = {
    "the clean row": {},
    "empty optional cells": {
        "fine": "",
        "warning": "",
        "foreigner_measure": "",
        "served_on": "",
        "guardian_name": "",
    },
    "numbers and booleans as spreadsheets bring them": {"fine": 500.0, "warning": False},
    "full-width digits": {"fine": "５００", "decided_on": "２０２６-０６-１０"},
    "white space around cells": {"organ_level": " county ", "fine": "500\u3000"},
    "an ID number in lower case": {
        "birth_date": "1949-12-31",
        "sex": "female",
        "id_number": "11010519491231002x",
        **DETAINED,
        "execution": "not_executed_by_law",
    },
    "an ID number in full-width digits": {"id_number": "１１０１０５１９９００６１５０１３５"},
    "a residence permit of a Hong Kong resident": {"id_number": "810000199006150133"},
    "a division code long retired": {"id_number": "513021199006150137"},
    "other documents have no check character": {"id_type": "hk_macao_permit", "id_number": "H1"},
    "a passport says nothing about sex": {**FOREIGNER, "sex": "female"},
    "a fine of the highest amount": {"fine": "2000"},
    "a fine of the shortest kind": {"fine": "1", "detention_days": ""},
    "the longest detention": {"detention_days": "15"},
    "gains multiplied (Art. 27)": {
        "offence_code": "PSL2025-027-1-1",
        "fine": "250000",
        "detention_days": "",
    },
    "dogs set on people (Art. 89(4), as Art. 51)": {
        "offence_code": "PSL2025-089-4-0",
        "fine": "2000",
        "detention_days": "15",
    },
    "a permit revoked (Art. 65(3))": {
        "offence_code": "PSL2025-065-3-0",
        "fine": "",
        "detention_days": "",
        "licence_revoked": "特种行业许可证",
    },
    "a warning where the article has one": {
        "offence_code": "PSL2025-026-1-1",
        "warning": "1",
        "fine": "",
        "detention_days": "",
    },
    "a station fines 1,000": {**STATION, "fine": "1000"},
    "a station warns": {
        **STATION,
        "fine": "",
        "warning": "1",
        "offence_code": "PSL2025-026-1-1",
    },
    "14 on the day of the act": {"birth_date": "2012-06-01", "detention_days": ""},
    "15, detention not executed": {
        "birth_date": "2010-06-02",
        **DETAINED,
        "execution": "not_executed_by_law",
    },
    "15, detention deferred": {"birth_date": "2010-06-02", **DETAINED, "execution": "deferred"},
    "15, a fine is executed": {"birth_date": "2010-06-02", "detention_days": ""},
    "15, with the exception stated": {
        "birth_date": "2010-06-02",
        **DETAINED,
        "execution_reason": "一年以内二次以上违反治安管理",
    },
    "16 on the day of the act": {"birth_date": "2010-06-01", **DETAINED},
    "69, the day before 70": {"birth_date": "1956-06-02", **DETAINED},
    "a foreigner told to leave": {**FOREIGNER, "foreigner_measure": "leave_within_term"},
    "a foreigner deported": {**FOREIGNER, "foreigner_measure": "deportation"},
    "act, decision and service on one day, today": {
        "acted_on": "2026-11-20",
        "decided_on": "2026-11-20",
        "served_on": "2026-11-20",
    },
    "the first day of the law": {"acted_on": "2026-01-01"},
    "controlled weapons are no control (管制)": {
        "offence_code": "PSL2025-038-1-0",
        "facts": "非法携带管制器具、管制刀具",
    },
    "an administrative fine and detention": {"facts": "处罚款五百元、行政拘留五日，处罚金额五百元"},
    "criminal suspects in an act's name": {
        "offence_code": "PSL2025-087-1-0a",
        "fine": "1000",
        "detention_days": "",
        "facts": "为吸毒违法犯罪行为人通风报信；旅馆业明知住宿人员是犯罪嫌疑人员不报告",
    },
    "a decision of the criminal-investigation brigade": {
        "decision_number": "京公（刑）行罚决字〔2026〕12号",
    },
    "the same with the year first": {"decision_number": "（2026）京公刑行罚决字第12号"},
    "a town whose name sounds like criminal": {"decision_number": "邢公行罚决字〔2026〕12号"},
    "a police station in Court Road": {"organ_name": "某市公安局法院路派出所"},
    "not prosecuted, so punished": {"facts": "人民检察院作出不起诉决定书"},
}

OUTSIDE = {
    "no name": ("missing_field", {"name": ""}),
    "a name of white space": ("missing_field", {"name": " \u3000"}),
    "no execution": ("missing_field", {"execution": None}),
    "a level that is none": ("bad_value", {"organ_level": "village"}),
    "a closed list in capitals": ("bad_value", {"sex": "MALE"}),
    "a month that is none": ("bad_value", {"decided_on": "2026-13-01"}),
    "a date in another order": ("bad_value", {"decided_on": "10/06/2026"}),
    "a compact date": ("bad_value", {"decided_on": "20260610"}),
    "a week date": ("bad_value", {"decided_on": "2026-W24-3"}),
    "a negative fine": ("bad_value", {"fine": "-5"}),
    "half a yuan": ("bad_value", {"fine": "500.5"}),
    "days in words": ("bad_value", {"detention_days": "five"}),
    "a warning of two": ("bad_value", {"warning": "2"}),
    "no such measure": ("bad_value", {"foreigner_measure": "exile"}),
    "a sign the database cannot hold": ("bad_value", {"facts": "经查\x00"}),
    "half a character": ("bad_value", {"facts": "经查\ud800"}),
    "a name without a letter": ("bad_value", {"name": "·"}),
    "a number too long to be money": ("bad_value", {"fine": "9" * 5000}),
    "a wrong check character": ("id_checksum", {"id_number": "110105199006150131"}),
    "15 digits": ("id_checksum", {"id_number": "110105900615013"}),
    "17 digits": ("id_checksum", {"id_number": "11010519900615013"}),
    "a letter inside": ("id_checksum", {"id_number": "11010519900615X130"}),
    "30 February, check character right": ("id_checksum", {"id_number": "110105199002300132"}),
    "born a day later than the ID says": (
        "birth_date_mismatch",
        {"birth_date": "1990-06-16", "id_number": "110105199006150135"},
    ),
    "not the sex of the ID": (
        "sex_mismatch",
        {"sex": "female", "id_number": "110105199006150135"},
    ),
    "Art. 60 names no act": ("offence_unknown", {"offence_code": "PSL2025-060-1-0"}),
    "an article of the Criminal Law": ("offence_unknown", {"offence_code": "347"}),
    "nothing imposed": ("no_penalty", {"fine": "", "detention_days": ""}),
    "zeros imposed": ("no_penalty", {"fine": "0", "detention_days": "0", "warning": "0"}),
    "only an added measure": (
        "no_penalty",
        {**FOREIGNER, "fine": "", "detention_days": "", "foreigner_measure": "deportation"},
    ),
    "a yuan above the highest fine": ("fine_over_limit", {"fine": "2001"}),
    "a yuan above, Art. 89(4)": (
        "fine_over_limit",
        {"offence_code": "PSL2025-089-4-0", "fine": "2001"},
    ),
    "a day above the longest detention": ("detention_over_limit", {"detention_days": "16"}),
    "a day above, Art. 27": (
        "detention_over_limit",
        {"offence_code": "PSL2025-027-1-1", "fine": "", "detention_days": "16"},
    ),
    "a warning for assault": ("penalty_not_provided", {"warning": "1"}),
    "a fine where police decide detention only": (
        "penalty_not_provided",
        {"offence_code": "PSL2025-032-1-1", "fine": "1"},
    ),
    "detention for crossing the tracks": (
        "penalty_not_provided",
        {"offence_code": "PSL2025-042-1-0a", "detention_days": "1"},
    ),
    "a permit revoked for assault": ("penalty_not_provided", {"licence_revoked": "许可证"}),
    "a fine under Art. 65(3)": (
        "penalty_not_provided",
        {"offence_code": "PSL2025-065-3-0", "detention_days": "", "licence_revoked": "许可证"},
    ),
    "a station fines 1,001": ("station_power", {**STATION, "fine": "1001"}),
    "a station detains": ("station_power", {"organ_level": "station", "detention_days": "1"}),
    "a station revokes a permit": (
        "station_power",
        {
            **STATION,
            "fine": "",
            "licence_revoked": "许可证",
            "offence_code": "PSL2025-065-3-0",
        },
    ),
    "a station deports": (
        "station_power",
        {**STATION, **FOREIGNER, "foreigner_measure": "deportation"},
    ),
    "14 the day after the act": ("under_14", {"birth_date": "2012-06-02", "detention_days": ""}),
    "13, by passport": (
        "under_14",
        {**FOREIGNER, "birth_date": "2012-06-02", "detention_days": ""},
    ),
    "16 the day after the act": ("execution_barred", {"birth_date": "2010-06-02", **DETAINED}),
    "70 on the day of the act": ("execution_barred", {"birth_date": "1956-06-01", **DETAINED}),
    "a Chinese told to leave": ("foreigner_only", {"foreigner_measure": "leave_within_term"}),
    "a Chinese with a passport": (
        "foreigner_only",
        {**FOREIGNER, "nationality": "中国", "foreigner_measure": "deportation"},
    ),
    "a resident of Macao": (
        "foreigner_only",
        {
            "id_type": "hk_macao_permit",
            "id_number": "M1",
            "nationality": "MAC",
            "foreigner_measure": "deportation",
        },
    ),
    "decided before the act": ("date_order", {"decided_on": "2026-05-31"}),
    "served before the decision": ("date_order", {"served_on": "2026-06-09"}),
    "served tomorrow": ("date_order", {"served_on": "2026-11-21"}),
    "decided tomorrow": ("date_order", {"decided_on": "2026-11-21", "served_on": ""}),
    "acted and decided tomorrow": (
        "date_order",
        {"acted_on": "2026-11-21", "decided_on": "2026-11-21", "served_on": ""},
    ),
    "the last day before the law": ("before_the_law", {"acted_on": "2025-12-31"}),
    "a judgment": ("criminal_matter", {"facts": "见刑事判决书"}),
    "a ruling": ("criminal_matter", {"facts": "见裁定书"}),
    "an indictment": ("criminal_matter", {"facts": "见起诉书"}),
    "a fine of criminal law": ("criminal_matter", {"facts": "并处罚金二千元"}),
    "short imprisonment": ("criminal_matter", {"facts": "判处拘役三个月"}),
    "imprisonment": ("criminal_matter", {"facts": "判处有期徒刑六个月"}),
    "control (管制)": ("criminal_matter", {"facts": "判处管制一年"}),
    "criminal detention": ("criminal_matter", {"facts": "被刑事拘留"}),
    "words set wide": ("criminal_matter", {"facts": "刑 事 判 决 书"}),
    "a number of a criminal court": (
        "criminal_matter",
        {"decision_number": "（2024）赣1021刑初12号"},
    ),
    "a number of an appeal, square brackets": (
        "criminal_matter",
        {"decision_number": "[2026]京刑终3号"},
    ),
    "a number of criminal detention": (
        "criminal_matter",
        {"decision_number": "京公朝刑拘字〔2026〕8号"},
    ),
    "a number that says judgment": (
        "criminal_matter",
        {"decision_number": "（2026）京0105刑初549号刑事判决书"},
    ),
    "a court": ("criminal_matter", {"organ_name": "北京市朝阳区人民法院"}),
    "a court with another name": ("criminal_matter", {"organ_name": "上海海事法院"}),
}


@pytest.mark.parametrize("changes", INSIDE.values(), ids=INSIDE.keys())
def test_just_inside(codes, changes):
    assert codes(**changes) == []


@pytest.mark.parametrize(("code", "changes"), OUTSIDE.values(), ids=OUTSIDE.keys())
def test_just_outside(codes, code, changes):
    assert codes(**changes) == [code]


def test_every_code_that_one_row_can_have_is_in_the_table():
    across = {"combined_detention_over_20", "duplicate_decision"}
    assert {code for code, _ in OUTSIDE.values()} == set(REJECT_CODES) - across


@pytest.mark.parametrize("name", COLUMNS)
def test_each_column_is_required_or_may_be_empty(codes, values, name):
    reading = read_row(values(fine="500", detention_days="5") | {name: ""})
    assert list(reading.codes) == (["missing_field"] if name in REQUIRED else [])
    assert [finding.field for finding in reading.rejections] == [name] * (name in REQUIRED)


def test_a_row_that_cannot_be_read_is_not_checked_further(codes):
    assert codes(name="", sex="unknown", fine="20000") == ["missing_field", "bad_value"]


def test_otherwise_all_codes_are_given_in_the_order_of_the_table(codes):
    found = codes(
        sex="female", id_number="110105199006150135", fine="20000", detention_days="21",
        warning="1", organ_level="station", foreigner_measure="deportation",
        served_on="2026-06-01", facts="判决书",
    )  # fmt: skip
    assert found == [
        "sex_mismatch", "fine_over_limit", "detention_over_limit", "penalty_not_provided",
        "combined_detention_over_20", "station_power", "foreigner_only", "date_order",
        "criminal_matter",
    ]  # fmt: skip
    assert found == sorted(found, key=REJECT_CODES.index)


def test_the_id_number_decides_the_age_when_it_is_sound(codes):
    """A birth date typed a day too early does not make a child of 13 punishable."""
    spoiled = {"birth_date": "2012-06-01", "id_number": "110105201206020132"}
    assert codes(**spoiled, detention_days="") == ["birth_date_mismatch", "under_14"]


def test_a_zero_is_a_penalty_that_was_not_imposed(values):
    row = read_row(values(fine="0", detention_days="00")).row
    assert (row.fine, row.detention_days) == (None, None)


def test_findings_name_fields_and_never_values(values):
    reading = read_row(values(name="", fine="绝密五百"))
    assert {(finding.code, finding.field) for finding in reading.rejections} == {
        ("missing_field", "name"),
        ("bad_value", "fine"),
    }
    assert "绝密" not in repr(reading)


class TestTheLawOf2012:
    """An act before 2026 may be filed under the 2012 text, unjudged in its amounts."""

    def test_amounts_and_kinds_are_not_looked_at(self, codes):
        over = {"acted_on": "2025-12-31", "fine": "20000", "detention_days": "16", "warning": "1"}
        assert codes(law="2012", **over) == []

    def test_an_act_of_2026_is_judged_by_the_law_of_its_day(self, codes):
        assert codes(law="2012", fine="20000") == ["fine_over_limit"]

    def test_other_rules_stand(self, codes):
        early = {"acted_on": "2025-12-31", "organ_level": "station", "detention_days": "21"}
        expected = ["combined_detention_over_20", "station_power"]
        assert codes(law="2012", **early) == expected

    def test_an_act_that_was_new_in_2026_was_no_offence_before(self, codes):
        new = {"offence_code": "PSL2025-056-1-0", "fine": "", "acted_on": "2025-12-31"}
        assert codes(law="2012", **new) == ["offence_unknown"]

    def test_there_is_no_third_law(self, codes):
        with pytest.raises(ValueError, match="no such law"):
            codes(law="1986")
