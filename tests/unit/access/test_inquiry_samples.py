"""Every sample inquiry is decided and answered exactly as expected."""

from datetime import date

import pytest

from access.answers import shape
from access.policy import Outcome, decide
from registry.normalise import normalise_id_number

DAYS = [date(2026, 11, 20), date(2026, 12, 31)]


@pytest.mark.parametrize("today", [*DAYS, date.today()])
def test_sample_inquiries_are_decided_as_expected(today, sample_inquiries, sample_standing):
    standing = sample_standing(today)
    inquiries = sample_inquiries(today)
    assert len(inquiries) == 600
    for row, facts in inquiries:
        decision = decide(facts, standing=standing[row["unit"]], today=today)
        got = {"status": decision.outcome, "reasons": [*decision.reasons]}
        expect = {key: row["expect"][key] for key in ("status", "reasons")}
        assert got == expect, row
        assert not decision.failure


@pytest.mark.parametrize("today", DAYS)
def test_granted_sample_inquiries_are_answered_as_expected(
    today, sample_inquiries, sample_standing, sample_records
):
    standing = sample_standing(today)
    answered = 0
    for row, facts in sample_inquiries(today):
        decision = decide(facts, standing=standing[row["unit"]], today=today)
        if decision.outcome is not Outcome.GRANTED:
            continue
        person = row["person"]
        number = normalise_id_number(person["id_type"], person["id_number"])
        records = sample_records.get((person["id_type"], number), [])
        answer = shape(records, scope=decision.scope, today=today, name=person["name"]).as_dict()
        answer["lines"] = [
            [line["decided_on"], line["offence_code"], line["decision_number"]]
            for line in answer["lines"]
        ]
        expect = row["expect"]["answer"]
        assert {key: answer[key] for key in expect} == expect, row
        answered += 1
    assert answered == 136
