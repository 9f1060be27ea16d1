"""The watermark 水印 over an answer: unit, official, time of the view and the code of its entry, over and over.

Only says what is written and how wide a tile must be, so that nothing is cut off; the page draws it.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from access.units import Unit
from access.watermark_code import code_of

NAME_LENGTH = 20
#: Sizes in units of the drawing, which are pixels on the screen.
LETTER, CODE_LETTER = 15, 24
WIDE, NARROW, CODE_WIDTH = 1.0, 0.62, 0.66
BETWEEN_TILES = 60


@dataclass(frozen=True, slots=True)
class Watermark:
    """What each tile says, in two lines and the code, and how wide a tile is."""

    whose: str
    who_and_when: str
    code: str
    width: int

    @property
    def half(self) -> int:
        """Return how far every second row is moved, so that no strip of the page is free of it."""
        return self.width // 2


def watermark(*, unit: Unit, number: str, at: datetime, entry: UUID) -> Watermark:
    """Return the watermark of one view; `entry` is the audit entry it rests on, `at` the local time."""
    whose = f"{unit.code} {unit.name[:NAME_LENGTH]}"
    who_and_when = f"{number} · {at:%Y-%m-%d %H:%M:%S}"
    code = code_of(entry)
    widest = max(LETTER * _ems(whose), LETTER * _ems(who_and_when), CODE_LETTER * CODE_WIDTH * 14)
    return Watermark(whose, who_and_when, code, round(widest) + BETWEEN_TILES)


def _ems(text: str) -> float:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return wide * WIDE + (len(text) - wide) * NARROW
