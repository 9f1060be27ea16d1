"""What an 18-character ID number (公民身份号码, GB 11643) says about its holder.

Residence permits of Hong Kong, Macao and Taiwan residents share the layout. Division codes are
never judged: a number keeps the code of the day it was given, and old and new ones occur.
"""

import re
from dataclasses import dataclass
from datetime import date

from stdnum.iso7064 import mod_11_2

_LAYOUT = re.compile(r"[0-9]{17}[0-9X]")


@dataclass(frozen=True, slots=True)
class ResidentId:
    """Birth date and sex (``male`` or ``female``) as the number carries them."""

    birth_date: date
    sex: str


def read_resident_id(number: str) -> ResidentId | None:
    """Return what a normalised number says, or None when it cannot be right.

    It cannot be right when it has not 18 characters, when ISO 7064 MOD 11-2 fails, or when its
    digits 7 to 14 are no date of the calendar.
    """
    if not _LAYOUT.fullmatch(number) or not mod_11_2.is_valid(number):
        return None
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return ResidentId(birth_date=born, sex="male" if int(number[16]) % 2 else "female")


def age_on(born: date, day: date) -> int:
    """Return the age in completed years (周岁) on a day; negative before birth.

    Somebody born on 29 February completes a year on 1 March of a year without that day.
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
