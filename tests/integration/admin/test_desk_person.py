"""The question about a person: entered with its reason first, and answered alike for everybody."""

import re

import pytest
from django.db import connection, connections
from django.test import Client

from access.models import ReadingReason
from access.roles import Role
from sealing.audit_log import Kind, Outcome
from sealing.models import AuditEntry
from sealing.subject import log_index
from tests.integration.admin.at_the_desk import (
    ASKED,
    DESK,
    NEVER,
    PERSON,
    WHY,
    question,
    told,
)
from tests.integration.admin.conftest import ENGLISH, enter


def test_a_question_is_entered_with_its_reason_before_it_is_answered(auditor):
    receipt = "sample2receipt3sample"
    enter(person=PERSON, inquiry=receipt)
    enter(person=log_index("resident_id", NEVER), inquiry="another2receipt3")
    asked = question(auditor, ASKED)
    assert asked.status_code == 302
    assert ASKED not in asked["Location"]
    assert PERSON not in asked["Location"]
    assert told()[-1] == {"page": "person", "reason": "complaint"}
    first = AuditEntry.objects.using("audit").filter(kind=Kind.SEARCH).latest("pk")
    assert first.person == PERSON
    page = auditor.get(asked["Location"]).content.decode()
    assert receipt in page
    assert "another2receipt3" not in page
    assert ASKED not in page
    assert told()[-1] == {"page": "person_answer", "question": str(first.pk)}


def test_the_words_of_a_reason_are_sealed_and_not_in_the_log(auditor, superuser_connection):
    question(auditor, ASKED)
    assert ReadingReason.objects.get().text == WHY["words"]
    tables = ("sealing_auditentry", "access_readingreason")
    for table in tables:
        (kept,) = superuser_connection.execute(
            f"SELECT string_agg(t::text, ' ') FROM {table} AS t"
        ).fetchone()
        assert WHY["words"] not in kept
        assert WHY["words"].encode().hex() not in kept
        assert ASKED not in kept


def without(page: str, *tokens: str) -> str:
    """Return a page without times, keys and the words of addresses, which differ each time."""
    page = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "KEY", page)
    page = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", page)
    return re.sub(r"(search=|next=)[\w%.-]+", r"\1WORD", page)


def test_a_person_on_file_and_one_who_is_not_are_answered_alike(auditor):
    """Filed, notified, and never heard of: nobody asked, so the same page and the same number of statements."""
    other = "110105194912310038"
    enter(kind=Kind.FILING, outcome=Outcome.FILED, person=PERSON, inquiry="", reasons=())
    notified = {"kind": Kind.LOOKUP, "outcome": Outcome.DISCLOSED, "provision": "LAW-134"}
    enter(person=log_index("resident_id", other), inquiry="", reasons=(), **notified)
    enter(kind=Kind.NOTIFICATION, outcome=Outcome.DISCLOSED, person=log_index("resident_id", other))
    pages, statements = [], []
    for number in (ASKED, other, NEVER):
        location = question(auditor, number)["Location"]
        counts = []
        for alias in ("default", "audit"):
            connections[alias].force_debug_cursor = True
            connections[alias].queries_log.clear()
        pages.append(without(auditor.get(location).content.decode()))
        for alias in ("default", "audit"):
            counts.append(
                [query["sql"].split(" FROM ")[0][:60] for query in connections[alias].queries]
            )
            connections[alias].force_debug_cursor = False
        statements.append([len(found) for found in counts])
    assert pages[0] == pages[1] == pages[2]
    assert statements[0] == statements[1] == statements[2]
    assert "0 entries on this page" in pages[0]


def test_the_answer_reads_no_record(auditor):
    location = question(auditor, ASKED)["Location"]
    connection.force_debug_cursor = True
    connection.queries_log.clear()
    auditor.get(location)
    sent = " ".join(query["sql"] for query in connection.queries)
    connection.force_debug_cursor = False
    assert "sealing_auditentry" in sent
    assert "registry_violationrecord" not in sent


@pytest.mark.parametrize("missing", ["reason", "words"])
def test_a_question_without_a_reason_is_not_asked(auditor, missing):
    answer = question(auditor, ASKED, **{missing: ""})
    assert answer.status_code == 200
    assert all(said.get("page") != "person" or "reason" not in said for said in told())
    assert not ReadingReason.objects.exists()


def test_a_slip_of_the_pen_is_not_taken_for_nobody_asked(auditor):
    page = question(auditor, "110105194912310021").content.decode()
    assert "This is no valid ID number" in page


def test_an_answer_opens_for_whoever_asked_and_nobody_else(auditor, account):
    location = question(auditor, ASKED)["Location"]
    other = Client(headers=ENGLISH)
    other.force_login(
        account("A-2", Role.AUDITOR), "allauth.account.auth_backends.AuthenticationBackend"
    )
    assert other.get(location).status_code == 404
    assert auditor.get(f"{location[:-4]}AAAA").status_code == 404
    assert auditor.get(f"{DESK}person/answer/").status_code == 404


def test_an_auditor_does_not_learn_who_is_a_canary(auditor):
    form = {"id_type": "resident_id", "id_number": ASKED}
    auditor.post("/admin/access/alert/canaries/", form)
    page = auditor.get(question(auditor, ASKED)["Location"]).content.decode()
    assert page.count('<td class="log-time">') == 1


def test_reasons_are_not_changed_or_removed(auditor, owner_connection, app_connection):
    question(auditor, ASKED)
    for held in (owner_connection, app_connection):
        for act in (
            "UPDATE access_readingreason SET by = 'x'",
            "DELETE FROM access_readingreason",
            "TRUNCATE access_readingreason",
        ):
            with pytest.raises(Exception, match=r"refused|denied"):
                held.execute(act)
            held.rollback()
