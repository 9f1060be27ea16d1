"""Who may correct, what the log says of it, and what the database keeps by itself."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError

from registry import drafting
from registry.filing import Refused, file_record
from registry.models import ViolationRecord
from registry.officers import Officer, officer_of
from tests.integration.registry.conftest import cells, decision, id_number
from tests.integration.registry.correcting import (  # noqa: F401 - fixtures
    HURT,
    NUMBERS,
    Acts,
    correction,
    fixture_filed,
    fixture_happens,
    fixture_submitted,
)
from tests.integration.sealing.rows import draft as raw_draft
from tests.integration.sealing.rows import sealed_record


def test_nobody_files_his_own_correction(
    filed: Acts, account: Callable[..., Any], submitted: Acts, on_file: Callable[..., int]
) -> None:
    filed(**HURT)
    both = officer_of(account("P300", "clerk", "verifying_officer"))
    with pytest.raises(PermissionDenied):
        file_record(draft=submitted("revoked", by=both), by=both)
    assert on_file() == 1


def test_another_units_record_is_out_of_reach_and_reads_like_none(
    filed: Acts, account: Callable[..., Any], submitted: Acts, on_file: Callable[..., int]
) -> None:
    filed(**HURT)
    elsewhere = {"unit": "310115000000"}
    theirs = officer_of(account("P301", "clerk", **elsewhere))
    second = officer_of(account("P302", "verifying_officer", **elsewhere))
    with pytest.raises(Refused) as refusal:
        file_record(draft=submitted("revoked", by=theirs), by=second)
    with pytest.raises(Refused) as none:
        file_record(
            draft=submitted("revoked", by=theirs, decision_number="无此〔2026〕1号"), by=second
        )
    assert refusal.value.findings == none.value.findings
    assert on_file() == 1


def test_the_log_names_what_happened_and_both_rows_and_nothing_of_the_person(
    filed: Acts, happens: Acts, submitted: Acts, verifier: Officer, superuser_connection: Any
) -> None:
    filed(**HURT)
    happens("revoked")
    with pytest.raises(Refused):
        file_record(draft=submitted("void"), by=verifier)
    entries = [
        json.loads(bytes(body))
        for (body,) in superuser_connection.execute(
            "SELECT body FROM sealing_auditentry WHERE kind = 'filing' ORDER BY id"
        )
    ]
    first, second, refused = (entry["details"] for entry in entries)
    assert second["replaces"] == first["record"]
    assert (second["act"], refused["act"]) == ("revoked", "void")
    assert "replaces" not in refused
    assert entries[2]["reasons"] == ["no_record_in_force"]
    assert len({entry["person"] for entry in entries}) == 1
    whole = json.dumps(entries, ensure_ascii=False)
    for private in (cells()["name"], cells()["id_number"], "样例理由", "7号"):
        assert private not in whole


def test_reason_document_and_names_on_file_are_ciphertext(
    filed: Acts, submitted: Acts, superuser_connection: Any
) -> None:
    draft = submitted("revoked")
    held = ViolationRecord.objects.get(pk=draft.pk)
    assert (held.outcome_reason, held.replaced_number) == ("样例理由", NUMBERS[0])
    stored = superuser_connection.execute(
        "SELECT outcome_reason, outcome_document, replaced_organ, replaced_number, replaced_act,"
        " decision_number, id_number FROM registry_violationrecord"
    ).fetchone()
    for value in stored:
        assert bytes(value)[:1] == b"\x01"
    whole = b"".join(map(bytes, stored))
    for text in ("样例理由", "7号", NUMBERS[0], cells()["id_number"]):
        assert text.encode() not in whole


def test_a_withdrawn_correction_keeps_nothing_of_the_person(
    clerk: Officer, submitted: Acts, verifier: Officer
) -> None:
    draft = submitted("correction")
    drafting.return_draft(draft=draft, by=verifier, remarks="样例")
    drafting.withdraw(draft=draft, by=clerk)
    held = ViolationRecord.objects.get()
    assert (held.name, held.id_number, held.facts) == ("", "", "")
    assert held.outcome_reason is held.replaced_number is held.replaced_act is None


def test_a_draft_does_not_change_between_decision_and_correction(clerk: Officer) -> None:
    for first, second in [
        (decision(), correction("revoked")),
        (correction("revoked"), decision()),
    ]:
        draft = drafting.save_draft(row=first, by=clerk)
        with pytest.raises(PermissionDenied):
            drafting.save_draft(row=second, by=clerk, draft=draft)


@pytest.mark.parametrize("outcome", ["revoked", "correction"])
def test_the_database_lets_a_row_be_replaced_once(db: None, outcome: str) -> None:
    subject = b"s" * 32
    old = sealed_record(subject)
    sealed_record(subject, outcome=outcome, replaces=old.pk)
    with pytest.raises(DatabaseError):
        sealed_record(subject, outcome="correction", replaces=old.pk)


def test_the_database_refuses_a_second_replacement_even_without_the_trigger(
    superuser_connection: Any, db: None
) -> None:
    subject = b"s" * 32
    old = sealed_record(subject)
    sealed_record(subject, outcome="correction", replaces=old.pk)
    second = raw_draft(subject, outcome="revoked", replaces=old.pk)
    superuser_connection.execute("SET session_replication_role = replica")
    with pytest.raises(Exception, match="record_replaced_once"):
        superuser_connection.execute(
            "UPDATE registry_violationrecord SET sealed_at = now() WHERE id = %s", [second.pk]
        )
    superuser_connection.execute("RESET session_replication_role")


def test_the_database_refuses_to_name_another_person_a_draft_a_tombstone_or_nothing(
    db: None,
) -> None:
    subject = b"s" * 32
    foreign = sealed_record(b"t" * 32)
    unfiled = raw_draft(subject)
    tombstone = sealed_record(subject, outcome="void", replaces=sealed_record(subject).pk)
    for named in (foreign, unfiled, tombstone):
        with pytest.raises(DatabaseError, match="names no record"):
            sealed_record(subject, outcome="revoked", replaces=named.pk)
    with pytest.raises(DatabaseError, match="record_outcome_names_a_record"):
        sealed_record(subject, outcome="revoked")
    with pytest.raises(DatabaseError, match="record_outcome_names_a_record"):
        raw_draft(subject, replaces=foreign.pk)
    with pytest.raises(DatabaseError, match="record_outcome_known"):
        raw_draft(subject, outcome="expunged")


def test_naming_a_record_tells_its_key_only_to_its_unit(filed: Acts) -> None:
    from registry.on_file import named_in_force

    filed(**HURT)
    named = correction("upheld").named
    assert named_in_force(named, unit="110105000000") is not None
    for unit in ("310115000000", ""):
        assert named_in_force(named, unit=unit) is None
    other = correction("upheld", id_number=id_number("11010519900307105")).named
    assert named_in_force(other, unit="110105000000") is None
