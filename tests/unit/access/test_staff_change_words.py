"""A line of the staff change log says what changed in words, in the language of the page."""

from typing import Any

import pytest
from django.db.models import Model
from django.utils import translation

from access.models import Authorisation, Unit, User
from access.staff_change_words import changes, units_in, what

UNITS = {"7": "U007 样例学校"}
TOLD: list[tuple[type[Model], dict[str, Any], list[tuple[str, str]]]] = [
    (User, {"is_active": ["True", "False"]}, [("启用", "是 → 否")]),
    (User, {"is_active": ["None", "True"]}, [("启用", "是")]),
    (User, {"unit": ["None", "7"]}, [("单位", "U007 样例学校")]),
    (User, {"unit": ["7", "8"]}, [("单位", "U007 样例学校 → 8")]),
    (User, {"groups": ["None", "auth.Group.None"]}, []),
    (
        User,
        {"groups": {"type": "m2m", "operation": "add", "objects": ["clerk", "inquirer"]}},
        [("角色", "+ 录入员、+ 查询人员")],
    ),
    (
        Authorisation,
        {"officials": {"type": "m2m", "operation": "delete", "objects": ["F1"]}},
        [("指定人员", "− F1")],
    ),
    (Authorisation, {"officials": ["None", "access.User.None"]}, []),
    (Authorisation, {"ground": ["None", "case_handling"]}, [("查询依据", "办案需要")]),
    (
        Authorisation,
        {"suspended_at": ["None", "2026-05-18 16:30:00.123456"]},
        [("暂停时间", "2026-05-19 00:30:00")],
    ),
    (Unit, {"kind": ["school", "court"]}, [("类别", "学校 → 人民法院")]),
    (Unit, {"level": ["", "county"]}, [("机关层级", "县级")]),
    (Unit, {"daily_budget": ["1000", "None"]}, [("单位每日查询次数", "1000 → –")]),
    (Unit, {"gone_since": ["a", "b"]}, [("gone_since", "a → b")]),
]


@pytest.mark.parametrize(("model", "kept", "told"), TOLD)
def test_change_is_told_in_words(
    model: type[Model], kept: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    with translation.override("zh-hans"):
        assert list(changes(kept, model, units=UNITS)) == told


def test_authorisation_is_called_by_unit_ground_and_first_day() -> None:
    unit = Unit(pk=7, code="U007", name="样例学校")
    kept = str(Authorisation(unit=unit, ground="case_handling", valid_from="2026-05-18"))
    with translation.override("en"):
        assert what(kept, Authorisation) == "U007 Handling of a case 2026-05-18"
    assert what("U007 样例 学校", Unit) == "U007 样例 学校"


def test_units_are_found_by_their_keys() -> None:
    assert units_in({"unit": ["None", "7"]}) == {"7"}
    assert units_in({"number": ["None", "7"]}) == set()
