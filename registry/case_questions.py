"""What the clerk's form asks only in some cases (minors, foreigners, Art. 23), why, and in which cases it asks.

Each question is a part of the form that stands closed until the case needs it; it can always be opened by hand.
Knows values as typed, and no statute but the ages.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from registry.decision_row import ON_THE_SPOT
from registry.nationalities import is_chinese
from registry.penalties import SPARED_FROM
from registry.resident_id import age_on, read_resident_id
from registry.row_words import Text
from registry.unusual import ADULT
from registry.unusual_documents import OF_CHINESE


class Question(NamedTuple):
    """A part of the form: its key, its title, why it is asked, and its fields."""

    key: str
    title: Text
    why: Text
    names: tuple[str, ...]


QUESTIONS = (
    Question(
        "minor",
        _("The person was under 18 on the date of the act"),
        _(
            "A minor is punished more lightly, and his guardian is told and heard (Articles 12 and 117). Under 14"
            " nobody is punished, and no record is made."
        ),
        ("guardian_name",),
    ),
    Question(
        "foreigner",
        _("A measure is added for a foreigner"),
        _(
            "A foreigner may be ordered to leave within a term or be deported, only in addition to another penalty"
            " (Article 10(2))."
        ),
        ("foreigner_measure",),
    ),
    Question(
        "spared",
        _("Detention is not executed, or is executed all the same (Article 23)"),
        _(
            "Detention is not executed at 14 and 15, at 16 and 17 for a first violation, from 70 on, in pregnancy and"
            " while nursing a baby under one year (Article 23(1)). It may be executed all the same for serious"
            " circumstances with bad impact, or at 14, 15 and from 70 on for two violations within one year"
            " (Article 23(2)). State which of these it is."
        ),
        ("execution_reason",),
    ),
)
UNLESS_ON_THE_SPOT = ("detention_days", "licence_revoked")
ON_THE_SPOT_WORDS: Mapping[str, Text] = {
    ON_THE_SPOT: _(
        "A warning or a fine up to 500 yuan (Article 119). The person contests it by reconsideration first. Without"
        " an identity document there is no record: establish who it was."
    )
}

Value = Callable[[str], Any]


def asked(value: Value) -> dict[str, bool]:
    """Say of each question whether the case needs it; `value` gives what a field holds."""
    age = _age(value)
    spared = age is not None and not ADULT <= age < SPARED_FROM and bool(value("detention_days"))
    return {
        "minor": bool(value("guardian_name")) or (age is not None and age < ADULT),
        "foreigner": (value("foreigner_measure") or "none") != "none"
        or value("id_type") not in (*OF_CHINESE, "other", "", None)
        or not is_chinese(str(value("nationality") or "CHN")),
        "spared": bool(value("execution_reason"))
        or value("execution") == "not_executed_by_law"
        or spared,
    }


def _age(value: Value) -> int | None:
    """Return the age on the date of the act, where both dates can be read."""
    acted, born = _day(value("acted_on")), _day(value("birth_date"))
    if value("id_type") == "resident_id":
        holder = read_resident_id(str(value("id_number") or "").strip().upper())
        born = holder.birth_date if holder else born
    return age_on(born, acted) if born and acted and born <= acted else None


def _day(parts: Any) -> date | None:
    if isinstance(parts, date):
        return parts
    try:
        year, month, day = (int(part) for part in parts or ())
        return date(year, month, day)
    except (ValueError, TypeError, OverflowError):
        return None
