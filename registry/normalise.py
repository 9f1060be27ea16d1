"""The one way in which a document number, a name and a decision number are brought to one form.

Everything that is compared or hashed passes through here first: the subject index, matching of
names, recognition of a decision already on file. Knows no record, no key and no database.
"""

import re
from unicodedata import normalize

_BLANK = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_BLANK_OR_MIDDLE_DOT = re.compile(
    r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
    r"\u00b7\u0387\u16eb\u2022\u2027\u2219\u22c5\u2e31\u2e33\u30fb\uff65]+"
)
_ALREADY_NORMAL = re.compile(r"[\u4e00-\u9fa50-9〔〕]+")
_OPENING, _CLOSING = "〔[(【〖「{", "〕])】〗」}"
_YEAR_IN_BRACKETS = re.compile(
    rf"[{re.escape(_OPENING)}]((?:19|20)[0-9]{{2}})[{re.escape(_CLOSING)}]"
)
_OTHER_BRACKETS = str.maketrans(dict.fromkeys("[(【〖「{", "（") | dict.fromkeys("])】〗」}", "）"))
_LOOKALIKES_OF_X = str.maketrans({"×": "X", "Х": "X", "х": "X", "χ": "X", "Χ": "X"})


def without_blanks(text: str) -> str:
    """Remove white space and the invisible characters that come along when text is pasted."""
    return _BLANK.sub("", text)


def normalise_id_number(id_type: str, number: str) -> str:
    """Return a document number in NFKC, upper case, without blanks.

    In a resident ID (居民身份证号码) the signs that are typed for the check character X become X.
    """
    if not number.isascii():
        number = normalize("NFKC", number)
        if id_type == "resident_id":
            number = number.translate(_LOOKALIKES_OF_X)
    return number.upper() if number.isalnum() else without_blanks(number).upper()


def normalise_name(name: str) -> str:
    """Return a name in NFKC and folded case, without white space and middle dots (间隔号)."""
    folded = normalize("NFKC", normalize("NFKC", name).casefold())
    return normalize("NFKC", _BLANK_OR_MIDDLE_DOT.sub("", folded))


def normalise_decision_number(number: str) -> str:
    """Return a decision number (决定书文号) in NFKC without blanks, its year in 〔〕, others in （）."""
    if _ALREADY_NORMAL.fullmatch(number):
        return number
    plain = without_blanks(normalize("NFKC", number))
    return _YEAR_IN_BRACKETS.sub(r"〔\1〕", plain).translate(_OTHER_BRACKETS)
