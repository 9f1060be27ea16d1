"""Filing a draft: by a second officer of the same unit, with its audit entry, once, and for ever."""

import contextlib
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from registry import drafting, filing
from registry.decision_row import DecisionRow
from registry.filing import Refused, file_record
from registry.findings import Finding
from registry.models import ViolationRecord
from registry.officers import Officer, officer_of
from registry.remarks import rounds_of
from sealing.audit_log import NotEntered
from tests.integration.registry.conftest import decision, id_number

Submitted = Callable[..., ViolationRecord]


@pytest.fixture
def submitted(clerk: Officer) -> Submitted:
    """Return a function that makes a draft awaiting verification."""

    def made(by: Officer = clerk, **changes: str) -> ViolationRecord:
        draft = drafting.save_draft(row=decision(**changes), by=by)
        drafting.submit(draft=draft, by=by)
        return draft

    return made


@pytest.fixture
def log(superuser_connection: Any) -> Callable[[], list[tuple[str, str, dict[str, Any]]]]:
    """Return a function that reads kind, outcome and body of all filing entries."""

    def read() -> list[tuple[str, str, dict[str, Any]]]:
        query = (
            "SELECT outcome, person, body FROM sealing_auditentry WHERE kind = 'filing' ORDER BY id"
        )
        return [
            (row[0], row[1], json.loads(bytes(row[2])))
            for row in superuser_connection.execute(query)
        ]

    return read


def test_a_second_officer_files_and_the_record_is_out_of_reach_of_both(
    submitted: Submitted,
    clerk: Officer,
    verifier: Officer,
    on_file: Callable[..., int],
    log: Callable[[], list[tuple[str, str, dict[str, Any]]]],
) -> None:
    draft = submitted()
    receipt = file_record(draft=draft, by=verifier)
    assert on_file(f"entry = '{receipt}' AND verified_by = 'P200'") == 1
    assert not ViolationRecord.objects.exists()
    assert not drafting.held_by(clerk).exists()
    assert not drafting.open_to_verifier(verifier).exists()
    from guardian.models import UserObjectPermission

    assert not UserObjectPermission.objects.exists()
    ((outcome, person, body),) = log()
    assert (outcome, body["id"]) == ("filed", str(receipt))
    assert (body["official"], body["unit"]) == ("P200", "110105000000")
    assert len(person) == 64
    assert body["details"] == {
        "record": str(draft.pk),
        "clerk": "P100",
        "organ": "110105000000",
        "origin": "form",
    }


def test_nobody_files_what_he_keyed_in_himself(
    submitted: Submitted, account: Callable[..., Any], on_file: Callable[..., int]
) -> None:
    both = officer_of(account("P300", "clerk", "verifying_officer"))
    draft = submitted(by=both)
    with pytest.raises(PermissionDenied):
        file_record(draft=draft, by=both)
    assert on_file() == 0


@pytest.mark.parametrize(
    ("roles", "more"),
    [
        (["verifying_officer"], {"unit": "310115000000"}),
        (["clerk"], {}),
        (["verifying_officer"], {"unit": None}),
        ([], {}),
        ([], {"unit": None, "is_superuser": True}),
        (["verifying_officer"], {"unit": None, "is_superuser": True}),
        (["verifying_officer"], {"is_active": False}),
    ],
    ids=[
        "other unit",
        "clerk",
        "no unit",
        "no role",
        "superuser",
        "superuser with role",
        "inactive",
    ],
)
def test_nobody_else_files(
    submitted: Submitted,
    account: Callable[..., Any],
    on_file: Callable[..., int],
    roles: list[str],
    more: dict[str, Any],
) -> None:
    draft = submitted()
    with pytest.raises(PermissionDenied):
        file_record(draft=draft, by=officer_of(account("P400", *roles, **more)))
    assert on_file() == 0


def test_a_draft_that_was_not_submitted_is_not_filed(
    clerk: Officer, verifier: Officer, on_file: Callable[..., int]
) -> None:
    draft = drafting.save_draft(row=decision(), by=clerk)
    with pytest.raises(PermissionDenied):
        file_record(draft=draft, by=verifier)
    assert on_file() == 0


def test_without_an_audit_entry_nothing_is_filed(
    submitted: Submitted, verifier: Officer, on_file: Callable[..., int], log_refuses: None
) -> None:
    draft = submitted()
    with pytest.raises(NotEntered):
        file_record(draft=draft, by=verifier)
    assert on_file() == 0
    assert drafting.open_to_verifier(verifier).get().verified_by == ""


def test_the_same_act_of_the_same_decision_is_filed_once_and_the_attempt_is_in_the_log(
    submitted: Submitted,
    verifier: Officer,
    on_file: Callable[..., int],
    log: Callable[[], list[tuple[str, str, dict[str, Any]]]],
) -> None:
    file_record(draft=submitted(), by=verifier)
    again = submitted(decision_number="京公朝行罚决字[2026]90001号", name="样例人甲 ")
    with pytest.raises(Refused) as refusal:
        file_record(draft=again, by=verifier)
    assert refusal.value.codes == ("duplicate_decision",)
    assert on_file() == 1
    assert [(outcome, body["reasons"]) for outcome, _, body in log()] == [
        ("filed", []),
        ("denied", ["duplicate_decision"]),
    ]


def test_the_database_refuses_a_twin_that_no_check_saw(
    submitted: Submitted,
    verifier: Officer,
    on_file: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file_record(draft=submitted(), by=verifier)
    monkeypatch.setattr("registry.filing._check", lambda row: None)
    with pytest.raises(Refused) as refusal:
        file_record(draft=submitted(), by=verifier)
    assert refusal.value.findings == (Finding("duplicate_decision", "decision_number"),)
    assert on_file() == 1


def test_detention_is_added_up_with_what_is_on_file(
    submitted: Submitted, verifier: Officer, on_file: Callable[..., int]
) -> None:
    for offence in ("PSL2025-026-1-1", "PSL2025-026-1-2"):
        file_record(
            draft=submitted(offence_code=offence, fine="", detention_days="10"), by=verifier
        )
    third = submitted(offence_code="PSL2025-026-1-3", fine="", detention_days="5")
    with pytest.raises(Refused) as refusal:
        file_record(draft=third, by=verifier)
    assert refusal.value.codes == ("combined_detention_over_20",)
    assert on_file() == 2


def test_a_changed_identity_withdraws_the_draft_and_makes_a_new_one(clerk: Officer) -> None:
    first = drafting.save_draft(row=decision(), by=clerk)
    other = decision(id_number=id_number("11010519900307105"), name="样例人乙")
    second = drafting.save_draft(row=other, by=clerk, draft=first)
    assert second.pk != first.pk
    assert [draft.pk for draft in drafting.held_by(clerk)] == [second.pk]
    old = ViolationRecord.objects.get(pk=first.pk)
    assert (old.stage, old.name, old.id_number, old.facts) == ("withdrawn", "", "", "")


def test_a_returned_draft_comes_back_to_its_clerk_with_remarks(
    submitted: Submitted, clerk: Officer, verifier: Officer
) -> None:
    draft = submitted()
    assert not drafting.open_to_clerk(clerk).exists()
    drafting.return_draft(draft=draft, by=verifier, remarks="罚款金额与决定书不符")
    (said,) = rounds_of(drafting.open_to_clerk(clerk).get())
    assert (said.by, said.general) == ("P200", "罚款金额与决定书不符")
    assert not drafting.open_to_verifier(verifier).exists()


def test_only_the_clerk_who_holds_a_draft_changes_it(
    clerk: Officer, verifier: Officer, account: Callable[..., Any]
) -> None:
    draft = drafting.save_draft(row=decision(), by=clerk)
    for other in (verifier, officer_of(account("P101", "clerk"))):
        with pytest.raises(PermissionDenied):
            drafting.save_draft(row=decision(fine="400"), by=other, draft=draft)
        with pytest.raises(PermissionDenied):
            drafting.withdraw(draft=draft, by=other)
    drafting.release(draft)
    with pytest.raises(PermissionDenied):
        drafting.submit(draft=draft, by=clerk)


def test_two_officers_filing_at_once_do_not_exceed_twenty_days_together(
    submitted: Submitted,
    verifier: Officer,
    on_file: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drafts = [
        submitted(offence_code=offence, fine="", detention_days="10")
        for offence in ("PSL2025-026-1-1", "PSL2025-026-1-2", "PSL2025-026-1-3")
    ]
    file_record(draft=drafts[0], by=verifier)
    checked = threading.Barrier(2)
    check = filing._check

    def slow_check(row: DecisionRow) -> None:
        check(row)
        with contextlib.suppress(threading.BrokenBarrierError):
            checked.wait(timeout=1)

    monkeypatch.setattr(filing, "_check", slow_check)

    def file_it(draft: ViolationRecord) -> str:
        try:
            file_record(draft=draft, by=verifier)
        except Refused as refusal:
            return " ".join(refusal.codes)
        finally:
            connection.close()
        return "filed"

    with ThreadPoolExecutor(2) as officers:
        answers = sorted(officers.map(file_it, drafts[1:]))
    assert answers == ["combined_detention_over_20", "filed"]
    assert on_file() == 2
