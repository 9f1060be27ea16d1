"""The catalogue of provisions is whole, says what the law says, and its page is fresh."""

import json
from datetime import date
from pathlib import Path

import pytest

from access.provisions import (
    UNIT_KINDS,
    VERSION,
    Level,
    Route,
    Shape,
    Threshold,
    all_matters,
    all_provisions,
    matter,
    provision,
    usable_by,
)
from access.provisions_table import provisions_table

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 20)
EACH = pytest.mark.parametrize("found", all_provisions(), ids=lambda found: found.id)


def test_the_catalogue_has_every_provision_once():
    rows = json.loads((ROOT / "access/data/provisions.json").read_text("utf-8"))
    assert [found.id for found in all_provisions()] == [row["id"] for row in rows["provisions"]]
    assert len(all_provisions()) == 33
    assert rows["version"] == VERSION


@EACH
def test_a_provision_is_coherent(found):
    assert provision(found.id) is found
    assert found.unit_kinds <= set(UNIT_KINDS)
    assert all(matter(id) for id in found.matters)
    assert (found.shape is Shape.THRESHOLD) == (found.threshold is not None)
    assert (found.shape is Shape.YES_NO) <= bool(found.matters)
    if found.threshold is not None and found.threshold.matter is not None:
        assert found.threshold.matter in found.matters
    refused = found.decided_by is Route.REFUSED
    assert refused == (not found.unit_kinds) == (found.shape is Shape.NONE)
    assert not found.entitles("no such kind")


def test_every_act_a_matter_names_is_in_the_offence_catalogue():
    acts = json.loads((ROOT / "registry/data/offences.json").read_text("utf-8"))
    codes = {act["code"] for act in acts} | {"*"}
    for found in all_matters():
        assert found.offence_codes <= codes


@EACH
def test_only_laws_and_state_council_regulations_are_state_regulations(found):
    above = {Level.LAW, Level.STATE_COUNCIL_REGULATION}
    assert found.is_state_regulation == (found.level in above)


def test_instruments_below_the_rank_are_in_the_catalogue_to_be_refused():
    below = {found.id for found in all_provisions() if not found.is_state_regulation}
    assert below == {"DRIVER-15", "RIDEHAIL-14", "SZ-PRESCHOOL", "TEACHER-QUERY-2020"}
    for id in below:
        assert provision(id).decided_by is Route.REFUSED


def test_an_unknown_id_is_no_provision():
    assert provision("NO-SUCH-1") is None
    assert provision("minors-62") is None


@pytest.mark.parametrize(
    ("day", "expected"), [(date(2026, 6, 30), False), (date(2026, 7, 1), True)]
)
def test_a_provision_is_in_force_from_its_first_day(day, expected):
    assert provision("CAAC-169").in_force(day) is expected
    assert (provision("CAAC-169") in usable_by("aviation_employer", day)) is expected


def test_a_kind_of_unit_is_offered_its_provisions_only():
    assert [found.id for found in usable_by("kindergarten", TODAY)] == [
        "MINORS-62",
        "PRESCHOOL-44",
    ]
    assert [found.id for found in usable_by("public_security", TODAY)] == [
        "SECURITY-16-17",
        "ARMED-GUARD-3",
        "SCHOOLBUS-23",
    ]
    assert usable_by("other", TODAY) == ()
    assert usable_by("court", TODAY) == ()


def test_a_threshold_counts_detentions_only():
    with pytest.raises(ValueError, match="one or more decisions of detention"):
        Threshold("fine", 1)
    with pytest.raises(ValueError, match="one or more decisions of detention"):
        Threshold("detention", 0)


def test_the_page_of_provisions_is_fresh():
    assert (ROOT / "docs/provisions.md").read_text("utf-8") == provisions_table()


def test_the_page_names_every_provision_with_its_articles():
    page = provisions_table()
    for found in all_provisions():
        assert f"| {found.id} |" in page
        assert found.articles_zh in page
