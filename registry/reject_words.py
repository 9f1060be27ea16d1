"""Reject codes and warnings of a records file in a few words each, without any row's values."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registry.finding_words import MESSAGES
from registry.findings import REJECT_CODES

_WORDS: Mapping[str, str | Promise] = {
    "missing_field": _("A required cell is empty."),
    "bad_value": _("A cell is not of its type or not in its list."),
    "id_checksum": _("The document number cannot be right."),
    "birth_date_mismatch": _("The document number says another date of birth."),
    "sex_mismatch": _("The document number says the other sex."),
    "offence_unknown": _("There is no such act in the law in force on that day."),
    "no_penalty": _("There is no penalty of Article 10."),
    "fine_over_limit": _("The fine is above the highest amount for the act."),
    "detention_over_limit": _("The detention is above the longest term for the act."),
    "penalty_not_provided": _("The article does not provide this penalty."),
    "combined_detention_over_20": _("Detention for all acts of the decision is above 20 days."),
    "station_power": _("A police station decided more than a warning or a fine of 1,000 yuan."),
    "under_14": _("The person was under 14: no record is made."),
    "execution_barred": _("Detention of a person of this age is not executed."),
    "foreigner_only": _("The measure is for foreigners."),
    "date_order": _("The dates are not in order, or lie in the future."),
    "before_the_law": _("The act was before 2026-01-01. Upload such rows under the law of 2012."),
    "criminal_matter": _("This is of criminal process and is not kept in this registry."),
    "duplicate_decision": _("The act of this decision is on file, or stands in the file twice."),
}


class Counted(NamedTuple):
    """A code with its words, and how many rows have it."""

    code: str
    words: str
    rows: int


def rejections(codes: Mapping[str, int]) -> list[Counted]:
    """Return the reject codes of a run, in the contract's order."""
    return [Counted(code, str(_WORDS[code]), codes[code]) for code in REJECT_CODES if code in codes]


def warnings(codes: Mapping[str, int]) -> list[Counted]:
    """Return the warnings of a run, the most frequent first."""
    ordered = sorted(codes.items(), key=lambda counted: (-counted[1], counted[0]))
    return [Counted(code, str(MESSAGES.get(code, code)), rows) for code, rows in ordered]
