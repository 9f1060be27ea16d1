"""The words of a decision row: a label for each field and for each value of the closed lists.

Knows no form and no page; both, and the paper's layout, take their words from here.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise

LABELS: Mapping[str, Text] = {
    "id_type": _("Type of identity document"),
    "id_number": _("Document number"),
    "name": _("Name"),
    "sex": _("Sex"),
    "birth_date": _("Date of birth"),
    "nationality": _("Nationality"),
    "address": _("Address"),
    "guardian_name": _("Guardian"),
    "offence_code": _("Act"),
    "acted_on": _("Date of the act"),
    "facts": _("Facts and evidence"),
    "warning": _("Warning"),
    "fine": _("Fine in yuan"),
    "detention_days": _("Administrative detention in days"),
    "licence_revoked": _("Permit revoked"),
    "foreigner_measure": _("Measure added for a foreigner"),
    "execution": _("Execution"),
    "execution_reason": _("Why it is not executed, or is executed all the same (Art. 23)"),
    "procedure": _("Procedure"),
    "decision_number": _("Decision number"),
    "organ_code": _("Code of the deciding organ"),
    "organ_name": _("Deciding organ"),
    "organ_level": _("Level of the organ"),
    "decided_on": _("Date of the decision"),
    "served_on": _("Date of service"),
}

VALUES: Mapping[str, Mapping[str, Text]] = {
    "sex": {"male": _("Male"), "female": _("Female")},
    "id_type": {
        "resident_id": _("Resident identity card"),
        "hk_macao_permit": _("Mainland travel permit for Hong Kong and Macao residents"),
        "taiwan_permit": _("Mainland travel permit for Taiwan residents"),
        "foreign_permanent_id": _("Permanent resident identity card for foreigners"),
        "passport": _("Passport"),
        "other": _("Another identity document"),
    },
    "organ_level": {
        "station": _("Police station"),
        "county": _("County"),
        "city": _("City"),
        "province": _("Province"),
    },
    "foreigner_measure": {
        "none": pgettext_lazy("measure", "None"),
        "leave_within_term": _("Ordered to leave the country within a term"),
        "deportation": _("Deportation"),
    },
    "procedure": {
        "ordinary": _("Ordinary procedure"),
        "on_the_spot": _("Decided on the spot (Art. 119)"),
    },
    "execution": {
        "executed": _("Executed"),
        "not_executed_by_law": _("Not executed under the law (Art. 23)"),
        "deferred": _("Deferred"),
        "pending": _("Pending"),
    },
}


def value_in_words(name: str, value: object) -> object:
    """Return the words for a value of a closed list; any other value as it is."""
    return VALUES.get(name, {}).get(str(value), value)
