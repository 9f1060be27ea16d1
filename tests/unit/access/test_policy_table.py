"""The whole table, unit kind × exception × provision × date, against a second reading of the catalogue's bare data.

The reading here knows the JSON file and the sentences of the law only; nothing of `access` but what is judged.
"""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from access import policy
from access.facts import AuthorisationFacts, CaseFacts, InquiryFacts, LetterFacts, UnitStanding

CATALOGUE = json.loads(
    (Path(policy.__file__).parent / "data" / "provisions.json").read_text("utf-8")
)
KINDS = [*CATALOGUE["unit_kinds"], "bank"]
CASES = [
    *("criminal", "public_security", "supervision", "administrative_litigation", "civil"),
    *("other_administrative", "curiosity", ""),
]
DAY = timedelta(days=1)
#: The turn of the law, today, and the days around the first and last day of every provision.
DATES = sorted(
    {date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 23), date(2031, 5, 1)}
    | {
        date.fromisoformat(row[end]) + step
        for row in CATALOGUE["provisions"]
        for end in ("in_force_from", "in_force_to")
        if row[end]
        for step in (-DAY, 0 * DAY, DAY)
    }
)


def read_provision(row: dict[str, Any] | None, kind: str, day: date) -> tuple[str, list[str]]:
    """Read one provision: national rank, in force, and a query given to this kind of unit; else reasons."""
    if row is None:
        return "denied", ["provision_unknown"]
    reasons = []
    begun = row["in_force_from"] is None or day >= date.fromisoformat(row["in_force_from"])
    ended = row["in_force_to"] is not None and day > date.fromisoformat(row["in_force_to"])
    if ended or not begun:
        reasons.append("provision_not_in_force")
    if row["level"] not in ("law", "state_council_regulation"):
        reasons.append("not_state_regulation")
    elif row["decided_by"] == "refused" or kind not in row["unit_kinds"]:
        reasons.append("no_right_to_inquire")
    if reasons:
        return "denied", reasons
    return {"automatic": "granted", "review": "under_review"}[row["decided_by"]], []


def read_case(kind: str, case: str, check: str | None) -> tuple[str, list[str]]:
    """Read the table of case handling: only listed organs, each for its own kinds of case."""
    table = CATALOGUE["case_handling"]
    listed = {organ for by in ("automatic", "review") for organ in table[by]}
    reasons = [] if kind in listed else ["not_a_state_organ"]
    narrow = table["aggravation_check"]
    allowed = check is None or (
        check == "aggravation" and case == narrow["case_kind"] and kind in narrow["unit_kinds"]
    )
    for by, outcome in (("automatic", "granted"), ("review", "under_review")):
        if not reasons and allowed and case in table[by].get(kind, []):
            return outcome, []
    return "denied", reasons or ["case_not_covered"]


def asked(
    ground: str, *, kind: str, day: date, **changes: Any
) -> tuple[InquiryFacts, UnitStanding]:
    """An inquiry in which nothing but its ground can be wrong."""
    stated = {
        "exception": "state_regulation",
        "provision": ground,
        "purpose": "核实",
        "post": "岗位",
        "case": None,
        "officials": ("F1", "F2"),
        "letter": LetterFacts("函1号", day),
        "undertaking": True,
    }
    held = AuthorisationFacts(ground, None, None, frozenset({"F1", "F2"}))
    return InquiryFacts(**(stated | changes)), UnitStanding("U1", kind, (held,))


def decided(inquiry: InquiryFacts, standing: UnitStanding, day: date) -> tuple[str, list[str]]:
    found = policy.decide(inquiry, standing=standing, today=day)
    assert not found.failure
    return found.outcome.value, [reason.value for reason in found.reasons]


def test_every_provision_for_every_kind_of_unit_on_every_day() -> None:
    rows = {row["id"]: row for row in CATALOGUE["provisions"]} | {"NO-SUCH-1": None}
    seen, differences = Counter(), []
    for day in DATES:
        for ground, row in rows.items():
            for kind in KINDS:
                expected = read_provision(row, kind, day)
                inquiry, standing = asked(ground, kind=kind, day=day)
                found = decided(inquiry, standing, day)
                seen[found[0]] += 1
                if found != expected:
                    differences.append((day, ground, kind, expected, found))
    assert differences == []
    assert set(seen) == {"granted", "denied", "under_review"}
    assert seen.total() == len(DATES) * len(rows) * len(KINDS)


def test_every_kind_of_case_for_every_kind_of_unit() -> None:
    differences, outcomes = [], Counter()
    for kind in KINDS:
        for case in CASES:
            for check in (None, "aggravation", "criminal_record"):
                for day in (date(2026, 1, 1), date(2026, 11, 23)):
                    expected = read_case(kind, case, check)
                    inquiry, standing = asked(
                        "case_handling",
                        kind=kind,
                        day=day,
                        exception="case_handling",
                        provision=None,
                        post=None,
                        case=CaseFacts(case, "样1号", day, check),
                    )
                    found = decided(inquiry, standing, day)
                    outcomes[found[0]] += 1
                    if found != expected:
                        differences.append((kind, case, check, expected, found))
    assert differences == []
    assert set(outcomes) == {"granted", "denied", "under_review"}


@pytest.mark.parametrize("exception", ["", "public_interest", "CASE_HANDLING", "consent"])
def test_there_is_no_third_exception(exception: str) -> None:
    """Whatever else is wrong, a ground of another name is granted to nobody under any provision."""
    for kind in KINDS:
        for row in CATALOGUE["provisions"]:
            inquiry, standing = asked(
                row["id"], kind=kind, day=date(2026, 11, 23), exception=exception
            )
            assert decided(inquiry, standing, date(2026, 11, 23))[0] == "denied"
