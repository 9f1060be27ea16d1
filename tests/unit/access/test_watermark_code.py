"""The code of a watermark: read back from a photo, with slips found and up to two characters given back."""

import random
from datetime import UTC, datetime
from itertools import combinations
from uuid import UUID

import pytest

from access.watermark_code import ALPHABET, Unreadable, code_of, read
from sealing.uuid7 import at

CHANCE = random.Random(20260101)


def key(day: datetime = datetime(2026, 11, 23, 9, 30, 15, tzinfo=UTC)) -> UUID:
    return at(int(day.timestamp() * 1000) + CHANCE.randrange(10**9))


def plain(code: str) -> str:
    return code.replace("-", "")


def test_a_code_points_at_the_key_it_was_made_of() -> None:
    keys = [key() for _ in range(500)]
    for made in keys:
        pointed = read(code_of(made))
        assert pointed.fits(made)
        assert pointed.text == code_of(made)
        assert pointed.first <= made <= pointed.last
        assert pointed.last.int >> 80 == pointed.first.int >> 80
        assert not any(pointed.fits(other) for other in keys if other != made)


def test_no_two_characters_of_the_alphabet_are_taken_for_each_other() -> None:
    assert len(set(ALPHABET)) == 31
    assert not set("OILZU") & set(ALPHABET)


@pytest.mark.parametrize(("seen", "typed"), [("0", "Oo"), ("1", "IiLl"), ("2", "Zz"), ("V", "Uu")])
def test_look_alikes_are_read_as_what_was_written(seen: str, typed: str) -> None:
    code = next(found for found in iter(lambda: code_of(key()), None) if seen in found)
    for other in typed:
        assert read(code.replace(seen, other)).text == code


def test_case_and_separators_do_not_matter() -> None:
    code = code_of(key())
    for typed in (
        code.lower(),
        plain(code),
        f"  {code.replace('-', ' ')}\n",
        code.replace("-", "–"),
    ):
        assert read(typed).text == code


def test_every_wrong_character_and_every_swap_is_found() -> None:
    code = plain(code_of(key()))
    for place, right in enumerate(code):
        for wrong in set(ALPHABET) - {right}:
            with pytest.raises(Unreadable, match="check_failed"):
                read(code[:place] + wrong + code[place + 1 :])
    for one, other in combinations(range(12), 2):
        swapped = list(code)
        swapped[one], swapped[other] = code[other], code[one]
        if swapped != list(code):
            with pytest.raises(Unreadable, match="check_failed"):
                read("".join(swapped))


def test_any_two_wrong_characters_are_found() -> None:
    code = plain(code_of(key()))
    for one, other in combinations(range(12), 2):
        for _ in range(20):
            wrong = list(code)
            for place in (one, other):
                wrong[place] = CHANCE.choice(sorted(set(ALPHABET) - {code[place]}))
            with pytest.raises(Unreadable):
                read("".join(wrong))


def test_up_to_two_characters_that_cannot_be_read_are_given_back() -> None:
    code = plain(code_of(key()))
    for one, other in combinations(range(12), 2):
        torn = "".join("?" if place in (one, other) else c for place, c in enumerate(code))
        assert plain(read(torn).text) == code


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "wrong_length"),
        ("0123-4567", "wrong_length"),
        ("样本样本样本样本样本样本", "wrong_character"),
        ("????-0000-0000", "too_many_illegible"),
        ("YYYY-YYYY-YYYY", "check_failed"),
    ],
)
def test_what_is_no_code_says_why(typed: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(typed)


@pytest.mark.parametrize("year", [2025, 2061])
def test_a_time_without_a_code_is_refused(year: int) -> None:
    with pytest.raises(ValueError, match="no time"):
        code_of(at(int(datetime(year, 6, 1, tzinfo=UTC).timestamp() * 1000)))
