"""An inquiry is decided and entered once, whoever it is about."""

import json

import pytest
from django.db import connection

from access import standing
from access.models import Inquiry, User
from sealing.audit_log import NotEntered
from sealing.subject import log_index
from tests.integration.access.asking import (
    NO_RIGHT,
    entries,
    send,
)
from tests.integration.access.conftest import (
    RECORDED,
    UNRECORDED,
    ask,
    broken_log,
    page_of,
    signed_in,
    statements,
)


def test_granted_inquiry_is_entered_with_its_ground_and_without_the_person(asker, stated):
    inquiry = ask(asker, stated())
    assert inquiry.status == "granted"
    (entry,) = entries(kind="inquiry")
    assert (entry.outcome, entry.unit, entry.official) == ("granted", "S1", "E1")
    assert (entry.exception, entry.provision) == ("state_regulation", "MINORS-62")
    assert (entry.inquiry, entry.person) == (inquiry.receipt, log_index("resident_id", RECORDED[0]))
    body = bytes(entry.body).decode()
    assert json.loads(body)["details"]["scope"]["shape"] == "yes_no"
    for typed in (*RECORDED, "核实拟聘人员情况", "函〔2026〕1号"):
        assert typed not in body


def test_denial_is_entered_with_its_reasons_in_order(asker, stated):
    inquiry = ask(asker, stated(**NO_RIGHT, post=None, undertaking=None))
    (entry,) = entries(kind="inquiry")
    assert inquiry.status == entry.outcome == "denied"
    expected = [
        "not_state_regulation",
        "unit_not_authorised",
        "post_missing",
        "undertaking_missing",
    ]
    assert inquiry.reasons == entry.reasons == expected


def test_unknown_provision_is_denied_and_what_was_typed_is_not_kept(asker, stated):
    inquiry = ask(asker, stated(provision="样本人物甲"))
    assert inquiry.reasons == ["provision_unknown", "unit_not_authorised"]
    (entry,) = entries(kind="inquiry")
    assert inquiry.provision == entry.provision == ""
    assert "样本人物甲" not in bytes(entry.body).decode()


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize("changes", [NO_RIGHT, {"purpose": " "}, {"official_2": "E9"}])
def test_denial_sends_no_statement_about_records(asker, stated, changes):
    with statements() as sent:
        inquiry = ask(asker, stated(**changes))
        page_of(asker, inquiry)
        assert asker.post(f"/inquiries/{inquiry.receipt}/answer/").status_code == 409
    assert inquiry.status == "denied"
    assert any("access_inquiry" in sql for sql in sent)
    assert [sql for sql in sent if "registry_" in sql or "sealing_present" in sql] == []


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize("changes", [NO_RIGHT, {"purpose": " "}, {}])
def test_pages_and_statements_are_the_same_for_a_recorded_and_an_unrecorded_person(
    asker, stated, changes
):
    pages, sent = [], []
    for person in (RECORDED, UNRECORDED):
        with statements() as made:
            response = asker.post("/inquiries/new/", stated(person, **changes) | {"confirm": "1"})
            inquiry = Inquiry.objects.get(receipt=response["Location"].split("/")[2])
            shown = asker.get(f"/inquiries/{inquiry.receipt}/")
        headers = sorted((name, value) for name, value in shown.items() if name != "Content-Length")
        text = shown.content.decode().replace(inquiry.receipt, "RECEIPT")
        text = text.replace(str(shown.context["csrf_token"]), "TOKEN")
        pages.append((response.status_code, shown.status_code, headers, text, len(shown.content)))
        sent.append(made)
    assert pages[0] == pages[1]
    assert sent[0] == sent[1]
    assert RECORDED[1] not in pages[0][3]


def test_nothing_is_stored_when_the_log_cannot_be_written(asker, stated):
    before = len(entries())
    with broken_log():
        response = asker.post("/inquiries/new/", stated())
    assert response.status_code == 503
    assert "Nothing was disclosed" in response.content.decode()
    assert not Inquiry.objects.exists()
    assert len(entries()) == before
    assert ask(asker, stated()).status == "granted"


def test_inquiry_that_cannot_be_kept_is_not_in_the_log_either(official, monkeypatch):
    def fail(inquiry):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    monkeypatch.setattr(standing, "let_see", fail)
    with pytest.raises(NotEntered):
        send(official)
    assert entries(kind="inquiry") == []
    assert not Inquiry.objects.exists()


def test_error_while_deciding_is_a_denial_in_the_log(asker, stated, monkeypatch):
    def fail(**of):
        raise ValueError("样本人物甲")

    monkeypatch.setattr(standing, "standing_of", fail)
    inquiry = ask(asker, stated())
    (entry,) = entries(kind="inquiry")
    assert (inquiry.status, inquiry.scope) == (entry.outcome, None) == ("denied", None)
    assert json.loads(bytes(entry.body))["details"]["failure"] == "ValueError"
    assert "样本人物甲" not in bytes(entry.body).decode()


def test_the_same_form_sent_twice_is_one_inquiry_and_another_person_is_another(asker, stated):
    form = asker.get("/inquiries/new/?exception=state_regulation&provision=MINORS-62").context[
        "form"
    ]
    twice = stated() | {"form_id": form["form_id"].value()}
    first, second = ask(asker, twice), ask(asker, twice)
    third = ask(asker, twice | {"id_number": UNRECORDED[0], "name": UNRECORDED[1]})
    assert first == second
    assert third != first
    assert Inquiry.objects.count() == len(entries(kind="inquiry")) == 2


def test_form_key_of_somebody_else_is_not_taken(asker, stated):
    form = asker.get("/inquiries/new/?exception=state_regulation&provision=MINORS-62").context[
        "form"
    ]
    key = {"form_id": form["form_id"].value()}
    mine = ask(asker, stated() | key)
    other = signed_in(User.objects.get(number="E3"))
    theirs = ask(other, stated(official_1="E3") | key)
    assert theirs.pk != mine.pk
    assert theirs.made_by.number == "E3"
