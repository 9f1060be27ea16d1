"""Warnings: lawful, yet worth a second look. They never refuse a row."""

from datetime import date

import pytest

from registry.decision_row import read_row
from registry.penalties import check
from registry.unusual import WARNING_CODES

QUIET = {"guardian_name": "样本乙"}
TABLE = {
    "the usual": (None, {}),
    "a fine at the foot of the range": (
        None,
        {"offence_code": "PSL2025-064-1-0", "fine": "1000", "detention_days": ""},
    ),
    "a yuan below the only range": (
        "fine_below_range",
        {"offence_code": "PSL2025-081-1-1", "fine": "999", "detention_days": "10"},
    ),
    "a fine by gains": (
        "fine_by_gains",
        {"offence_code": "PSL2025-027-1-1", "fine": "3001", "detention_days": ""},
    ),
    "a day below the only range": (
        "detention_below_range",
        {"offence_code": "PSL2025-066-1-0", "fine": "", "detention_days": "9"},
    ),
    "detention and fine where the article says or": (
        "combination_unusual",
        {"offence_code": "PSL2025-078-2-0"},
    ),
    "a minor without guardian": (
        "guardian_missing",
        {"birth_date": "2008-06-02", "guardian_name": "", "detention_days": "", "fine": "500"},
    ),
    "a minor of 17 detained": ("first_violation_of_minor", {"birth_date": "2008-06-02"}),
    "an adult of 18 detained": (None, {"birth_date": "2008-06-01"}),
    "70 on the very day": (
        "age_reached_on_the_day",
        {"birth_date": "1956-06-01", "execution": "not_executed_by_law"},
    ),
    "a brigade in brackets": (None, {"decision_number": "浦公（禁毒）行罚决字[2019]51476号"}),
    "an older form": (None, {"decision_number": "公(治)决字[2025]第12号"}),
    "no form at all": ("decision_number_unusual", {"decision_number": "2026-17"}),
}


@pytest.mark.parametrize(("code", "changes"), TABLE.values(), ids=TABLE.keys())
def test_warnings(values, code, changes):
    row = read_row(values(**QUIET | changes)).row
    findings = check(row, today=date(2026, 11, 20))
    assert [finding.code for finding in findings.warnings] == ([code] if code else [])
    assert findings.rejections == ()


def test_every_warning_is_in_the_table():
    assert {code for code, _ in TABLE.values()} - {None} == set(WARNING_CODES)
