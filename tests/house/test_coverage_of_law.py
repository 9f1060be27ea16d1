"""Every act and every provision of the law is met by an independent example, not only by the catalogue itself."""

import csv
import json
from typing import Any

from access.exceptions import CaseKind, state_organs
from access.policy import Reason
from access.provisions import Route, all_provisions
from registry.findings import REJECT_CODES
from registry.offences import all_offences
from tests.house.sources import ROOT

DATA = ROOT / "tests" / "data"


def inquiries() -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for line in (DATA / "inquiries.jsonl").read_text(encoding="utf-8").splitlines()
    ]


def decisions() -> list[dict[str, str]]:
    with (DATA / "decisions.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def expected_codes() -> set[str]:
    with (DATA / "decisions.expected.csv").open(encoding="utf-8") as lines:
        return {code for row in csv.DictReader(lines) for code in row["codes"].split()}


def test_every_act_of_the_catalogue_has_a_decision() -> None:
    """The one act whose only penalty is a revoked permit is in the table of the statutory checks instead."""
    table = (ROOT / "tests" / "unit" / "registry" / "test_reject_codes.py").read_text(
        encoding="utf-8"
    )
    met = {row["offence_code"] for row in decisions()}
    assert len(met) > 200
    assert [
        act.code for act in all_offences() if act.code not in met and f'"{act.code}"' not in table
    ] == []


def test_every_reject_code_has_a_decision() -> None:
    """The sample lacks one; the table of the statutory checks has it."""
    table = (ROOT / "tests" / "unit" / "registry" / "test_reject_codes.py").read_text(
        encoding="utf-8"
    )
    met = expected_codes()
    assert len(met) > 15
    assert [code for code in REJECT_CODES if code not in met and f'"{code}"' not in table] == []


def test_every_provision_has_an_inquiry_that_is_not_denied_or_is_there_to_be_refused() -> None:
    heard: dict[str, set[str]] = {}
    for inquiry in inquiries():
        heard.setdefault(inquiry["provision"] or "", set()).add(inquiry["expect"]["status"])
    for found in all_provisions():
        assert found.id in heard, found.id
        if found.decided_by is Route.REFUSED:
            assert heard[found.id] == {"denied"}, found.id


def test_every_state_organ_and_kind_of_case_has_an_inquiry() -> None:
    units = {
        unit["code"]: unit["kind"]
        for unit in json.loads((DATA / "units.json").read_text(encoding="utf-8"))
    }
    asked = [inquiry for inquiry in inquiries() if inquiry["case"]]
    assert {units[inquiry["unit"]] for inquiry in asked} >= set(state_organs())
    assert {inquiry["case"]["kind"] for inquiry in asked} >= {kind.value for kind in CaseKind}


def test_every_reason_for_a_denial_has_a_test() -> None:
    given = {reason for inquiry in inquiries() for reason in inquiry["expect"]["reasons"]}
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    untested = [
        reason.value
        for reason in Reason
        if reason not in given and f'"{reason.value}"' not in tests
    ]
    assert untested == []
