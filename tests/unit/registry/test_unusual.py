"""Warnings: lawful, yet worth a second look. They never refuse a row."""

from datetime import date

import pytest

from registry.decision_row import read_row
from registry.penalties import check
from registry.unusual import WARNING_CODES

QUIET = {"guardian_name": "样本乙"}
FOREIGNER = {"id_type": "passport", "id_number": "E12345678", "nationality": "USA"}
ON_THE_SPOT = {"procedure": "on_the_spot", "fine": "300", "detention_days": ""}
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
    "a passport": (None, FOREIGNER),
    "a passport of three signs": ("document_number_unusual", FOREIGNER | {"id_number": "E12"}),
    "a permit of Hong Kong": (None, {"id_type": "hk_macao_permit", "id_number": "H01234567"}),
    "a permit of Hong Kong, too short": (
        "document_number_unusual",
        {"id_type": "hk_macao_permit", "id_number": "H0123"},
    ),
    "a permit of Taiwan": (None, {"id_type": "taiwan_permit", "id_number": "01234567"}),
    "an older card of a foreigner": (
        None,
        FOREIGNER | {"id_type": "foreign_permanent_id", "id_number": "USA310100123456"},
    ),
    "a new card of a foreigner with a wrong check digit": (
        "document_number_unusual",
        FOREIGNER | {"id_type": "foreign_permanent_id", "id_number": "911840199006150139"},
    ),
    "a foreigner with a resident identity card": ("nationality_unusual", {"nationality": "USA"}),
    "a Chinese national with a passport": (
        "nationality_unusual",
        FOREIGNER | {"nationality": "CHN"},
    ),
    "on the spot": (None, ON_THE_SPOT),
    "on the spot for gambling": (
        "on_the_spot_unusual",
        ON_THE_SPOT | {"offence_code": "PSL2025-082-1-0b"},
    ),
    "nothing to execute": (
        "execution_unusual",
        {"execution": "not_executed_by_law", "detention_days": "", "fine": "500"},
    ),
    "not executed, and no reason": (
        "execution_reason_missing",
        {"execution": "not_executed_by_law"},
    ),
    "not executed for a pregnancy": (
        None,
        {"execution": "not_executed_by_law", "execution_reason": "怀孕", "sex": "female"},
    ),
    "not executed at 15": (
        None,
        {"execution": "not_executed_by_law", "birth_date": "2010-07-01"},
    ),
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
