"""A sandbox's program is answered as any other's, about made-up persons only: no record, no lookup, no lock."""

import contextlib
import json
from datetime import timedelta

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone
from guardian.shortcuts import assign_perm

from access import authorisations, lookups, reviewers, sandbox, standing
from access.confirmations import remind
from access.log_vocabulary import teach
from access.models import Inquiry, Unit, User
from access.review_clock import under_review
from access.roles import Role, grant
from access.watching import events
from sealing import audit_log, index_version, log_counts, log_lines, log_words, receipt
from sealing.audit_log import Entry, Kind, NotEntered, Outcome
from sealing.models import AuditEntry
from sealing.receipts import public_keys
from sealing.subject import lock_index, log_index
from tests.integration.access.conftest import RECORDED, UNRECORDED, statements
from tests.integration.api.conftest import of_a_case, stated
from tests.integration.api.test_inquiries import ASK, is_problem

BY_CASE = {person.answers: person for person in sandbox.PERSONS}


def sandbox_unit(code="T1", kind="school", ground="MINORS-62", numbers=("E91", "E92")):
    """A sandbox whose two officials are named in one authorisation, as the units file makes it."""
    unit = Unit.objects.create(code=code, kind=kind, name="虚构测试单位", sandbox=True)
    for number in numbers:
        User.objects.create_user(number, unit=unit)
    today = timezone.localdate()
    authorisations.load(
        unit=unit,
        ground=ground,
        valid_from=today - timedelta(days=9),
        valid_to=today + timedelta(days=9),
        officials=User.objects.filter(unit=unit),
        by="test",
    )
    return unit


@pytest.fixture(name="sandboxed")
def fixture_sandboxed(db):
    return sandbox_unit()


@pytest.fixture(name="tester")
def fixture_tester(sandboxed, program_of):
    """The program of a sandbox."""
    return program_of(sandboxed)


def of(person, **changes):
    """A faultless inquiry of the sandbox about a made-up person or any other."""
    asked = (person.id_number, person.name) if isinstance(person, sandbox.MadeUpPerson) else person
    officials = [{"name": "虚构甲", "number": "E91"}, {"name": "虚构乙", "number": "E92"}]
    return stated(asked, officials=officials) | changes


def asked(program, document):
    """Ask, and return the receipt and what was decided."""
    response = program.ask(document)
    assert response.status_code == 202, response.content
    number = response.json()["receipt"]
    return number, program.get(f"{ASK}{number}/").json()


def kinds_of(number):
    """The kinds and outcomes of an inquiry's entries, in their order."""
    found = AuditEntry.objects.using("audit").filter(inquiry=number).order_by("id")
    return [(entry.kind, entry.outcome) for entry in found]


EVERY_CASE = {
    "records_shown": ("granted", [], ["violent_injury"]),
    "one_matter": ("granted", [], []),
    "other_matters": ("granted", [], []),
    "revoked": ("granted", [], []),
    "no_record": ("granted", [], []),
    "under_review": ("under_review", [], None),
    "permitted_on_review": ("granted", [], ["violent_injury"]),
    **{
        code: ("denied", [code], None)
        for code in (
            *("refused_on_review", "unit_not_authorised", "authorisation_expired"),
            *("official_not_named", "letter_expired", "budget_exhausted"),
        )
    },
}


def test_each_made_up_person_is_answered_as_the_guide_says(tester):
    assert set(BY_CASE) == set(EVERY_CASE)
    for case, (status, reasons, matters) in EVERY_CASE.items():
        number, decided = asked(tester, of(BY_CASE[case]))
        told = [reason["code"] for reason in decided["reasons"]]
        assert (decided["status"], told) == (status, reasons), case
        answered = tester.answer(number)
        if matters is None:
            assert is_problem(answered, 409, "not_granted"), case
            continue
        document = answered.json()
        assert document["matters"] == matters, case
        assert document["answer"] == ("disclosable" if matters else "nothing_disclosable")


def test_every_member_status_and_limit_is_that_of_a_real_unit(tester, program, record, tmp_path):
    number, decided = asked(tester, of(BY_CASE["records_shown"]))
    real_number, real_decided = asked(program, stated())
    blank = {"receipt": "", "decided_at": ""}
    assert decided | blank == real_decided | blank
    told, real = tester.answer(number).json(), program.answer(real_number).json()
    own = {"receipt": "", "entry": "", "expires_at": "", "proof": {}}
    assert told | own == real | own
    assert set(told["proof"]) == set(real["proof"])
    (tmp_path / "answer.json").write_text(json.dumps(told))
    [key] = public_keys()
    assert receipt.main([str(tmp_path / "answer.json"), "--key", key["public_key"]]) == 0
    statuses = [tester.answer(number).status_code for _ in range(5)]
    assert statuses == [200] * 4 + [410]


def test_calls_are_signed_spent_and_repeated_as_elsewhere(tester):
    document = of(BY_CASE["no_record"])
    assert is_problem(tester.ask(document, sent=b"{}"), 401, "body_changed")
    first = tester.ask(document, key="one", nonce="spent-once").json()
    assert is_problem(tester.ask(document, key="one", nonce="spent-once"), 409, "nonce_used")
    assert tester.ask(document, key="one").json() == first
    other = of(BY_CASE["revoked"])
    assert is_problem(tester.ask(other, key="one"), 409, "idempotency_conflict")
    assert is_problem(tester.ask(document | {"person": None}), 400, "malformed")
    assert Inquiry.objects.count() == 1


def test_a_person_with_a_sealed_record_is_anybody_to_a_sandbox(tester, record):
    """The attack: an integrator tries a real number. The same bytes and statements, and none about records."""
    told, sent = [], []
    assert tester.token
    for person in (UNRECORDED, RECORDED):
        with statements() as made:
            number, decided = asked(tester, of(person))
            answered = tester.answer(number)
        body = answered.json() | {"receipt": "", "entry": "", "expires_at": "", "proof": ""}
        told.append((decided | {"receipt": "", "decided_at": ""}, body, len(answered.content)))
        sent.append(made)
        assert kinds_of(number) == [
            ("sandbox_inquiry", "granted"),
            ("sandbox_lookup", "granted"),
            ("sandbox_lookup", "disclosed"),
        ]
    assert told[0] == told[1]
    assert told[0][1]["answer"] == "nothing_disclosable"
    assert sent[0] == sent[1]
    assert [sql for sql in sent[1] if "registry_" in sql or "sealing_present" in sql] == []
    assert not AuditEntry.objects.using("audit").filter(kind__in=["lookup", "inquiry"]).exists()


def test_a_sandbox_of_a_court_is_given_made_up_decisions_only(db, program_of, record):
    unit = sandbox_unit("T7", "court", "case_handling")
    program = program_of(unit)
    made_up = BY_CASE["records_shown"]
    officials = of(made_up)["officials"]
    for person, count in (((made_up.id_number, made_up.name), 4), (RECORDED, 0)):
        document = of_a_case(officials=officials) | {"person": stated(person)["person"]}
        number, _decided = asked(program, document)
        lines = program.answer(number).json()["lines"]
        assert len(lines) == count
        assert all("虚构" in line["decision"]["facts"] + line["organ"] for line in lines)


def test_a_real_unit_is_told_nothing_of_a_made_up_person(program):
    made_up = BY_CASE["records_shown"]
    number, decided = asked(program, stated((made_up.id_number, made_up.name)))
    assert decided["status"] == "granted"
    assert program.answer(number).json()["answer"] == "nothing_disclosable"
    refused = BY_CASE["authorisation_expired"]
    _number, decided = asked(program, stated((refused.id_number, refused.name)))
    assert decided["status"] == "granted"


def test_a_fault_of_the_inquiry_comes_first(tester):
    _number, decided = asked(tester, of(BY_CASE["records_shown"], letter=None, post=""))
    assert [reason["code"] for reason in decided["reasons"]] == ["post_missing", "letter_missing"]


def test_budgets_hold_for_a_sandbox(tester, sandboxed):
    Unit.objects.filter(pk=sandboxed.pk).update(daily_budget=1)
    assert asked(tester, of(UNRECORDED))[1]["status"] == "granted"
    _number, decided = asked(tester, of(BY_CASE["records_shown"]))
    assert [reason["code"] for reason in decided["reasons"]] == ["budget_exhausted"]


def test_no_reviewer_no_reminder_no_alert_and_no_statistics_of_a_sandbox(tester):
    waiting, _decided = asked(tester, of(BY_CASE["under_review"]))
    opened, _decided = asked(tester, of(BY_CASE["records_shown"]))
    tester.answer(opened)
    assert reviewers.too_few() == []
    assert list(under_review()) == []
    Inquiry.objects.filter(receipt=opened).update(expires_at=timezone.now() - timedelta(days=1))
    assert remind() == 0
    day = timedelta(days=1)
    now = timezone.now()
    assert list(events(since=now - day, until=now + day)) == []
    asked(tester, of(BY_CASE["letter_expired"]))
    span = log_counts.Span(now - day, now + day)
    assert log_counts.inquiries_by_unit(span, most=9) == log_counts.denials_by_reason(span) == []
    counted = {kind for kind, _outcome, _count in log_counts.by_kind(span)}
    assert {"sandbox_inquiry", "sandbox_lookup"} <= counted
    assert not counted & {"inquiry", "lookup"}
    assert kinds_of(waiting) == [("sandbox_inquiry", "under_review")]


def test_what_a_sandbox_did_reads_as_such_in_the_log(tester):
    teach()
    number, _decided = asked(tester, of(RECORDED))
    entry = AuditEntry.objects.using("audit").get(inquiry=number)
    assert log_lines.lines([entry])[0]["kind"] == "Sandbox: inquiry"
    assert "of the sandbox T1 (虚构测试单位) tried an inquiry" in log_words.sentence(entry)
    assert entry.person == log_index("resident_id", RECORDED[0])


@pytest.fixture(name="granted")
def fixture_granted(tester):
    number, _decided = asked(tester, of(RECORDED))
    return Inquiry.objects.select_related("unit").get(receipt=number)


def test_the_database_takes_no_lookup_of_a_sandbox(sandboxed):
    for kind in (Kind.LOOKUP, Kind.INQUIRY, Kind.NOTIFICATION):
        with pytest.raises(NotEntered):
            audit_log.enter_alone(Entry(kind=kind, outcome=Outcome.GRANTED, unit=sandboxed.code))


def test_the_database_takes_no_sandbox_entry_of_anybody_else(school):
    for code in (school.code, "", "NOBODY"):
        with pytest.raises(NotEntered):
            audit_log.enter_alone(
                Entry(kind=Kind.SANDBOX_LOOKUP, outcome=Outcome.GRANTED, unit=code)
            )


def test_the_lock_does_not_open_for_a_sandboxs_entry(sandboxed, record, app_connection):
    """The attack: a program that presents the entry itself, with the subject of a real record."""
    subject = lock_index("resident_id", RECORDED[0])
    entered = audit_log.enter_alone(
        Entry(
            kind=Kind.SANDBOX_LOOKUP,
            outcome=Outcome.GRANTED,
            subject=subject,
            unit=sandboxed.code,
        )
    )
    real = audit_log.enter_alone(
        Entry(kind=Kind.LOOKUP, outcome=Outcome.GRANTED, subject=subject, unit="NOBODY")
    )
    read = []
    for entry in (entered, real):
        with app_connection.transaction():
            with contextlib.suppress(psycopg.Error), app_connection.transaction():
                app_connection.execute(
                    "SELECT sealing_present(%s, %s, %s)",
                    [entry.id, subject, index_version.current()],
                )
            rows = app_connection.execute("SELECT count(*) FROM registry_violationrecord")
            read.append(rows.fetchone())
    assert read == [(0,), (1,)]


def test_a_lookup_that_forgets_the_branch_is_refused(granted, monkeypatch, record):
    """Were the program to take a sandbox for a unit, the database would not enter the lookup."""
    granted.unit.sandbox = False
    by = User.objects.get(number="E91")
    with pytest.raises(NotEntered):
        lookups.look_up(inquiry=granted, by=by)
    assert Inquiry.objects.get(pk=granted.pk).views == 0


@pytest.mark.parametrize("role", ["app", "owner"])
def test_no_unit_becomes_a_sandbox_and_no_sandbox_a_unit(role, school, sandboxed, connect):
    with connect(role) as attacker:
        for change in ("sandbox = NOT sandbox", "code = code || 'x', sandbox = NOT sandbox"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                attacker.execute(f"UPDATE access_unit SET {change}")
            attacker.rollback()
    assert list(Unit.objects.order_by("code").values_list("sandbox", flat=True)) == [False, True]


def test_the_units_file_makes_a_sandbox_and_never_changes_one(db, tmp_path, school):
    path = tmp_path / "units.json"
    officials = [{"name": "虚构甲", "number": "E91"}, {"name": "虚构乙", "number": "E92"}]
    held = {"for": "MINORS-62", "from_days": -5, "to_days": 5, "officials": ["E91", "E92"]}
    row = {"code": "T9", "name": "虚构测试单位", "kind": "school", "sandbox": True}
    row |= {"officials": officials, "authorisations": [held]}
    path.write_text(json.dumps([row]))
    call_command("load_units", path)
    assert Unit.objects.get(code="T9").sandbox
    assert not User.objects.get(number="E91").groups.exists()
    for changed in (row | {"sandbox": False}, row | {"code": school.code, "sandbox": True}):
        path.write_text(json.dumps([changed]))
        with pytest.raises(CommandError, match=r"\[0\]\.sandbox"):
            call_command("load_units", path)
    path.write_text(json.dumps([row | {"sandbox": "yes"}]))
    with pytest.raises(CommandError, match=r"\[0\]\.sandbox"):
        call_command("load_units", path)


def test_nobody_asks_for_a_sandbox_on_the_pages(school, sandboxed):
    """Role and standing do not help: a sandbox is for programs."""
    user = User.objects.get(number="E91")
    grant(user=user, role=Role.INQUIRER, by="test")
    assign_perm(standing.INQUIRE_FOR, user, sandboxed)
    with pytest.raises(PermissionDenied):
        standing.inquiring_unit(user)


def test_a_failure_of_the_database_answers_nothing(tester):
    number, _decided = asked(tester, of(BY_CASE["records_shown"]))

    def fail(execute, sql, params, many, context):
        if "sealing_auditentry" in sql:
            raise DatabaseError
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        assert is_problem(tester.answer(number), 503, "not_entered")
    assert Inquiry.objects.get(receipt=number).views == 0
