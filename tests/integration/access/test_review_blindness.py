"""Officers are blind to the person, to records and to each other."""

import json

import pytest
from guardian.shortcuts import assign_perm

from access import standing
from access.models import Inquiry, User
from tests.integration.access.conftest import (
    RECORDED,
    UNRECORDED,
    ask,
    broken_log,
    signed_in,
    statements,
)
from tests.integration.access.reviewing import (  # noqa: F401 - fixtures
    ASK,
    PERMIT,
    REFUSE,
    acts,
    assigned,
    decide,
    fixture_bureau,
    fixture_carrier,
    fixture_driver,
    fixture_inquiry,
    fixture_manager,
    log,
    not_assigned,
    vote,
)


def shown(user: User, inquiry: Inquiry) -> list[str]:
    """Return what an officer can see of an inquiry, without what differs from request to request."""
    client, pages = signed_in(user), []
    for path in (
        "/reviews/",
        f"/reviews/{inquiry.receipt}/",
        f"/reviews/{inquiry.receipt}/?vote=refuse",
    ):
        response = client.get(path)
        token = str(response.context.get("csrf_token", "TOKEN"))
        pages.append(response.content.decode().replace(token, "TOKEN"))
        pages.append(str(sorted(response.headers.items())))
    return pages


@pytest.mark.parametrize("ballot", [PERMIT, REFUSE, ASK])
def test_an_officer_cannot_tell_whether_and_how_the_other_voted(inquiry, ballot):
    first, second = assigned(inquiry)
    before = shown(second, inquiry)
    assert vote(first, inquiry, ballot).status_code == 302
    assert shown(second, inquiry) == before
    assert first.number not in "".join(before)


def test_the_third_officer_is_not_told_that_he_is_the_third(inquiry):
    third = not_assigned(inquiry)
    first, _second = assigned(inquiry)
    before = shown(first, inquiry)
    decide(inquiry, PERMIT, REFUSE)
    assert third in assigned(inquiry)
    assert shown(third, inquiry) == [page.replace(first.number, third.number) for page in before]


def test_what_comes_after_a_vote_is_the_same_whatever_the_other_did(inquiry, manager, driver):
    pages = []
    for other in (None, PERMIT, REFUSE):
        one = ask(manager, driver)
        first, second = assigned(one)
        if other:
            vote(first, one, other)
        client = signed_in(second)
        answer = client.post(f"/reviews/{one.receipt}/vote/", PERMIT)
        after = client.get(answer["Location"]).content.decode()
        pages.append((answer.status_code, answer["Location"], after.replace(second.number, "R")))
    assert pages[0] == pages[1] == pages[2]


def test_pages_and_statements_are_the_same_for_a_recorded_and_an_unrecorded_person(
    bureau, manager, stated, record
):
    fields = {"provision": "TRANSIT-31", "official_1": "E4", "official_2": "E5"}
    seen, sent = [], []
    reader = User.objects.get(number="R1")
    for person in (RECORDED, UNRECORDED):
        with statements() as made:
            inquiry = ask(manager, stated(person, **fields))
            assign_perm(standing.REVIEW_INQUIRY, reader, inquiry)
            pages = shown(reader, inquiry)
        seen.append([page.replace(inquiry.receipt, "RECEIPT") for page in pages[2:]])
        sent.append([sql for sql in made if "access_" in sql or "registry_" in sql])
    assert seen[0] == seen[1]
    assert not [sql for sql in sent[0] + sent[1] if "registry_" in sql]


def test_no_act_of_a_review_sends_a_statement_about_records(record, inquiry, manager):
    with statements() as sent:
        first = assigned(inquiry)[0]
        signed_in(first).post(f"/reviews/{inquiry.receipt}/name/", {"reason": "compare_letter"})
        decide(inquiry, ASK, PERMIT)
        manager.post(f"/inquiries/{inquiry.receipt}/reply/", {"text": "一"})
        decide(inquiry, PERMIT, REFUSE, PERMIT)
    assert inquiry.status == "granted"
    assert len(sent) > 100
    assert [sql for sql in sent if "registry_" in sql or "sealing_present" in sql] == []


def test_the_person_is_masked_until_the_name_is_asked_for(inquiry):
    reader = assigned(inquiry)[0]
    client = signed_in(reader)
    page = client.get(f"/reviews/{inquiry.receipt}/").content.decode()
    assert "样＊＊" in page
    assert RECORDED[1] not in page
    assert RECORDED[0] not in page
    assert client.get(f"/reviews/{inquiry.receipt}/name/").status_code == 405
    assert RECORDED[1] not in client.post(f"/reviews/{inquiry.receipt}/name/").content.decode()
    assert "name_shown" not in acts()
    shown_once = client.post(f"/reviews/{inquiry.receipt}/name/", {"reason": "compare_letter"})
    assert RECORDED[1] in shown_once.content.decode()
    assert RECORDED[0] not in shown_once.content.decode()
    assert shown_once["Cache-Control"] == "no-store"
    (entry,) = [e for e in log(official=reader.number) if b"name_shown" in bytes(e.body)]
    assert json.loads(bytes(entry.body))["details"]["reason"] == "compare_letter"
    assert RECORDED[1] not in client.get(f"/reviews/{inquiry.receipt}/").content.decode()


def test_no_name_is_shown_when_the_log_cannot_be_written(inquiry):
    client = signed_in(assigned(inquiry)[0])
    with broken_log():
        answer = client.post(f"/reviews/{inquiry.receipt}/name/", {"reason": "compare_letter"})
    assert answer.status_code == 503
    assert RECORDED[1] not in answer.content.decode()


def test_what_officers_write_is_sealed(inquiry, superuser_connection):
    decide(inquiry, PERMIT)
    (row,) = superuser_connection.execute("SELECT * FROM access_reviewvote").fetchall()
    assert not any("样例说明".encode() in value for value in row if isinstance(value, bytes))
    assert "样例说明" not in str([value for value in row if not isinstance(value, bytes)])
