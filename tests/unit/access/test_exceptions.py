"""Which state organ handles which kind of case, who decides it, and the one-year check."""

import pytest

from access.exceptions import (
    CaseKind,
    StatutoryException,
    case_kinds,
    case_route,
    is_state_organ,
    may_check_aggravation,
    state_organs,
)
from access.provisions import UNIT_KINDS

AUTOMATIC = {
    ("public_security", "criminal"),
    ("public_security", "public_security"),
    ("public_security", "administrative_litigation"),
    ("coast_guard", "criminal"),
    ("coast_guard", "public_security"),
    ("coast_guard", "administrative_litigation"),
    ("state_security", "criminal"),
    ("state_security", "public_security"),
    ("procuratorate", "criminal"),
    ("procuratorate", "administrative_litigation"),
    ("court", "criminal"),
    ("court", "administrative_litigation"),
    ("supervisory_commission", "supervision"),
    ("prison", "criminal"),
}
REVIEW = {
    ("court", "civil"),
    ("justice_administration", "criminal"),
    ("justice_administration", "other_administrative"),
    ("public_security", "other_administrative"),
    ("procuratorate", "civil"),
}


def test_there_is_no_third_exception():
    assert set(StatutoryException) == {"case_handling", "state_regulation"}


@pytest.mark.parametrize("unit_kind", UNIT_KINDS)
def test_each_organ_and_kind_of_case_has_the_route_of_the_law(unit_kind):
    for case_kind in CaseKind:
        pair = (unit_kind, case_kind.value)
        expected = "automatic" if pair in AUTOMATIC else "review" if pair in REVIEW else None
        assert case_route(unit_kind=unit_kind, case_kind=case_kind) == expected


def test_only_organs_that_handle_a_kind_of_case_are_state_organs():
    organs = {organ for organ, _ in AUTOMATIC | REVIEW}
    assert {kind for kind in UNIT_KINDS if is_state_organ(kind)} == organs
    assert state_organs() == tuple(sorted(organs))
    assert not is_state_organ("party_or_state_organ")
    assert not is_state_organ("")


def test_forms_offer_an_organ_its_kinds_of_case_only():
    assert case_kinds("court") == ("criminal", "administrative_litigation", "civil")
    assert case_kinds("school") == ()


@pytest.mark.parametrize(
    ("unit_kind", "case_kind", "check", "expected"),
    [
        ("public_security", "public_security", "aggravation", "automatic"),
        ("coast_guard", "public_security", "aggravation", "automatic"),
        ("state_security", "public_security", "aggravation", None),
        ("public_security", "criminal", "aggravation", None),
        ("public_security", "public_security", "recidivism", None),
        ("public_security", "public_security", "", None),
        ("public_security", "traffic", None, None),
    ],
)
def test_the_aggravation_check_is_for_police_in_a_public_security_case(
    unit_kind, case_kind, check, expected
):
    assert case_route(unit_kind=unit_kind, case_kind=case_kind, check=check) == expected


def test_only_police_organs_are_offered_the_aggravation_check():
    offered = {kind for kind in UNIT_KINDS if may_check_aggravation(kind)}
    assert offered == {"public_security", "coast_guard"}
