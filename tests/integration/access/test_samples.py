"""Every sample inquiry through the site's own pages: status, reasons in order and answer are as expected."""

import json
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from access.models import User
from tests.integration.access.conftest import receipt_of, signed_in

DATA = Path(__file__).parents[2] / "data"
COLOURS = {"green": "granted", "red": "denied", "yellow": "under_review"}


def form(row):
    """The sample as the fields of the inquiry form."""
    today = timezone.localdate()
    case, letter = row["case"] or {}, row["letter"] or {}
    fields = {
        "exception": row["exception"],
        "provision": row["provision"],
        "case_kind": case.get("kind"),
        "case_number": case.get("number"),
        "case_opened_on": case and today - timedelta(days=case["opened_days_ago"]),
        "check": case.get("check"),
        "purpose": row["purpose"],
        "post": row["post"],
        "letter_number": letter.get("number"),
        "letter_issued_on": letter and today - timedelta(days=letter["issued_days_ago"]),
        "undertaking": "1" if row["undertaking"] else None,
        "confirm": "1",
        **row["person"],
        **{f"official_{at}": one["number"] for at, one in enumerate(row["officials"], start=1)},
    }
    return {name: str(value) for name, value in fields.items() if value}


def decided(page):
    """Status and reasons as the page shows them."""
    colour = re.search(r"govuk-tag--(\w+)", page)[1]
    return {
        "status": COLOURS[colour],
        "reasons": re.findall(r'<code class="codes">([a-z_]+)</code></li>', page),
    }


def told(response):
    """The answer as the sample states it: lines by day, act and number of the decision."""
    answer = response.context["disclosure"].answer.as_dict()
    answer["lines"] = [
        [line["decided_on"], line["offence_code"], line["decision_number"]]
        for line in answer["lines"]
    ]
    return answer


def shown(page, expected):
    """Whether the page shows what the answer says, and says so when there is nothing."""
    if expected["answer"] == "nothing_disclosable":
        return "Nothing disclosable" in page
    lines = (part for line in expected.get("lines", []) for part in line)
    found = len(re.findall(r'<dd class="govuk-summary-list__value">Yes</dd>', page))
    findings = len(expected.get("matters", [])) + bool(expected.get("met"))
    return "Disclosable " in page and found == findings and all(part in page for part in lines)


def test_all_sample_inquiries_are_decided_and_answered_as_expected(db):
    call_command("load_units", DATA / "units.json")
    with pytest.raises(SystemExit) as left:
        call_command("import_records", DATA / "decisions.csv")
    assert left.value.code == 3
    seen, browsers = Counter(), {}
    for row in map(json.loads, (DATA / "inquiries.jsonl").read_text("utf-8").splitlines()):
        number, expect = row["officials"][0]["number"], row["expect"]
        if number not in browsers:
            browsers[number] = signed_in(User.objects.get(number=number))
        browser = browsers[number]
        receipt = receipt_of(browser.post("/inquiries/new/", form(row)))
        page = browser.get(f"/inquiries/{receipt}/").content.decode()
        assert decided(page) == {key: expect[key] for key in ("status", "reasons")}, row
        seen[expect["status"]] += 1
        if expect["status"] != "granted":
            continue
        response = browser.post(f"/inquiries/{receipt}/answer/", {"undertaking": "1"})
        assert response.status_code == 200, row
        answer = told(response)
        assert {key: answer[key] for key in expect["answer"]} == expect["answer"], row
        assert shown(response.content.decode(), expect["answer"]), row
    assert seen == {"denied": 322, "under_review": 142, "granted": 136}
