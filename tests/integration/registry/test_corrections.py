"""Corrections and outcomes: what answers tell afterwards, in a truth table."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from access import authorisations, lookups
from access.answers import Answer, nothing_disclosable
from access.exceptions import CaseKind, Check
from access.inquiry import Inquiry
from access.models import Unit, User
from access.provisions import provision
from access.roles import Role, grant
from access.scopes import Scope, case_scope, provision_scope
from registry.filing import Refused, file_record
from registry.in_force import REPLACING, Happened
from registry.officers import Officer
from tests.integration.registry.conftest import cells, decision
from tests.integration.registry.correcting import (  # noqa: F401 - fixtures
    ASSAULT,
    HURT,
    NOISE,
    NUMBERS,
    Acts,
    correction,
    fixture_filed,
    fixture_happens,
    fixture_submitted,
)

SCOPES = {
    "yes_no": provision_scope(provision("MINORS-62")),
    "threshold": provision_scope(provision("SECURITY-16-17")),
    "lines": case_scope(case_kind=CaseKind.PUBLIC_SECURITY, check=Check.AGGRAVATION),
    "decision": case_scope(case_kind=CaseKind.CRIMINAL),
}


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
