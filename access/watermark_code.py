"""The short code of a watermark: which view of an answer a photo shows. Read back from a photo, with slips found.

Twelve characters stand for one entry of the log: ten say when it was made, to the millisecond, with nine bits of its
key, and two are checks. The alphabet has 31 characters, a prime, so that two sums find every one or two wrong
characters and every swap, and give back up to two that cannot be read. Knows no log, no inquiry and nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"
#: What is easily taken for another character, and which one it is: none of these is ever written.
TAKEN_FOR = str.maketrans("OILZU", "0112V")
ILLEGIBLE = "?"
BASE = len(ALPHABET)
DATA, CHECKS = 10, 2
LENGTH = DATA + CHECKS
GROUP = 4
MOST_ILLEGIBLE = CHECKS
SEPARATORS = " -–—.·\t\n\r"
#: Nine bits of the key tell apart what was made in the same millisecond.
KEY_BITS = 9
EPOCH = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
LAST = 1 << 40
WRONG_LENGTH, WRONG_CHARACTER, TOO_MANY_ILLEGIBLE, CHECK_FAILED = (
    "wrong_length",
    "wrong_character",
    "too_many_illegible",
    "check_failed",
)


class Unreadable(ValueError):
    """What was typed is no code; `code` says why: one of the four words of this module."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Pointed:
    """What a code points at: `first` and `last` are the least and greatest key of its millisecond."""

    text: str
    first: UUID
    last: UUID

    def fits(self, key: UUID) -> bool:
        """Say whether a key is one that this code was made of."""
        return self.first <= key <= self.last and key.int % (1 << KEY_BITS) == self.last_bits

    @property
    def last_bits(self) -> int:
        """Return the nine bits of the key that the code carries."""
        return _number(_values(self.text.replace("-", ""))[:DATA]) % (1 << KEY_BITS)


def code_of(key: UUID) -> str:
    """Return the code of an entry's key (UUID version 7), in groups of four; the keys of 2026 to 2060 have one."""
    since = (key.int >> 80) - EPOCH
    if not 0 <= since < LAST:
        raise ValueError("The key is of no time that a code can stand for.")
    number = since << KEY_BITS | key.int % (1 << KEY_BITS)
    digits = [number // BASE**place % BASE for place in reversed(range(DATA))]
    return _grouped([*digits, *_checks(digits)])


def read(text: str) -> Pointed:
    """Return what a code typed from a photo points at; `?` stands for a character that cannot be read.

    Case, spaces and hyphens do not matter, and O, I, L, Z, U are read as what they are mistaken for. Raises Unreadable.
    """
    typed = text.upper().translate({ord(mark): None for mark in SEPARATORS}).translate(TAKEN_FOR)
    if len(typed) != LENGTH:
        raise Unreadable(WRONG_LENGTH)
    if set(typed) - set(ALPHABET) - {ILLEGIBLE}:
        raise Unreadable(WRONG_CHARACTER)
    if typed.count(ILLEGIBLE) > MOST_ILLEGIBLE:
        raise Unreadable(TOO_MANY_ILLEGIBLE)
    values = next((found for found in _completed(typed) if _agrees(found)), None)
    if values is None:
        raise Unreadable(CHECK_FAILED)
    since = _number(values[:DATA]) >> KEY_BITS
    if since >= LAST:
        raise Unreadable(CHECK_FAILED)
    first = since + EPOCH << 80
    return Pointed(_grouped(values), UUID(int=first), UUID(int=first | (1 << 80) - 1))


def _completed(typed: str) -> Iterator[list[int]]:
    """Return every way to fill in what cannot be read; one at most agrees with both checks."""
    places = [place for place, character in enumerate(typed) if character == ILLEGIBLE]
    for filled in product(range(BASE), repeat=len(places)):
        values = _values(typed.replace(ILLEGIBLE, ALPHABET[0]))
        for place, value in zip(places, filled, strict=True):
            values[place] = value
        yield values


def _checks(digits: list[int]) -> list[int]:
    """Return the two characters that make both sums divisible by 31."""
    plain, weighted = sum(digits), sum(place * digit for place, digit in enumerate(digits, 1))
    last = (LENGTH - 1) * plain - weighted
    return [(-plain - last) % BASE, last % BASE]


def _agrees(values: list[int]) -> bool:
    weighted = sum(place * value for place, value in enumerate(values, 1))
    return sum(values) % BASE == 0 == weighted % BASE


def _number(digits: list[int]) -> int:
    number = 0
    for digit in digits:
        number = number * BASE + digit
    return number


def _values(text: str) -> list[int]:
    return [ALPHABET.index(character) for character in text]


def _grouped(values: list[int]) -> str:
    text = "".join(ALPHABET[value] for value in values)
    return "-".join(text[at : at + GROUP] for at in range(0, LENGTH, GROUP))
