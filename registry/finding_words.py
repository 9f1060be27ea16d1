"""What stands against a decision, in words that say what to do, each followed by its code.

A message depends on the row and the law alone, never on what is on file. Knows no form.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum.iso7064 import mod_11_2

from registry.findings import Finding
from registry.normalise import normalise_id_number
from registry.offences import offence
from registry.row_words import LABELS, VALUES

ID_LENGTH = 18
DATES = ("birth_date", "acted_on", "decided_on", "served_on")
NUMBERS = ("fine", "detention_days")

MESSAGES: Mapping[str, str | Promise] = {
    "missing_field": gettext_lazy("Fill in “%(field)s” as it stands on the paper."),
    "id_checksum": gettext_lazy("Check the document number: it cannot be right."),
    "birth_date_mismatch": gettext_lazy(
        "The document number says another date of birth. Compare both with the paper."
    ),
    "sex_mismatch": gettext_lazy(
        "The document number says the other sex. Compare both with the paper."
    ),
    "offence_unknown": gettext_lazy("Choose an act of the law in force on the date of the act."),
    "no_penalty": gettext_lazy(
        "Enter at least one penalty of Article 10: a warning, a fine, detention or a revoked permit."
    ),
    "fine_over_limit": gettext_lazy(
        "The fine is above the highest amount for this act, %(fine_max)s yuan."
    ),
    "detention_over_limit": gettext_lazy(
        "The detention is above the longest term for this act, %(detention_max)s days."
    ),
    "penalty_not_provided": gettext_lazy(
        "The article does not provide this penalty. Check the act and the penalty."
    ),
    "combined_detention_over_20": gettext_lazy(
        "Detention for all acts of one decision may not be above 20 days (Art. 16). Check the days."
    ),
    "station_power": gettext_lazy(
        "A police station decides warnings and fines up to 1,000 yuan only (Art. 109). Check the level."
    ),
    "under_14": gettext_lazy(
        "The person was under 14 on the date of the act: no penalty is given and no record is made (Art. 12)."
    ),
    "execution_barred": gettext_lazy(
        "Detention of a person of this age is not executed (Art. 23)."
        " Choose another execution, or state the reason of Art. 23(2)."
    ),
    "foreigner_only": gettext_lazy("This measure is for foreigners. Check it and the nationality."),
    "date_order": gettext_lazy(
        "The dates are not in order: act, decision, service, none of them in the future."
    ),
    "before_the_law": gettext_lazy(
        "Acts before 2026-01-01 are not entered here. They are imported under the earlier law."
    ),
    "criminal_matter": gettext_lazy(
        "This is of criminal process and is not kept in this registry. Check the paper."
    ),
    "duplicate_decision": gettext_lazy(
        "This act of this decision has been entered already. Do not enter it twice."
    ),
    "no_record_in_force": gettext_lazy(
        "No record in force that your unit filed or decided is named so. Compare document, organ code, number and act"
        " with the paper."
    ),
    "fine_below_range": gettext_lazy("The fine is below the article's range."),
    "fine_by_gains": gettext_lazy("The fine is counted by the illegal gains. Check the amount."),
    "detention_below_range": gettext_lazy("The detention is below the article's range."),
    "combination_unusual": gettext_lazy(
        "The article does not usually join these penalties in this way."
    ),
    "guardian_missing": gettext_lazy("The person is under 18. Enter the guardian."),
    "first_violation_of_minor": gettext_lazy(
        "Detention of a person of 16 or 17 is not executed for a first violation (Art. 23)."
    ),
    "age_reached_on_the_day": gettext_lazy(
        "The person reached an age that matters on the date of the act itself."
    ),
    "decision_number_unusual": gettext_lazy("The decision number has an unusual form."),
    "document_number_unusual": gettext_lazy(
        "The document number has not the usual form of this type of document."
    ),
    "nationality_unusual": gettext_lazy(
        "This type of document is not usual for this nationality. Residents of Hong Kong, Macao and Taiwan are"
        " Chinese nationals."
    ),
    "on_the_spot_unusual": gettext_lazy(
        "Prostitution, gambling and drug cases are not decided on the spot (2019 procedure rules, Art. 37)."
    ),
    "execution_unusual": gettext_lazy(
        "Only detention is not executed by law (Art. 23), and this decision has none."
    ),
    "execution_reason_missing": gettext_lazy(
        "State why detention is not executed: a first violation at 16 or 17, a pregnancy, or nursing a baby under one"
        " year (Art. 23(1))."
    ),
}
ON_THE_SPOT: Mapping[str, str | Promise] = {
    "penalty_not_provided": gettext_lazy(
        "Only a warning or a fine is decided on the spot (Art. 119). Check the procedure and the penalty."
    ),
    "fine_over_limit": gettext_lazy(
        "A fine decided on the spot is 500 yuan at most (Art. 119). Check the procedure and the fine."
    ),
}


def in_words(finding: Finding, stated: Mapping[str, object]) -> str:
    """Return the message for a finding on what was stated, with the code at its end."""
    field = LABELS[finding.field]
    act = offence(str(stated.get("offence_code", "")))
    known = {
        "field": field,
        "fine_max": f"{act.envelope.fine_max or 0:,}" if act else "",
        "detention_max": act.envelope.detention_max if act else "",
    }
    if finding.code == "bad_value":
        message = _unreadable(finding.field)
    elif finding.code == "id_checksum":
        message = _id_number(str(stated.get("id_number", "")))
    else:
        words = {**MESSAGES, **ON_THE_SPOT} if finding.field == "procedure" else MESSAGES
        message = str(words[finding.code])
    return _("%(message)s (%(code)s)") % {"message": message % known, "code": finding.code}


def _unreadable(field: str) -> str:
    if field in DATES:
        return _("“%(field)s” is not a date: enter year, month and day, for example 2026, 1, 31.")
    if field in NUMBERS:
        return _("“%(field)s” is not a whole number: enter digits only.")
    if field in VALUES:
        return _("“%(field)s”: choose one of the offered values.")
    return _("“%(field)s” is too long or cannot be read. Type it again.")


def _id_number(typed: str) -> str:
    """Say which character is wrong, where that can be told from the number alone."""
    number = normalise_id_number("resident_id", typed)
    if len(number) != ID_LENGTH:
        return _("A resident identity number has 18 characters. Check the document number.")
    if not (number.isascii() and number[:-1].isdigit()):
        return str(MESSAGES["id_checksum"])
    check = mod_11_2.calc_check_digit(number[:-1])
    if check == number[-1]:
        return _("The date of birth in the document number does not exist. Check digits 7 to 14.")
    return _("Check the document number: digit 18 should be %(digit)s.") % {"digit": check}
