"""One lookup: what it discloses, what it leaves in the log, what it costs, and what stops it."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import answers, authorisations, lookups
from access.inquiry import VIEWS_ALLOWED, Inquiry
from access.models import Unit, User
from access.roles import Role, grant
from registry.models import ViolationRecord
from registry.record_proof import Altered
from sealing.audit_log import NotEntered
from sealing.fields import SealedField
from sealing.models import AuditEntry
from sealing.subject import lock_index
from tests.integration.sealing.rows import sealed_record

from .conftest import ID_NUMBER, NAME


def log(**wanted) -> list[AuditEntry]:
    return list(AuditEntry.objects.using("audit").filter(kind="lookup", **wanted).order_by("id"))


def test_a_hit_is_disclosed_and_both_entries_are_in_the_log(inquiry, officials, record):
    disclosed = lookups.look_up(inquiry=inquiry, by=officials[0])
    assert disclosed.answer.as_dict() == {
        "answer": "disclosable",
        "shape": "yes_no",
        "matters": ["violent_injury"],
        "met": None,
        "lines": [],
    }
    granted, answered = log()
    assert (granted.outcome, answered.outcome) == ("granted", "disclosed")
    assert granted.id == disclosed.entry
    assert (granted.unit, granted.official, granted.inquiry) == ("U900", "F9001", inquiry.receipt)
    body = json.loads(bytes(answered.body))
    assert body["details"]["lookup"] == str(granted.id)
    whole = b"".join(bytes(entry.body) for entry in log()).decode()
    for told in (ID_NUMBER, NAME, "violent", "disclosable"):
        assert told not in whole


def test_the_digest_proves_an_answer_without_telling_it(inquiry, officials, record):
    for _ in range(2):
        lookups.look_up(inquiry=inquiry, by=officials[0])
    digests = [
        json.loads(bytes(entry.body))["details"]["answer_digest"]
        for entry in log(outcome="disclosed")
    ]
    assert len(set(digests)) == 2, "equal answers must not look equal"


def test_one_lookup_costs_at_most_ten_statements_and_two_commits(inquiry, officials, record):
    found = Inquiry.objects.select_related("unit").get(pk=inquiry.pk)
    with CaptureQueriesContext(connection) as spent:
        lookups.look_up(inquiry=found, by=officials[0])
    statements = [query["sql"] for query in spent.captured_queries]
    assert len(statements) <= 10, statements
    assert statements.count("COMMIT") == 2


@pytest.mark.parametrize("name", ["样本人物乙", "", "样本"])
def test_another_name_is_nothing_disclosable(inquiry, officials, record, name):
    inquiry.name = name
    inquiry.save()
    answer = lookups.look_up(inquiry=inquiry, by=officials[0]).answer
    assert answer == answers.nothing_disclosable(answer.shape)


def test_nothing_disclosable_is_one_answer(inquiry, officials, record):
    """No record, another matter and a revoked record read the same."""
    heard = [lookups.look_up(inquiry=inquiry, by=officials[0]).answer.canonical_bytes()]
    revoke(record)
    heard.append(lookups.look_up(inquiry=inquiry, by=officials[0]).answer.canonical_bytes())
    inquiry.id_number = "110105194912310011"
    inquiry.save()
    heard.append(lookups.look_up(inquiry=inquiry, by=officials[0]).answer.canonical_bytes())
    assert b"violent_injury" in heard[0]
    assert heard[1] == heard[2]


def revoke(record: ViolationRecord) -> None:
    """File the tombstone of a record."""
    known = {"outcome": "revoked", "replaces": record.id, "id_number": ID_NUMBER}
    sealed_record(bytes(record.subject), **known)


def test_case_handling_reads_the_decision(case_inquiry, officials, record):
    answer = lookups.look_up(inquiry=case_inquiry, by=officials[0]).answer
    [line] = answer.as_dict()["lines"]
    assert line["decision"]["name"] == NAME
    assert line["penalty"]["detention_days"] == 5
    assert line["offence"] not in ("", line["offence_code"])


class TestAltered:
    """Whoever can write to the tables past every guard still cannot have a changed record told."""

    @pytest.fixture
    def change(self, superuser_connection, record):
        def changed(sql: str) -> None:
            superuser_connection.execute("SET session_replication_role = replica")
            found = superuser_connection.execute(
                f"UPDATE registry_violationrecord SET {sql} WHERE id = %s", [record.pk]
            )
            superuser_connection.execute("RESET session_replication_role")
            assert found.rowcount == 1

        return changed

    @pytest.mark.parametrize(
        "sql",
        [
            "detention_days = 15",
            "offence_code = 'PSL2025-051-2-0'",
            "decided_on = decided_on + 1",
            "organ_code = '110101000000'",
            "law = '2012'",
            "facts = address",
            "facts = set_byte(facts, 20, get_byte(facts, 20) # 1)",
            "content_digest = set_byte(content_digest, 0, get_byte(content_digest, 0) # 1)",
            "stage = 'withdrawn', fine = 9",
        ],
    )
    def test_an_altered_record_is_an_error_and_nothing_is_disclosed(
        self, case_inquiry, officials, change, sql
    ):
        change(sql)
        with pytest.raises(Altered):
            lookups.look_up(inquiry=case_inquiry, by=officials[0])
        assert [entry.outcome for entry in log()] == ["granted", "failed"]

    def test_a_record_moved_to_another_person_of_the_same_name_is_an_error(
        self, case_inquiry, officials, change
    ):
        case_inquiry.id_number = "110105194912310011"
        case_inquiry.save()
        other = lock_index("resident_id", "110105194912310011").hex()
        change(f"subject = '\\x{other}'")
        with pytest.raises(Altered):
            lookups.look_up(inquiry=case_inquiry, by=officials[0])
        assert log(outcome="disclosed") == []

    def test_of_what_is_not_told_only_the_person_is_opened(
        self, inquiry, officials, record, monkeypatch
    ):
        monkeypatch.setattr(lookups, "prove", lambda _: 1 / 0)
        opened: list[str] = []
        as_before = SealedField.opened

        def noted(field, row, value):
            if isinstance(row, ViolationRecord):
                opened.append(field.name)
            return as_before(field, row, value)

        monkeypatch.setattr(SealedField, "opened", noted)
        inquiry.name = "样本人物乙"
        inquiry.save()
        lookups.look_up(inquiry=inquiry, by=officials[0])
        assert sorted(opened) == ["id_number", "id_type", "name"]


class TestRefused:
    """Nothing is read, and the refusal is in the log."""

    @pytest.fixture(autouse=True)
    def no_record_is_read(self, inquiry, record):
        def watch(execute, sql, params, many, context):
            assert "registry_violationrecord" not in sql
            return execute(sql, params, many, context)

        with connection.execute_wrapper(watch):
            yield
        assert log(outcome="disclosed") == []

    def refused(self, inquiry, by, error=lookups.NotGranted):
        with pytest.raises(error):
            lookups.look_up(inquiry=inquiry, by=by)
        [entry] = log(inquiry=inquiry.receipt)
        assert entry.outcome == "denied"

    @pytest.mark.parametrize("status", ["received", "under_review", "denied"])
    def test_not_granted(self, inquiry, officials, status):
        Inquiry.objects.filter(pk=inquiry.pk).update(status=status, scope=None)
        self.refused(inquiry, officials[0])

    def test_suspended_since(self, inquiry, officials, authorisation):
        authorisation.suspended_at = timezone.now()
        authorisation.save()
        self.refused(inquiry, officials[0])

    def test_authorisation_ended_since(self, inquiry, officials, authorisation):
        yesterday = timezone.localdate() - timedelta(days=1)
        authorisations.load(
            unit=authorisation.unit,
            ground=authorisation.ground,
            valid_from=yesterday,
            valid_to=yesterday,
            officials=officials,
            by="test",
            kept=authorisation,
        )
        self.refused(inquiry, officials[0])

    def test_official_no_longer_named(self, inquiry, officials, authorisation):
        authorisation.officials.remove(officials[0])
        self.refused(inquiry, officials[0])

    def test_an_official_who_is_not_of_the_inquiry(self, inquiry, unit, authorisation):
        third = User.objects.create_user("F9003", unit=unit)
        grant(user=third, role=Role.INQUIRER, by="test")
        authorisations.load(
            unit=unit,
            ground=authorisation.ground,
            valid_from=authorisation.valid_from,
            valid_to=authorisation.valid_to,
            officials=[*authorisation.officials.all(), third],
            by="test",
            kept=authorisation,
        )
        self.refused(inquiry, third)

    def test_unit_closed(self, inquiry, officials, unit):
        unit.active = False
        unit.save()
        self.refused(inquiry, officials[0])

    def test_authorised_for_something_else(self, inquiry, officials, authorisation):
        authorisations.suspend_all_of(unit=inquiry.unit, by=officials[0])
        self.load(authorisation, unit=inquiry.unit, ground="PRESCHOOL-44", officials=officials)
        self.refused(inquiry, officials[0])

    def test_an_official_who_has_gone_to_a_unit_that_is_authorised(
        self, inquiry, officials, authorisation
    ):
        other = Unit.objects.create(code="U901", name="另一单位", kind=inquiry.unit.kind)
        User.objects.filter(pk=officials[0].pk).update(unit=other)
        authorisations.suspend_all_of(unit=inquiry.unit, by=officials[1])
        self.load(authorisation, unit=other, ground=authorisation.ground, officials=[officials[0]])
        self.refused(inquiry, officials[0])

    def load(self, like, *, unit, ground, officials):
        days = {"valid_from": like.valid_from, "valid_to": like.valid_to}
        authorisations.load(unit=unit, ground=ground, **days, officials=officials, by="test")

    def test_time_over(self, inquiry, officials):
        Inquiry.objects.filter(pk=inquiry.pk).update(expires_at=timezone.now())
        self.refused(inquiry, officials[0], lookups.Expired)

    def test_read_too_often(self, inquiry, officials):
        Inquiry.objects.filter(pk=inquiry.pk).update(views=VIEWS_ALLOWED)
        self.refused(inquiry, officials[0], lookups.Expired)


class TestLogOrStop:
    """If an entry cannot be written, nothing is disclosed."""

    @pytest.mark.parametrize("outcome", ["granted", "disclosed"])
    def test_an_entry_that_cannot_be_written(self, inquiry, officials, record, outcome):
        def broken(execute, sql, params, many, context):
            if "INSERT INTO sealing_auditentry" in sql and outcome in params:
                raise DatabaseError("the disk is full")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(broken), pytest.raises(NotEntered):
            lookups.look_up(inquiry=inquiry, by=officials[0])
        assert log(outcome="disclosed") == []
        assert [entry.outcome for entry in log(outcome="failed")] == (
            ["failed"] if outcome == "disclosed" else []
        )

    def test_no_read_before_the_entry_is_committed(self, inquiry, officials, record):
        seen: list[str] = []

        def note(execute, sql, params, many, context):
            if "registry_violationrecord" in sql:
                seen.append(f"read after {len(log(outcome='granted'))}")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            lookups.look_up(inquiry=inquiry, by=officials[0])
        assert seen == ["read after 1"]

    def test_an_error_while_shaping_is_in_the_log(self, inquiry, officials, record, monkeypatch):
        monkeypatch.setattr(answers, "shape", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            lookups.look_up(inquiry=inquiry, by=officials[0])
        assert [entry.outcome for entry in log()] == ["granted", "failed"]
        assert ViolationRecord.objects.count() == 0
