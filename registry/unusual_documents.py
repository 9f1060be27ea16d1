"""Documents and procedures that are lawful but unusual: forms of document numbers, foreigners, on-the-spot decisions.

Warnings only. Other states number passports as they like, so no form of a number is refused. Knows no other row.
"""

import re
from collections.abc import Iterator

from registry.decision_row import ON_THE_SPOT, DecisionRow
from registry.findings import Finding
from registry.nationalities import is_chinese
from registry.offences import Offence
from registry.resident_id import read_resident_id

# Passports: ICAO Doc 9303 gives nine places in the machine-readable zone, and some states print more than they hold.
# Permits: 港澳居民来往内地通行证 (H or M and 8 digits, older ones 10), 台湾居民来往大陆通行证 (8 digits, older ones 10 and a letter),
# 外国人永久居留身份证 (three letters and 12 digits; since 2023 the 18 characters of a resident number, beginning with 9).
NUMBERS = {
    "passport": re.compile(r"[A-Z0-9]{5,12}"),
    "hk_macao_permit": re.compile(r"[HM]\d{8}(\d{2})?"),
    "taiwan_permit": re.compile(r"\d{8}(\d{2}[A-Z]?)?"),
    "foreign_permanent_id": re.compile(r"[A-Z]{3}\d{12}|9\d{16}[0-9X]"),
}
OF_CHINESE = ("resident_id", "hk_macao_permit", "taiwan_permit")
RESIDENT_LENGTH = 18
AGE_IS_NO_REASON = range(16, 70)
"""Ages in years at which another reason than age spares detention (Art. 23(1))."""
NOT_ON_THE_SPOT = ("卖淫", "嫖娼", "赌博")
"""The 2019 procedure rules (公安机关办理行政案件程序规定 Art. 37) except prostitution, gambling and drug cases."""


def unusual_document(row: DecisionRow) -> Iterator[Finding]:
    """Warn of a number without the usual form of its document, and of a document that is not of that nationality."""
    form, number = NUMBERS.get(row.id_type), row.id_number.upper()
    if (form and not form.fullmatch(number)) or (
        _is_new_card(row) and read_resident_id(number) is None
    ):
        yield Finding("document_number_unusual", "id_number")
    of_chinese = row.id_type in OF_CHINESE
    if of_chinese != is_chinese(row.nationality) and row.id_type != "other":
        yield Finding("nationality_unusual", "nationality")


def _is_new_card(row: DecisionRow) -> bool:
    return row.id_type == "foreign_permanent_id" and len(row.id_number) == RESIDENT_LENGTH


def unusual_procedure(row: DecisionRow, act: Offence) -> Iterator[Finding]:
    """Warn of an act that is not decided on the spot under the 2019 rules."""
    excepted = act.drug_related or any(word in act.name_zh for word in NOT_ON_THE_SPOT)
    if row.procedure == ON_THE_SPOT and excepted:
        yield Finding("on_the_spot_unusual", "procedure")


def unusual_execution(row: DecisionRow, age: int) -> Iterator[Finding]:
    """Warn of detention that is not executed by law for a reason that age does not tell, and of none to execute.

    At 14, 15 and from 70 on the age is the reason (Art. 23(1)(1), (3)); a first violation at 16 or 17, a pregnancy
    and nursing (Art. 23(1)(2), (4)) are to be stated.
    """
    if row.execution != "not_executed_by_law":
        return
    if not row.detention_days:
        yield Finding("execution_unusual", "execution")
    elif age in AGE_IS_NO_REASON and not row.execution_reason:
        yield Finding("execution_reason_missing", "execution_reason")
