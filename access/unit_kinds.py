"""The kinds of unit in words (单位类别): what the catalogue of provisions calls by a short name.

Decides nothing and knows no unit.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KINDS: Mapping[str, str | Promise] = {
    "after_school_training": _("After-school training institution"),
    "aviation_employer": _("Civil aviation employer"),
    "childcare": _("Childcare institution"),
    "cii_operator": _("Operator of critical information infrastructure"),
    "civil_affairs_authority": _("Civil affairs authority"),
    "civil_aviation_authority": _("Civil aviation authority"),
    "coast_guard": _("Coast guard"),
    "conscription_office": _("Conscription office"),
    "court": _("Court"),
    "culture_authority": _("Culture and tourism authority"),
    "dam_operator": _("Operator of a dam"),
    "data_handler": _("Handler of network data"),
    "drug_regulator": _("Drug regulator"),
    "education_authority": _("Education authority"),
    "express_company": _("Express delivery company"),
    "household_service_agency": _("Household service agency"),
    "justice_administration": _("Justice administration"),
    "key_target_manager": _("Manager of a key target against terrorism"),
    "kindergarten": _("Kindergarten"),
    "military_employer": _("Military employer of civilian staff"),
    "military_service_organ": _("Military service organ"),
    "minors_care": _("Care institution for minors"),
    "minors_medical": _("Medical institution for minors"),
    "network_operator": _("Network operator"),
    "other": _("Other kind of unit"),
    "party_or_state_organ": _("Party or state organ"),
    "prison": _("Prison"),
    "procuratorate": _("Procuratorate"),
    "public_security": _("Public security organ"),
    "public_transport_operator": _("Public transport operator"),
    "school": _("School"),
    "state_security": _("State security organ"),
    "supervisory_commission": _("Supervisory commission"),
}


def kind_name(kind: str) -> str:
    """Return a kind in the language of the page; one that the catalogue does not know, as it is."""
    return str(KINDS.get(kind, kind))
