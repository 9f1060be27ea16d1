"""An agency's program asks, reads what was decided and fetches the answer: every status, every member."""

import json
from datetime import timedelta

from django.utils import timezone

from access import confirmations
from access.models import Authorisation, Inquiry, Reminder
from sealing import receipt
from sealing.models import AuditEntry
from sealing.receipts import public_keys
from tests.integration.access.conftest import RECORDED, UNRECORDED, ask, broken_log
from tests.integration.api.conftest import of_a_case, stated

ASK = "/api/v1/inquiries/"


def is_problem(response, status, code):
    """Whether an answer is the problem document with this status and code."""
    assert response.headers["Content-Type"] == "application/problem+json"
    told = response.json()
    assert {"type", "title", "status", "detail", "code"} <= set(told)
    return (response.status_code, told["status"], told["code"]) == (status, status, code)


def test_ask_read_and_fetch_the_answer(program, record):
    asked = program.ask(stated())
    assert asked.status_code == 202
    assert set(asked.json()) == {"receipt", "received_at"}
    number = asked.json()["receipt"]
    decided = program.get(f"{ASK}{number}/")
    assert decided.status_code == 200
    assert set(decided.json()) == {
        *("receipt", "status", "reasons", "provision", "scope", "decided_at", "contest"),
    }
    assert decided.json()["status"] == "granted"
    assert decided.json()["contest"] is None
    answered = program.answer(number)
    assert answered.status_code == 200, answered.content
    assert answered["Cache-Control"] == "no-store"
    told = answered.json()
    assert set(told) == {
        *("receipt", "entry", "provision", "answer", "shape", "matters", "met", "lines"),
        *("confidentiality", "expires_at", "proof"),
    }
    assert (told["answer"], told["shape"], told["provision"]) == (
        "disclosable",
        "yes_no",
        "MINORS-62",
    )
    assert told["matters"] == ["violent_injury"]
    entry = AuditEntry.objects.using("audit").get(pk=told["entry"])
    assert (entry.kind, entry.outcome, entry.inquiry) == ("lookup", "granted", number)
    assert (entry.official, entry.unit) == ("E1", "S1")


def test_a_court_is_given_the_decision(court_program, record):
    number = court_program.ask(of_a_case()).json()["receipt"]
    told = court_program.answer(number).json()
    [line] = told["lines"]
    assert told["provision"] is None
    assert line["decision"]["name"] == RECORDED[1]
    assert line["decision_number"] == "样公行罚决字〔2026〕00001号"


def test_what_is_lacking_is_denied_and_not_malformed(program):
    asked = program.ask(
        stated(purpose=None, post="", letter=None, undertaking=False, officials=[], case=None)
    )
    assert asked.status_code == 202
    told = program.get(f"{ASK}{asked.json()['receipt']}/").json()
    assert told["status"] == "denied"
    assert [reason["code"] for reason in told["reasons"]] == [
        *("two_officials_required", "purpose_missing", "post_missing", "letter_missing"),
        "undertaking_missing",
    ]
    assert all(reason["text"] for reason in told["reasons"])
    assert "60 days" in told["contest"]
    assert "ten working days" in told["contest"]
    assert is_problem(program.answer(asked.json()["receipt"]), 409, "not_granted")


def test_officials_nobody_knows_are_a_reason_and_no_fault(program, client):
    strangers = [{"name": "某甲", "number": "Z1"}, {"name": "某乙", "number": "Z2"}]
    inquiry = Inquiry.objects.get(
        receipt=program.ask(stated(officials=strangers)).json()["receipt"]
    )
    assert inquiry.reasons == ["official_not_named"]
    assert inquiry.made_by == client.account
    assert not client.account.has_usable_password()
    assert not client.account.is_active


UNREADABLE = [
    ({"exception": "curiosity"}, "exception"),
    ({"person": None}, "person"),
    (
        {"person": {"id_type": "resident_id", "id_number": "110105194912310021", "name": "甲"}},
        "person.id_number",
    ),
    (
        {"person": {"id_type": "passport", "id_number": 5, "name": "甲"}},
        "person.id_number",
    ),
    ({"person": {"id_type": "passport", "id_number": "E1", "name": " · "}}, "person.name"),
    (
        {"person": {"id_type": "passport", "id_number": "E1", "name": "\ud800"}},
        "person.name",
    ),
    ({"officials": [{"name": "甲", "number": "警 1"}]}, "officials[0].number"),
    ({"letter": {"number": "1", "issued_on": "20261120"}}, "letter.issued_on"),
    ({"undertaking": "yes"}, "undertaking"),
    ({"case": {"kind": "gossip", "number": "1"}}, "case.kind"),
    ({"chek": "aggravation"}, ""),
]


def test_what_cannot_be_read_is_malformed(program):
    for changes, place in UNREADABLE:
        answer = program.ask(stated() | changes)
        assert is_problem(answer, 400, "malformed"), changes
        assert [fault["place"] for fault in answer.json()["errors"]] == [place]
        assert "甲" not in answer.content.decode()
    assert not Inquiry.objects.exists()


NO_OBJECTS = [
    (b"", "malformed"),
    (b"[]", "not_json"),
    (b"{", "not_json"),
    (b"\xff", "not_json"),
    (b'{"post": NaN}', "not_json"),
    (b'{"post": "a", "post": "b"}', "not_json"),
    (b'{"post": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "not_json"),
    (b'{"person": ' + b'{"a": ' * 5_000 + b"1" + b"}" * 5_000 + b"}", "not_json"),
    (b" " * 65537, "too_large"),
]


def test_no_json_object_of_a_possible_size(program):
    for body, code in NO_OBJECTS:
        assert is_problem(program.post(ASK, body=body), 400, code), body[:9]


def test_the_answer_tells_nothing_of_the_person(program, record):
    """Denied inquiries about a recorded and an unrecorded person: the same bytes but for the receipt."""
    told = []
    for person in (RECORDED, UNRECORDED):
        asked = program.ask(stated(person, provision="PRESCHOOL-44"))
        number = asked.json()["receipt"]
        page = program.get(f"{ASK}{number}/")
        body = page.json() | {"receipt": "", "decided_at": ""}
        told.append((asked.status_code, len(asked.content), len(page.content), body))
    assert told[0] == told[1]


def test_an_answer_may_be_fetched_a_limited_number_of_times(program, record):
    number = program.ask(stated()).json()["receipt"]
    statuses = [program.answer(number).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [410]
    assert is_problem(program.answer(number), 410, "answer_expired")


def test_an_authorisation_taken_away_ends_the_answer(program, school):
    number = program.ask(stated()).json()["receipt"]
    Authorisation.objects.filter(unit=school).update(suspended_at=timezone.now())
    assert is_problem(program.answer(number), 409, "not_granted")


def test_an_official_who_left_is_replaced_by_the_other(program, school):
    number = program.ask(stated()).json()["receipt"]
    school.people.filter(number="E1").update(is_active=False)
    entry = program.answer(number).json()["entry"]
    assert AuditEntry.objects.using("audit").get(pk=entry).official == "E2"


def test_inquiries_of_others_do_not_exist(program, court_program, asker, record):
    number = program.ask(stated()).json()["receipt"]
    for of_others in (number, "2" * 20, "nothing", "٣"):
        assert is_problem(court_program.get(f"{ASK}{of_others}/"), 404, "not_found")
        assert is_problem(court_program.get(f"{ASK}{of_others}/proof/"), 404, "not_found")
    assert is_problem(court_program.answer(number), 404, "not_found")
    assert Inquiry.objects.get(receipt=number).views == 0


def test_an_inquiry_of_the_pages_is_not_the_programs(program, asker, stated):
    inquiry = ask(asker, stated())
    assert is_problem(program.get(f"{ASK}{inquiry.receipt}/"), 404, "not_found")


def test_when_the_log_cannot_be_written_nothing_is_answered(program, record):
    number = program.ask(stated()).json()["receipt"]
    with broken_log():
        assert is_problem(program.ask(stated()), 503, "not_entered")
        assert is_problem(program.answer(number), 503, "not_entered")
        assert is_problem(program.ask(stated(), nonce="used-once", tag="x"), 503, "not_entered")
    assert Inquiry.objects.count() == 1


def test_the_receipt_of_answers_and_denials_is_signed(program, record, tmp_path, capsys):
    [key] = public_keys()
    number = program.ask(stated(officials=[])).json()["receipt"]
    denial = program.get(f"{ASK}{number}/proof/").json()
    granted = program.ask(stated()).json()["receipt"]
    answer = program.answer(granted).json()
    file = tmp_path / "paper.json"
    for paper in (denial, answer):
        file.write_text(json.dumps(paper, ensure_ascii=False), encoding="utf-8")
        assert receipt.main([str(file), "--key", key["public_key"]]) == 0
    assert denial["outcome"] == "denied"
    assert program.browser.get("/api/v1/receipt-keys/").json() == {"keys": [key]}
    for paper in (denial, answer["proof"]):
        entry = AuditEntry.objects.using("audit").get(pk=paper["entry"])
        assert bytes(entry.leaf_hash).hex() == paper["leaf_hash"]
        assert RECORDED[0] not in json.dumps(paper)
    file.write_text(json.dumps(denial | {"outcome": "granted"}), encoding="utf-8")
    assert receipt.main([str(file), "--key", key["public_key"]]) == 1


def test_provisions_are_those_in_force_and_authorised(program, court_program, school):
    listed = program.get("/api/v1/provisions/").json()
    assert [known["id"] for known in listed] == ["MINORS-62"]
    assert court_program.get("/api/v1/provisions/").json() == []
    yesterday = timezone.localdate() - timedelta(days=1)
    Authorisation.objects.filter(unit=school).update(valid_to=yesterday)
    assert program.get("/api/v1/provisions/").json() == []


def test_methods_and_addresses_that_are_not_there(program):
    assert is_problem(program.get(ASK), 405, "method_not_allowed")
    assert is_problem(program.get("/api/v1/token/"), 405, "method_not_allowed")
    assert is_problem(program.get("/api/v1/records/"), 404, "not_found")
    assert is_problem(program.get("/api/v1/"), 404, "not_found")
    assert is_problem(program.get("/api/v1/inquiries"), 404, "not_found")


def test_problems_are_told_in_the_language_of_the_caller(program):
    told = program.get(ASK, **{"Accept-Language": "zh-Hans"}).json()
    assert told["title"] == "不允许的方法"


def test_answers_left_unaccounted_for_are_asked_about_first(program, record):
    """Whatever the answer said: the program's officials state it on the site, then it asks again."""
    opened = [program.ask(stated(person)).json()["receipt"] for person in (RECORDED, UNRECORDED)]
    assert [program.answer(number).status_code for number in opened] == [200, 200]
    Inquiry.objects.update(expires_at=timezone.now())
    assert confirmations.remind() == 2
    for number in opened:
        Reminder.objects.update(closed_on=timezone.localdate())
        long_ago = timezone.localdate() - timedelta(days=91)
        late = Reminder.objects.filter(inquiry__receipt=number)
        late.update(closed_on=None, due_on=long_ago)
        refused = program.ask(stated(UNRECORDED))
        assert is_problem(refused, 429, "confirmation_overdue")
        assert "Retry-After" not in refused.headers
    assert Inquiry.objects.count() == 2
    Reminder.objects.update(closed_on=timezone.localdate())
    assert program.ask(stated(UNRECORDED)).status_code == 202
