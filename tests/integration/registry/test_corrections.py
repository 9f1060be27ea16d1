"""What happens to a record after it was filed: by two officers, without reading or touching it, in every answer."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.utils import timezone

from access import authorisations, lookups
from access.answers import Answer, nothing_disclosable
from access.exceptions import CaseKind, Check
from access.inquiry import Inquiry
from access.models import Unit, User
from access.provisions import provision
from access.roles import Role, grant
from access.scopes import Scope, case_scope, provision_scope
from registry import drafting
from registry.correction import Correction, read_named
from registry.filing import Refused, file_record
from registry.in_force import REPLACING, Happened
from registry.models import ViolationRecord
from registry.officers import Officer, officer_of
from tests.integration.registry.conftest import cells, decision, id_number
from tests.integration.sealing.rows import draft as raw_draft
from tests.integration.sealing.rows import sealed_record

ASSAULT, NOISE = "PSL2025-051-1-0a", "PSL2025-026-1-1"
HURT = {"offence_code": ASSAULT, "fine": "", "detention_days": "5"}
NUMBERS = [f"京公朝行罚决字〔2026〕9000{n}号" for n in (1, 2, 3)]
SCOPES = {
    "yes_no": provision_scope(provision("MINORS-62")),
    "threshold": provision_scope(provision("SECURITY-16-17")),
    "lines": case_scope(case_kind=CaseKind.PUBLIC_SECURITY, check=Check.AGGRAVATION),
    "decision": case_scope(case_kind=CaseKind.CRIMINAL),
}
Acts = Callable[..., Any]


@pytest.fixture
def filed(clerk: Officer, verifier: Officer) -> Acts:
    """Return a function that files a decision."""

    def made(**changes: str) -> None:
        draft = drafting.save_draft(row=decision(**changes), by=clerk)
        drafting.submit(draft=draft, by=clerk)
        file_record(draft=draft, by=verifier)

    return made


@pytest.fixture
def submitted(clerk: Officer) -> Acts:
    """Return a function that hands in what happened to a record, named by cells; `left` is what remains."""

    def made(
        happened: str, left: dict[str, str] | None = None, by: Officer = clerk, **named: str
    ) -> ViolationRecord:
        draft = drafting.save_draft(row=correction(happened, left, **named), by=by)
        drafting.submit(draft=draft, by=by)
        return draft

    return made


@pytest.fixture
def happens(submitted: Acts, verifier: Officer) -> Acts:
    """Return a function that files what happened to a record."""

    def done(happened: str, left: dict[str, str] | None = None, **named: str) -> None:
        file_record(draft=submitted(happened, left, **named), by=verifier)

    return done


def correction(happened: str, left: dict[str, str] | None = None, **named: str) -> Correction:
    found, findings = read_named(cells(**{"offence_code": ASSAULT, **named}))
    assert found is not None, findings
    kind = Happened(happened)
    return Correction(
        happened=kind,
        named=found,
        reason="样例理由",
        document="京政复决〔2026〕7号",
        document_on=timezone.localdate(),
        row=decision(**{**HURT, **named, **(left or {})}) if kind in REPLACING else None,
    )


@pytest.fixture
def told(db: None) -> Callable[[Scope], Answer]:
    """Return a function that asks about the person under a scope and returns the answer."""
    today = timezone.localdate()
    unit = Unit.objects.create(code="U900", name="样本学校", kind="school")
    official = User.objects.create_user("F9001", unit=unit)
    grant(user=official, role=Role.INQUIRER, by="test")
    authorisations.load(
        unit=unit,
        ground="MINORS-62",
        valid_from=today,
        valid_to=today,
        officials=[official],
        by="test",
    )

    def asked(scope: Scope) -> Answer:
        inquiry = Inquiry.objects.create(
            unit=unit,
            made_by=official,
            made_on=today,
            exception="state_regulation",
            provision="MINORS-62",
            officials=["F9001"],
            undertaking=True,
            purpose="聘用",
            post="教师",
            case_number="",
            letter_number="函1号",
            id_type="resident_id",
            id_number=cells()["id_number"],
            name=cells()["name"],
            status="granted",
            scope=scope.as_dict(),
            expires_at=timezone.now() + timedelta(days=1),
        )
        return lookups.look_up(inquiry=inquiry, by=official).answer

    return asked


def days_told(answer: Answer) -> list[int | None]:
    return [line.penalty["detention_days"] for line in answer.lines]


# The truth table. Three decisions of detention are on file; something happens to the first of them.
REMAINS = {"detention_days": "3", "facts": "经查，样例人甲致人轻微伤。"}
TABLE = {
    # what happened: threshold of three met, days in lines and decisions
    "correction": (True, [3, 5, 5]),
    "changed": (True, [3, 5, 5]),
    "partly_revoked": (True, [3, 5, 5]),
    "revoked": (False, [5, 5]),
    "void": (False, [5, 5]),
    "redo": (False, [5, 5]),
    "upheld": (True, [5, 5, 5]),
    "unlawful_but_kept": (True, [5, 5, 5]),
}


@pytest.mark.parametrize(("happened", "expected"), TABLE.items())
def test_truth_table_with_other_records_beside(
    filed: Acts,
    happens: Acts,
    told: Callable[[Scope], Answer],
    on_file: Callable[..., int],
    happened: str,
    expected: tuple[bool, list[int]],
) -> None:
    for number in NUMBERS:
        filed(decision_number=number, **HURT)
    happens(happened, REMAINS)
    met, days = expected
    assert told(SCOPES["yes_no"]).matters == ("violent_injury",)
    assert told(SCOPES["threshold"]).met is met
    for shape in ("lines", "decision"):
        assert sorted(days_told(told(SCOPES[shape])), key=lambda day: day or 0) == days, shape
    assert on_file() == 4, "nothing vanishes"


@pytest.mark.parametrize("happened", TABLE)
def test_truth_table_of_the_only_record(
    filed: Acts,
    happens: Acts,
    told: Callable[[Scope], Answer],
    on_file: Callable[..., int],
    happened: str,
) -> None:
    """Revoked, void and to be decided anew read like no record at all, to the byte, in every shape."""
    filed(**HURT)
    happens(happened, REMAINS)
    ended = happened in ("revoked", "void", "redo")
    for shape in ("yes_no", "lines", "decision"):
        answer = told(SCOPES[shape])
        nothing = nothing_disclosable(SCOPES[shape].shape)
        assert (answer.canonical_bytes() == nothing.canonical_bytes()) is ended, shape
    facts = [line.decision["facts"] for line in told(SCOPES["decision"]).lines if line.decision]
    if not ended:
        assert facts == [REMAINS["facts"] if Happened(happened) in REPLACING else decision().facts]
    assert on_file() == 2


def test_a_change_takes_the_record_out_of_answers_it_no_longer_belongs_to(
    filed: Acts, happens: Acts, told: Callable[[Scope], Answer]
) -> None:
    for number in NUMBERS:
        filed(decision_number=number, **HURT)
    for number in NUMBERS:
        left = {"offence_code": NOISE, "detention_days": "", "fine": "500"}
        happens("changed", left, decision_number=number)
    assert told(SCOPES["yes_no"]).answer == "nothing_disclosable"
    assert told(SCOPES["threshold"]).met is False
    assert days_told(told(SCOPES["decision"])) == [None] * 3


def test_chains_are_answered_by_their_last_row(
    filed: Acts,
    happens: Acts,
    told: Callable[[Scope], Answer],
    on_file: Callable[..., int],
    superuser_connection: Any,
) -> None:
    filed(**HURT)
    untouched = "SELECT row_to_json(r)::text FROM registry_violationrecord r ORDER BY id LIMIT 1"
    before = superuser_connection.execute(untouched).fetchone()
    happens("correction", {"detention_days": "6"})
    happens("upheld")
    happens("correction", {"detention_days": "7", "offence_code": NOISE})
    assert days_told(told(SCOPES["decision"])) == [7]
    happens("correction", {"detention_days": "8"}, offence_code=NOISE)
    assert days_told(told(SCOPES["decision"])) == [8]
    happens("revoked", offence_code=NOISE)
    assert told(SCOPES["decision"]).answer == "nothing_disclosable"
    assert on_file() == 6
    assert superuser_connection.execute(untouched).fetchone() == before


@pytest.mark.parametrize("then", sorted(TABLE))
def test_nothing_follows_a_revocation(
    filed: Acts, happens: Acts, submitted: Acts, verifier: Officer, then: str
) -> None:
    filed(**HURT)
    happens("revoked")
    with pytest.raises(Refused) as refusal:
        file_record(draft=submitted(then), by=verifier)
    assert refusal.value.codes == ("no_record_in_force",)


def test_a_revoked_decision_is_not_filed_again(
    filed: Acts, happens: Acts, on_file: Callable[..., int]
) -> None:
    filed(**HURT)
    happens("revoked")
    with pytest.raises(Refused) as refusal:
        filed(**HURT)
    assert refusal.value.codes == ("duplicate_decision",)
    assert on_file() == 2


def test_a_corrected_decision_is_recognised_under_its_right_number_and_its_wrong_one(
    filed: Acts, happens: Acts
) -> None:
    filed(**HURT)
    happens("correction", {"decision_number": NUMBERS[1]})
    for number in NUMBERS[:2]:
        with pytest.raises(Refused) as refusal:
            filed(decision_number=number, **HURT)
        assert refusal.value.codes == ("duplicate_decision",)


def test_an_import_neither_revives_what_was_revoked_nor_doubles_what_was_corrected(
    filed: Acts, happens: Acts, on_file: Callable[..., int]
) -> None:
    from registry.across_rows import judge_rows
    from registry.decision_row import RowReading
    from registry.on_file import InTheRegistry
    from registry.record_keys import keys_of

    rows = [decision(decision_number=number, **HURT) for number in NUMBERS]
    for number in NUMBERS[:2]:
        filed(decision_number=number, **HURT)
    happens("revoked")
    happens("correction", {"detention_days": "9"}, decision_number=NUMBERS[1])
    judged = judge_rows(
        [RowReading(row) for row in rows],
        today=timezone.localdate(),
        on_file=InTheRegistry(),
        keys_of=keys_of,
    )
    assert [found.codes for found in judged] == [("duplicate_decision",)] * 2 + [()]


def test_combined_detention_counts_what_is_in_force(
    filed: Acts, happens: Acts, submitted: Acts, verifier: Officer
) -> None:
    ten = {"fine": "", "detention_days": "10"}
    for offence in (ASSAULT, NOISE):
        filed(offence_code=offence, **ten)
    with pytest.raises(Refused) as refusal:
        file_record(draft=submitted("correction", {"detention_days": "11"}), by=verifier)
    assert refusal.value.codes == ("combined_detention_over_20",)
    happens("revoked")
    filed(offence_code="PSL2025-026-1-2", **ten)
    with pytest.raises(Refused):
        filed(offence_code="PSL2025-026-1-3", **ten)


def test_a_correction_does_not_turn_one_act_into_another_that_is_in_force(
    filed: Acts, submitted: Acts, verifier: Officer
) -> None:
    filed(**HURT)
    filed(offence_code=NOISE)
    with pytest.raises(Refused) as refusal:
        file_record(draft=submitted("correction", {"offence_code": NOISE}), by=verifier)
    assert refusal.value.codes == ("duplicate_decision",)


def test_the_same_note_is_filed_once_and_another_beside_it(
    filed: Acts, happens: Acts, submitted: Acts, verifier: Officer
) -> None:
    filed(**HURT)
    happens("upheld")
    happens("unlawful_but_kept")
    with pytest.raises(Refused) as refusal:
        file_record(draft=submitted("upheld"), by=verifier)
    assert refusal.value.codes == ("duplicate_decision",)


def test_an_old_act_is_corrected_under_its_own_law(
    happens: Acts, told: Callable[[Scope], Answer], superuser_connection: Any
) -> None:
    from registry.across_rows import judge_rows
    from registry.decision_row import RowReading
    from registry.importing import file_batch
    from registry.on_file import NamedRecord, named_in_force
    from registry.record_keys import keys_of
    from sealing import audit_log

    old = {"acted_on": "2025-05-01", "decided_on": "2025-05-02"}
    row = decision(**{**HURT, **old})
    judged = judge_rows(
        [RowReading(row)],
        law="2012",
        today=timezone.localdate(),
        on_file=_nothing(),
        keys_of=keys_of,
    )
    with audit_log.committed():
        file_batch(judged, rows=(1, 1))
    named = correction("upheld").named
    assert isinstance(named, NamedRecord)
    assert named_in_force(named, unit="110105000000") is not None
    happens("correction", {**old, "detention_days": "4"})
    assert days_told(told(SCOPES["decision"])) == [4]
    laws = superuser_connection.execute("SELECT DISTINCT law FROM registry_violationrecord")
    assert laws.fetchall() == [("2012",)]


def _nothing() -> Any:
    from registry.across_rows import NothingOnFile

    return NothingOnFile()


# Who may, and what the log says.


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


# What the database keeps by itself.


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
