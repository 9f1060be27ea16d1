"""Finding an act the way a clerk thinks of it: by article, by code or by a word of its name.

A query of article, paragraph and item may be written 26, 26(1)2, 第26条第1款第2项,
第二十六条第一款第二项, Art. 26. Anything else is words, each of which must occur. Ranked, and
within a rank in the order of the statute, so that the same query gives the same answer.
"""

import re
from functools import cache
from unicodedata import normalize

from registry.offences import Offence, all_offences

_PROVISION = re.compile(
    r"(?:第|art(?:icle)?\.?|§)?\s*([0-9]{1,3})\s*条?(?:之)?"
    r"(?:[\s,.(第-]*([0-9]{1,2})\s*[)]?\s*(款|项|項)?)?"
    r"(?:[\s,.(第-]*([0-9]{1,2})\s*[)]?\s*(?:项|項)?)?\s*[a-f]?"
)
_NUMERAL = re.compile(r"第?([〇零一二三四五六七八九十]{1,4})(?=[条款项項]|$)")
_DIGIT = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"零": 0}


def _arabic(match: re.Match[str]) -> str:
    """Turn a Chinese numeral up to 99 into digits: 二十六 is 26, 十五 is 15."""
    tens, ten, units = match[1].rpartition("十")
    if not ten:
        return "".join(str(_DIGIT[digit]) for digit in match[1])
    return str((_DIGIT.get(tens, 1) if tens else 1) * 10 + _DIGIT.get(units, 0))


def _provision(query: str) -> tuple[int, int | None, int | None] | None:
    """Read article, paragraph and item; None when the query is words."""
    match = _PROVISION.fullmatch(_NUMERAL.sub(_arabic, query))
    if match is None:
        return None
    article, second, mark, third = match.groups()
    if mark in ("项", "項"):
        return int(article), None, int(second)
    return int(article), (second and int(second)) or None, (third and int(third)) or None


@cache
def _searchable() -> tuple[tuple[Offence, str, str, str, str], ...]:
    """Code, Chinese name, English name and everything else, folded, for each act."""
    return tuple(
        (
            act,
            act.code.casefold(),
            normalize("NFKC", act.name_zh),
            act.name_en.casefold(),
            normalize("NFKC", f"{act.section} {act.subject} {act.citation}").casefold(),
        )
        for act in all_offences()
    )


def _in_sequence(letters: str, name: str) -> bool:
    """吸毒 finds 吸食、注射毒品: its characters occur in this order."""
    rest = iter(name)
    return all(letter in rest for letter in letters)


def _rank(query: str, code: str, name_zh: str, name_en: str, more: str) -> int | None:
    """Return how well an act fits, 0 best, or None when it does not."""
    if query in (name_zh, name_en, code):
        return 0
    if name_zh.startswith(query) or name_en.startswith(query):
        return 1
    if query in name_zh:
        return 2
    words = query.split()
    if all(word in name_en or word in name_zh or word in code for word in words):
        return 3
    if all(word in more or word in name_en or word in name_zh for word in words):
        return 4
    if not query.isascii() and len(query) > 1 and _in_sequence(query, name_zh):
        return 5
    return None


def search(text: str, limit: int = 20) -> tuple[Offence, ...]:
    """Return at most ``limit`` acts that fit a query, best first; none for an empty query."""
    query = " ".join(normalize("NFKC", text).casefold().split())
    if not query:
        return ()
    provision = _provision(query)
    if provision:
        article, paragraph, item = provision
        found = [
            act
            for act in all_offences()
            if act.article == article
            and paragraph in (None, act.paragraph)
            and item in (None, act.item or 0)
        ]
        return tuple(found[:limit])
    ranked = [
        (rank, place, act)
        for place, (act, *texts) in enumerate(_searchable())
        if (rank := _rank(query, *texts)) is not None
    ]
    return tuple(act for _, _, act in sorted(ranked, key=lambda hit: hit[:2])[:limit])
