"""The clerk's form gives the codes an import gives, at the field, in words that say what to do."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone, translation

from registry.across_rows import NothingOnFile, judge_rows
from registry.decision_row import read_row
from registry.drafting import save_draft
from registry.findings import REJECT_CODES
from registry.forms import DecisionForm
from registry.officers import Officer
from tests.integration.registry.conftest import cells, decision, id_number, sample_rows
from tests.integration.registry.test_pages import posted

CODE = re.compile(r"[(（](\w+)[)）]$")
YOUNG = {"birth_date": "2011-01-02", "id_number": id_number("11010520110102101")}
CHILD = {"birth_date": "2020-01-02", "id_number": id_number("11010520200102101")}
TOMORROW = (timezone.localdate() + timedelta(days=1)).isoformat()

DEFECTS: dict[str, dict[str, str]] = {
    "missing_field": {"address": ""},
    "bad_value": {"fine": "five hundred"},
    "bad_value of a date": {"decided_on": "2026-02-30"},
    "bad_value and missing_field": {"sex": "", "id_type": "driving licence"},
    "id_checksum": {"id_number": "110105199003071010"},
    "birth_date_mismatch": {"birth_date": "1990-03-08"},
    "sex_mismatch": {"sex": "female"},
    "offence_unknown": {"offence_code": "PSL2025-999-1-1"},
    "no_penalty": {"fine": ""},
    "fine_over_limit": {"fine": "1001"},
    "detention_over_limit": {"detention_days": "11"},
    "penalty_not_provided": {"licence_revoked": "样例许可证"},
    "station_power": {"organ_level": "station", "detention_days": "5"},
    "under_14": CHILD,
    "execution_barred": {**YOUNG, "detention_days": "5"},
    "foreigner_only": {"foreigner_measure": "deportation"},
    "date_order": {"served_on": TOMORROW},
    "before_the_law": {"acted_on": "2025-12-31"},
    "criminal_matter": {"facts": "样例：判处有期徒刑。"},
    "combined_detention_over_20": {"detention_days": "21"},
    "several": {"fine": "1001", "sex": "female", "acted_on": "2025-12-31"},
}


def codes_of(form: DecisionForm) -> set[str]:
    """Return the codes at the end of the form's errors; an error without a code is a failure."""
    errors = [message for messages in form.errors.values() for message in messages]
    return {CODE.search(message)[1] for message in errors}


def filled(officer: Officer, row: dict[str, str], **more: str) -> DecisionForm:
    """Return the form as posted with these cells."""
    data = QueryDict(mutable=True)
    data.update({**posted(row), **more})
    return DecisionForm(data, officer=officer)


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_the_form_gives_the_codes_of_the_import(clerk: Officer, defect: dict[str, str]) -> None:
    row = cells(**defect)
    (judged,) = judge_rows([read_row(row)], today=timezone.localdate(), on_file=NothingOnFile())
    assert judged.codes
    assert codes_of(filled(clerk, row)) == set(judged.codes)


def test_the_table_of_defects_has_every_code_but_the_twin() -> None:
    given = set()
    for defect in DEFECTS.values():
        (judged,) = judge_rows(
            [read_row(cells(**defect))], today=timezone.localdate(), on_file=NothingOnFile()
        )
        given |= set(judged.codes)
    assert given == set(REJECT_CODES) - {"duplicate_decision"}


def test_every_rejected_sample_row_gets_its_codes_in_the_form(clerk: Officer) -> None:
    seen = 0
    for row in sample_rows():
        (judged,) = judge_rows([read_row(row)], today=timezone.localdate(), on_file=NothingOnFile())
        # A form completes an empty sex and date of birth from the number; a file does not.
        if judged.codes and row["sex"] and row["birth_date"]:
            seen += 1
            assert codes_of(filled(clerk, row)) == set(judged.codes), row["decision_number"]
    assert seen > 50


def test_the_same_act_twice_among_ones_own_drafts_is_a_duplicate(clerk: Officer) -> None:
    save_draft(row=decision(), by=clerk)
    assert codes_of(filled(clerk, cells())) == {"duplicate_decision"}


def test_detention_is_added_up_with_ones_own_drafts(clerk: Officer) -> None:
    for offence in ("PSL2025-026-1-1", "PSL2025-026-1-2"):
        save_draft(row=decision(offence_code=offence, fine="", detention_days="10"), by=clerk)
    third = cells(offence_code="PSL2025-026-1-3", fine="", detention_days="5")
    assert codes_of(filled(clerk, third)) == {"combined_detention_over_20"}


def test_errors_say_what_to_do(clerk: Officer) -> None:
    with translation.override("en"):
        fine = filled(clerk, cells(fine="1001"))
        digit = filled(clerk, cells(id_number=cells()["id_number"][:17] + "0"))
        assert fine.errors["fine"] == [
            "The fine is above the highest amount for this act, 1,000 yuan. (fine_over_limit)"
        ]
        right = cells()["id_number"][17]
        assert digit.errors["id_number"] == [
            f"Check the document number: digit 18 should be {right}. (id_checksum)"
        ]
        assert fine["fine"].help_text == "Fine: up to 1,000 yuan."


def test_the_id_number_fills_sex_and_date_of_birth(clerk: Officer) -> None:
    form = filled(clerk, cells(sex="", birth_date=""))
    assert form.is_valid(), form.errors
    assert form.row is not None
    assert (form.row.sex, form.row.birth_date.isoformat()) == ("male", "1990-03-07")


@pytest.mark.parametrize(
    ("unusual", "code"),
    [
        ({"fine": "", "detention_days": "3"}, "detention_below_range"),
        (YOUNG, "guardian_missing"),
        ({"decision_number": "样例1"}, "decision_number_unusual"),
    ],
    ids=["below the range", "minor without guardian", "number"],
)
def test_a_warning_asks_for_a_second_look_and_no_more(
    clerk: Officer, unusual: dict[str, str], code: str
) -> None:
    row = cells(**unusual)
    first = filled(clerk, row)
    assert not first.is_valid()
    assert set(first.errors) == {"checked_against_paper"}
    assert any(code in warning for warning in first.warnings)
    seen: Any = first.data["warnings_seen"]
    assert filled(clerk, row, warnings_seen=seen, checked_against_paper="on").is_valid()
    assert not filled(clerk, row, warnings_seen=seen).is_valid()
    assert not filled(
        clerk, row, warnings_seen="fine_by_gains", checked_against_paper="on"
    ).is_valid()


def test_every_label_of_the_form_is_rendered_with_its_field(clerk: Officer) -> None:
    page = str(DecisionForm(officer=clerk))
    for name in DecisionForm.base_fields:
        if name != "checked_against_paper":
            assert f'id="id_{name}' in page, name


Rendered = Callable[[], str]
