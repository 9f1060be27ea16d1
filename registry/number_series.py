"""A decision number (决定书文号) taken apart: series, year and running number, as in 京公朝行罚决字〔2026〕00034号.

A series is Chinese characters up to 字 and nothing else, so that what is counted in the clear has no room for
a document number. A number of any other form is not taken apart; it is counted by a keyed hash. Knows no database.
"""

import re
from typing import NamedTuple

from registry.normalise import normalise_decision_number

SERIES_LENGTH = 30
HIGHEST = 999_999_999
SERIES = re.compile(rf"[\u4e00-\u9fff（）]{{1,{SERIES_LENGTH - 1}}}字")
_NUMBER = re.compile(
    rf"(?P<series>{SERIES.pattern})第?〔(?P<year>[0-9]{{4}})〕第?0*(?P<sequence>[1-9][0-9]{{0,8}})号"
)


class SeriesNumber(NamedTuple):
    """One number of one series (字号) of one year."""

    series: str
    year: int
    sequence: int


def taken_apart(number: str) -> SeriesNumber | None:
    """Return the parts of a decision number, or None when it is not of the usual form."""
    found = _NUMBER.fullmatch(normalise_decision_number(number))
    if found is None:
        return None
    return SeriesNumber(found["series"], int(found["year"]), int(found["sequence"]))
