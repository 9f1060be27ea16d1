"""The catalogue: complete, coherent, and each act at the edge of its limits."""

import pytest

from registry.offence_search import search
from registry.offences import all_offences, offence

ACTS = all_offences()
NONE = {"warning": "", "fine": "", "detention_days": "", "licence_revoked": ""}


def test_213_acts_of_articles_26_to_59_and_61_to_89():
    assert len(ACTS) == len({act.code for act in ACTS}) == 213
    assert {act.article for act in ACTS} == {*range(26, 60), *range(61, 90)}
    assert sum(act.drug_related for act in ACTS) == 15
    assert offence("PSL2025-084-1-3").name_zh == "吸食、注射毒品"
    assert offence("PSL2025-060-1-0") is None


def test_every_envelope_is_the_widest_of_its_tiers_and_no_range_is_upside_down():
    for act in ACTS:
        widest = act.envelope
        assert widest.warning == any(tier.warning for tier in act.tiers), act.code
        for kind in ("fine_max", "detention_max"):
            highest = max(getattr(tier, kind) or 0 for tier in act.tiers)
            assert (getattr(widest, kind) or 0) == highest, act.code
        for low, high in (("fine_min", "fine_max"), ("detention_min", "detention_max")):
            for limits in (*act.tiers, widest):
                bounds = getattr(limits, low), getattr(limits, high)
                assert None in bounds or 0 < bounds[0] <= bounds[1], act.code


def test_no_act_costs_more_than_15_days_or_5000_yuan_and_each_costs_something():
    for act in ACTS:
        widest = act.envelope
        assert (widest.detention_max or 0) <= 15, act.code
        assert (widest.fine_max or 0) <= 5000, act.code
        assert widest.warning or widest.fine or widest.detention or widest.licence_revocation


def test_only_article_27_has_an_open_fine_and_only_65_3_revokes():
    assert {act.article for act in ACTS if act.envelope.fine_open_ended} == {27}
    assert [act.code for act in ACTS if act.envelope.licence_revocation] == ["PSL2025-065-3-0"]


def test_article_89_4_is_punished_as_article_51():
    assert offence("PSL2025-089-4-0").envelope == offence("PSL2025-051-1-0a").envelope


def test_the_highest_fine_of_each_act_is_lawful_and_a_yuan_more_is_not(codes):
    for act in ACTS:
        highest = 999_999_999 if act.envelope.fine_open_ended else act.envelope.fine_max
        fines = [
            codes(**NONE | {"offence_code": act.code, "fine": str(yuan)})
            for yuan in (highest or 0, (highest or 0) + 1)
        ]
        if act.envelope.fine_open_ended:
            assert fines[0] == [], act.code
        elif act.envelope.fine:
            assert fines == [[], ["fine_over_limit"]], act.code
        else:
            assert fines == [["no_penalty"], ["penalty_not_provided"]], act.code


def test_the_longest_detention_of_each_act_is_lawful_and_a_day_more_is_not(codes):
    for act in ACTS:
        longest = act.envelope.detention_max or 0
        terms = [
            codes(**NONE | {"offence_code": act.code, "detention_days": str(days)})
            for days in (longest, longest + 1)
        ]
        if act.envelope.detention:
            assert terms == [[], ["detention_over_limit"]], act.code
        else:
            assert terms == [["no_penalty"], ["penalty_not_provided"]], act.code


def test_a_warning_only_where_the_article_has_one(codes):
    for act in ACTS:
        found = codes(**NONE | {"offence_code": act.code, "warning": "1"})
        assert found == ([] if act.envelope.warning else ["penalty_not_provided"]), act.code


def test_every_act_is_found_by_code_name_and_article():
    for act in ACTS:
        for query in (act.code, act.code.lower(), act.name_zh, act.name_en):
            assert search(query)[0] == act
        for query in (act.citation, f"第{act.article}条", str(act.article)):
            assert act in search(query)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("26(1)2", "PSL2025-026-1-2"),
        ("26（1）（2）", "PSL2025-026-1-2"),
        ("第二十六条第一款第二项", "PSL2025-026-1-2"),
        ("第八十三条第3项", "PSL2025-083-1-3"),
        ("第三十条", "PSL2025-030-1-1a"),
        ("Art. 89(4)", "PSL2025-089-4-0"),
        ("８４", "PSL2025-084-1-1"),
        ("赌博", "PSL2025-082-1-0b"),
        ("毒品 持有", "PSL2025-083-1-2"),
        ("THEFT", "PSL2025-058-1-0a"),
        ("注射毒", "PSL2025-084-1-3"),
    ],
)
def test_search_understands_how_clerks_write(query, first):
    assert search(query)[0].code == first


def test_search_finds_words_with_others_between_them():
    assert offence("PSL2025-084-1-3") in search("吸毒")


def test_search_keeps_its_limit_and_its_order():
    assert len(search("扰乱", limit=3)) == 3
    assert search("扰乱", limit=50)[:3] == search("扰乱", limit=3)
    assert search("  ") == search("60") == search("不存在的行为") == ()
