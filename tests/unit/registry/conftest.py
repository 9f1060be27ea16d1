"""A row that nothing stands against, of a person who does not exist, and ways to spoil it."""

from collections.abc import Callable
from datetime import date

import pytest
from stdnum.iso7064 import mod_11_2

from registry.across_rows import NothingOnFile, judge_rows
from registry.decision_row import read_row

TODAY = date(2026, 11, 20)


def id_number(born: str = "1990-06-15", sex: str = "male", division: str = "110105") -> str:
    """Make a resident ID number with the right check character."""
    body = division + born.replace("-", "") + ("013" if sex == "male" else "014")
    return body + mod_11_2.calc_check_digit(body)


def clean_values(**changes: object) -> dict[str, object]:
    """Return the cells of a clean row; a changed birth date or sex changes the ID number too."""
    values: dict[str, object] = {
        "decision_number": "京公朝行罚决字〔2026〕00001号",
        "organ_code": "110105000000",
        "organ_name": "北京市公安局朝阳分局",
        "organ_level": "county",
        "decided_on": "2026-06-10",
        "acted_on": "2026-06-01",
        "offence_code": "PSL2025-051-1-0a",
        "name": "样本甲",
        "sex": "male",
        "birth_date": "1990-06-15",
        "id_type": "resident_id",
        "nationality": "CHN",
        "address": "北京市样本路1号",
        "guardian_name": "",
        "facts": "经查，样本甲殴打他人，有询问笔录等证据证实。",
        "warning": "0",
        "fine": "500",
        "detention_days": "5",
        "licence_revoked": "",
        "foreigner_measure": "none",
        "execution": "executed",
        "served_on": "2026-06-10",
    } | changes
    if values["id_type"] == "resident_id" and "id_number" not in changes:
        values["id_number"] = id_number(str(values["birth_date"]), str(values["sex"]))
    return values


@pytest.fixture
def values() -> Callable[..., dict[str, object]]:
    return clean_values


@pytest.fixture
def number_of() -> Callable[..., str]:
    return id_number


@pytest.fixture
def codes() -> Callable[..., list[str]]:
    """The codes of one row with these changes, judged alone with nothing on file."""

    def judged(law: str = "2025", today: date = TODAY, **changes: object) -> list[str]:
        reading = read_row(clean_values(**changes))
        (judgement,) = judge_rows([reading], law=law, today=today, on_file=NothingOnFile())
        return list(judgement.codes)

    return judged
