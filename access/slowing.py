"""How long an answer is held back when one official asks about many persons of one county and birth date.

The rule is data (`data/slowing.json`) and counts persons asked about, never persons on file, so everybody waits alike.
What stops at last is in `access.policy`. Pure: no Django, no database.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

_DATA = json.loads((Path(__file__).parent / "data" / "slowing.json").read_text("utf-8"))
#: So many different persons of one prefix an official asks about in a day without waiting.
PERSONS: int = _DATA["persons"]
SECONDS_A_PERSON: float = _DATA["seconds_a_person"]
LONGEST_SECONDS: float = _DATA["longest_seconds"]

#: What waits; tests put a clock of their own in its place.
pause: Callable[[float], None] = time.sleep


def seconds(persons: int) -> float:
    """Return how long to wait when this many different persons of one prefix were asked about today, this one included."""
    return min(max(persons - PERSONS, 0) * SECONDS_A_PERSON, LONGEST_SECONDS)


def hold_back(persons: int) -> None:
    """Wait as the rule says. Called when everything has committed: whoever waits holds no transaction and no lock."""
    if wait := seconds(persons):
        pause(wait)
