"""The sample inquiries through the interface: status, reasons in order and answer are as expected.

The pages answer all six hundred in their own test; here every twelfth goes the other way, by signed call. All of them:
`REGISTRY_TEST_ALL_SAMPLES=1 python -m pytest tests/integration/api/test_samples.py`.
"""

import json
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.integration.api.conftest import Program

DATA = Path(__file__).parents[2] / "data"
EVERY = 12


def body(row):
    """The sample as the interface wants it: dates instead of days that have passed."""
    today = timezone.localdate()
    sent = {key: value for key, value in row.items() if key not in {"unit", "expect"}}
    if case := sent["case"]:
        opened = today - timedelta(days=case["opened_days_ago"])
        sent["case"] = {
            "kind": case["kind"],
            "number": case["number"],
            "opened_on": opened.isoformat(),
            "check": case.get("check"),
        }
    if letter := sent["letter"]:
        issued = today - timedelta(days=letter["issued_days_ago"])
        sent["letter"] = {"number": letter["number"], "issued_on": issued.isoformat()}
    return sent


def told(answer):
    """The answer as the sample states it: lines by day, act and number of the decision."""
    lines = [
        [line["decided_on"], line["offence_code"], line["decision_number"]]
        for line in answer["lines"]
    ]
    return answer | {"lines": lines}


def test_sample_inquiries_are_decided_and_answered_as_expected(db, tmp_path):
    call_command("load_units", DATA / "units.json", credentials=tmp_path)
    with pytest.raises(SystemExit):
        call_command("import_records", DATA / "decisions.csv")
    rows = [json.loads(line) for line in (DATA / "inquiries.jsonl").read_text("utf-8").splitlines()]
    seen, programs = Counter(), {}
    for row in rows[:: 1 if os.environ.get("REGISTRY_TEST_ALL_SAMPLES") else EVERY]:
        expect = row["expect"]
        code = row["unit"]
        if code not in programs:
            programs[code] = Program.of(tmp_path / f"{code}.json")
        asked = programs[code].ask(body(row))
        assert asked.status_code == 202, (row, asked.content)
        number = asked.json()["receipt"]
        decided = programs[code].get(f"/api/v1/inquiries/{number}/").json()
        reasons = [reason["code"] for reason in decided["reasons"]]
        assert (decided["status"], reasons) == (expect["status"], expect["reasons"]), row
        seen[expect["status"]] += 1
        answered = programs[code].answer(number)
        if expect["status"] != "granted":
            assert answered.status_code == 409
            continue
        answer = told(answered.json())
        assert {key: answer[key] for key in expect["answer"]} == expect["answer"], row
    assert set(seen) == {"denied", "under_review", "granted"}
