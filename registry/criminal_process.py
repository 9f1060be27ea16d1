"""Is this paper of criminal process? Drug crimes, judgments and indictments are not kept here.

The near-twins are administrative and must pass: 管制器具 and 管制刀具 (things, in an act's name),
罚款 and 处罚金额 (a fine), 行政拘留 (detention), 犯罪嫌疑人 (in acts' names), a decision of the
criminal-investigation brigade (公（刑）行罚决字), a police station in Court Road (法院路派出所).
Knows words only; what a word means in its sentence is for the clerk.
"""

import re


def _spaced(*words: str) -> str:
    """Match each word also with white space between its characters, as court papers set it."""
    return "|".join(r"\s*".join(word) for word in words)


_WORDS = _spaced("判决书", "裁定书", "起诉书", "拘役", "有期徒刑", "刑事拘留")
_FINE_OF_CRIMINAL_LAW = _spaced("罚金") + r"(?!\s*额)"
_CONTROL_OF_CRIMINAL_LAW = (
    _spaced("判处") + r"[^，。；,;]{0,6}?" + _spaced("管制") + r"(?!\s*(?:器|刀|物|药|品|枪))"
)
_CRIMINAL_TEXT = re.compile(f"{_WORDS}|{_FINE_OF_CRIMINAL_LAW}|{_CONTROL_OF_CRIMINAL_LAW}")

# （2024）赣1021刑初12号, 京朝检刑诉〔2026〕8号, 京公朝刑拘字〔2026〕8号
_CRIMINAL_NUMBER = re.compile(
    r"^[〔（([【](?:19|20)\d\d[〕）)\]】][^号]{0,12}刑"
    r"|刑\s*(?:初|终|再|监|更|执|申|核|抗|医|他|诉|不诉|拘|捕|立)"
)
_PENALTY_NUMBER = re.compile(r"罚决字|行政处罚")
_COURT = re.compile(r"法院|检察院")
_POLICE = re.compile(r"公安|派出所|海警|边检|边防检查|出入境")


def criminal_text(text: str) -> bool:
    """Say whether a text uses a word of criminal process."""
    return _CRIMINAL_TEXT.search(text) is not None


def criminal_number(number: str) -> bool:
    """Say whether a document number is one of criminal process (刑初, 刑终, 刑诉, 刑拘, …)."""
    if criminal_text(number):
        return True
    return bool(_CRIMINAL_NUMBER.search(number)) and not _PENALTY_NUMBER.search(number)


def court(organ_name: str) -> bool:
    """Say whether an organ is a court (法院) or a procuratorate (检察院), not police nearby."""
    return bool(_COURT.search(organ_name)) and not _POLICE.search(organ_name)
