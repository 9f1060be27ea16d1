"""Nationalities 国籍 by the three letters of ISO 3166-1 as travel documents carry them, with Chinese and English names.

Residents of Hong Kong, Macao and Taiwan are Chinese nationals, so those three are not in the list. XXA and XXX are
ICAO Doc 9303's codes for a stateless person and for a nationality that is not established. Names are those of the
Unicode CLDR. Knows no Django.
"""

import json
from functools import cache
from importlib.resources import files

CHINESE_NATIONAL = "CHN"

_CHINESE = frozenset(
    {"chn", "cn", "156", "china", "chinese", "prc", "hkg", "hk", "mac", "mo", "twn", "tw"}
    | {
        "中国",
        "中华人民共和国",
        "中国籍",
        "中国香港",
        "中国澳门",
        "中国台湾",
        "香港",
        "澳门",
        "台湾",
    }
)


def is_chinese(nationality: str) -> bool:
    """Say whether a nationality, as a file or a form states it, is Chinese."""
    return nationality.casefold() in _CHINESE


@cache
def nationalities(language: str) -> tuple[tuple[str, str], ...]:
    """Return code and name of each nationality for a list, the Chinese first, then by code."""
    text = files("registry").joinpath("data", "nationalities.json").read_text(encoding="utf-8")
    name = "zh" if language.startswith("zh") else "en"
    listed = [(one["code"], f"{one['code']} {one[name]}") for one in json.loads(text)]
    return tuple(sorted(listed, key=lambda pair: (pair[0] != CHINESE_NATIONAL, pair[0])))
