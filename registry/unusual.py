"""What is lawful but worth a second look before a decision is filed: warnings, never rejections.

Reduction below a range is lawful (减轻, Art. 12, 19-21), older decision numbers had other forms,
and a row does not say whether a minor had violated before. Knows no other row.
"""

import re
from collections.abc import Iterator
from datetime import date

from registry.decision_row import DecisionRow
from registry.findings import Finding
from registry.normalise import normalise_decision_number
from registry.offences import Offence
from registry.resident_id import age_on

ADULT = 18

WARNING_CODES = (
    "fine_below_range",
    "fine_by_gains",
    "detention_below_range",
    "combination_unusual",
    "guardian_missing",
    "first_violation_of_minor",
    "age_reached_on_the_day",
    "decision_number_unusual",
    "document_number_unusual",
    "nationality_unusual",
    "on_the_spot_unusual",
    "execution_unusual",
    "execution_reason_missing",
)

# 京公海行罚决字〔2023〕50316号, 浦公（禁毒）行罚决字〔2019〕51476号, 公（治）决字〔2025〕第12号
_DECISION_NUMBER = re.compile(
    r"[\u4e00-\u9fa5]{1,16}(?:（[\u4e00-\u9fa5]{1,8}）)?[\u4e00-\u9fa5]{0,4}"
    r"决字〔(?:19|20)[0-9]{2}〕第?[0-9]{1,10}号"
)


def unusual_amount(row: DecisionRow, act: Offence) -> Iterator[Finding]:
    """Warn of an amount below every range, of a fine by gains (Art. 27), and of kinds of penalty
    that no one tier of the article joins.
    """
    widest, days = act.envelope, row.detention_days
    if row.fine and widest.fine_min and row.fine < widest.fine_min:
        yield Finding("fine_below_range", "fine")
    if row.fine and widest.fine_open_ended:
        yield Finding("fine_by_gains", "fine")
    if days and widest.detention_min and days < widest.detention_min:
        yield Finding("detention_below_range", "detention_days")
    if not (row.warning or row.fine or days):
        return
    for tier in act.tiers:
        if tier.allows(warning=row.warning, fine=bool(row.fine), detention=bool(days)):
            return
    yield Finding("combination_unusual", "warning")


def unusual_person(row: DecisionRow, born: date) -> Iterator[Finding]:
    """Warn of a minor without guardian (Art. 12, 117), of detention of a minor of 16 or 17, who
    is spared it at a first violation (Art. 23(1)(2)), and of an act on the birthday that decides.
    """
    day = row.acted_on
    age = age_on(born, day)
    if age < ADULT and not row.guardian_name:
        yield Finding("guardian_missing", "guardian_name")
    if age in (16, 17) and row.detention_days and row.execution == "executed":
        yield Finding("first_violation_of_minor", "execution")
    # Courts count a year of age as completed on the day after the birthday.
    if age in (14, 16, 70) and (born.month, born.day) == (day.month, day.day):
        yield Finding("age_reached_on_the_day", "acted_on")


def unusual_number(row: DecisionRow) -> Iterator[Finding]:
    """Warn of a decision number (决定书文号) that has not the usual form."""
    if not _DECISION_NUMBER.fullmatch(normalise_decision_number(row.decision_number)):
        yield Finding("decision_number_unusual", "decision_number")
