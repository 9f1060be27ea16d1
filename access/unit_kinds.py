"""The kinds of unit in words (单位类别): what the catalogue of provisions calls by a short name.

Decides nothing. The names are marked for translation here and translated when they are shown, so the
documents can print them without any settings.
"""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

KINDS: Mapping[str, str] = {
    "after_school_training": noop("After-school training institution"),
    "aviation_employer": noop("Civil aviation employer"),
    "childcare": noop("Childcare institution"),
    "cii_operator": noop("Operator of critical information infrastructure"),
    "civil_affairs_authority": noop("Civil affairs authority"),
    "civil_aviation_authority": noop("Civil aviation authority"),
    "coast_guard": noop("Coast guard"),
    "conscription_office": noop("Conscription office"),
    "court": noop("Court"),
    "culture_authority": noop("Culture and tourism authority"),
    "dam_operator": noop("Operator of a dam"),
    "data_handler": noop("Handler of network data"),
    "drug_regulator": noop("Drug regulator"),
    "education_authority": noop("Education authority"),
    "express_company": noop("Express delivery company"),
    "household_service_agency": noop("Household service agency"),
    "justice_administration": noop("Justice administration"),
    "key_target_manager": noop("Manager of a key target against terrorism"),
    "kindergarten": noop("Kindergarten"),
    "military_employer": noop("Military employer of civilian staff"),
    "military_service_organ": noop("Military service organ"),
    "minors_care": noop("Care institution for minors"),
    "minors_medical": noop("Medical institution for minors"),
    "network_operator": noop("Network operator"),
    "other": noop("Other kind of unit"),
    "party_or_state_organ": noop("Party or state organ"),
    "prison": noop("Prison"),
    "procuratorate": noop("Procuratorate"),
    "public_security": noop("Public security organ"),
    "public_transport_operator": noop("Public transport operator"),
    "school": noop("School"),
    "state_security": noop("State security organ"),
    "supervisory_commission": noop("Supervisory commission"),
}


def kind_name(kind: str) -> str:
    """Return a kind in the language of the page; one that the catalogue does not know, as it is."""
    return _(KINDS[kind]) if kind in KINDS else kind
