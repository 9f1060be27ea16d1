"""Tables of the log to take away: filtered, capped, with a reason, and safe to open."""

import csv
import io

from django.test import Client

from access.roles import Role
from sealing.audit_log import Kind, Outcome
from sealing.subject import log_index
from tests.integration.admin.at_the_desk import (
    DESK,
    NEVER,
    PERSON,
    WHY,
    filtered,
    told,
)
from tests.integration.admin.conftest import ENGLISH, enter


def table(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_a_table_holds_the_filtered_entries_and_is_entered(auditor):
    enter()
    wanted = enter(unit="U002", official="=cmd|' /C calc'!A0", person=PERSON)
    filed = {"kind": Kind.FILING, "outcome": Outcome.FILED, "inquiry": "", "reasons": ()}
    enter(unit="U002", person=log_index("resident_id", NEVER), **filed)
    word = filtered(auditor, unit="U002")
    assert auditor.get(f"{DESK}table/?search={word}").status_code == 200
    answer = auditor.post(f"{DESK}table/?search={word}", WHY)
    assert answer["Content-Type"].startswith("text/csv")
    heading, newest, oldest = table(answer)
    assert heading[0] == "Entry"
    assert newest[2] == "Filing"
    assert newest[-1] == ""
    assert oldest[0] == wanted
    assert oldest[5] == "'=cmd|' /C calc'!A0"
    assert oldest[-1] == PERSON
    said = told()[-1]
    assert (said["act"], said["filters"], said["count"]) == ("exported", {"unit": "U002"}, 2)
    assert said["reason"] == "complaint"


def test_filters_and_entries_are_told_in_words(auditor):
    enter(unit="U002", official="assignment")
    word = filtered(auditor, kind="lookup", reason="letter_missing")
    page = auditor.get(f"{DESK}table/?search={word}").content.decode()
    assert "<dt>Kind</dt><dd>Lookup</dd>" in page
    assert "letter_missing" not in page
    row = table(auditor.post(f"{DESK}table/?search={filtered(auditor, unit='U002')}", WHY))[1]
    assert not {"_" for cell in row[2:4] + row[6:9] if "_" in cell}, row
    assert "the site, by lot" in auditor.get("/admin/sealing/auditentry/").content.decode()


def test_a_table_is_capped(auditor, monkeypatch):
    monkeypatch.setattr("access.desk_export.MOST_ROWS", 3)
    keys = [enter(unit="U002") for _ in range(5)]
    word = filtered(auditor, unit="U002")
    answer = auditor.post(f"{DESK}table/?search={word}", WHY)
    assert [row[0] for row in table(answer)[1:]] == keys[:1:-1]


def test_a_table_wants_a_reason_and_filters_of_ones_own(auditor, account):
    word = filtered(auditor, unit="U002")
    assert (
        auditor.post(f"{DESK}table/?search={word}", {})
        .headers["Content-Type"]
        .startswith("text/html")
    )
    other = Client(headers=ENGLISH)
    other.force_login(
        account("A-2", Role.AUDITOR), "allauth.account.auth_backends.AuthenticationBackend"
    )
    assert other.post(f"{DESK}table/?search={word}", WHY).status_code == 404
    assert not [said for said in told() if said.get("act") == "exported"]
