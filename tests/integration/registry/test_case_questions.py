"""The form asks what the case needs and says why; what it asks is checked with the codes of an import."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from registry.forms import DecisionForm
from registry.models import ViolationRecord
from registry.officers import Officer
from registry.record_contents import row_of
from tests.integration.registry.conftest import cells, id_number
from tests.integration.registry.test_form import codes_of, filled
from tests.integration.registry.test_pages import (
    clerk_page,  # noqa: F401
    posted,
    signed_in,  # noqa: F401
    verifier_page,  # noqa: F401
)

YOUNG = {"birth_date": "2010-06-02", "id_number": id_number("11010520100602101")}
FOREIGNER = {"id_type": "passport", "id_number": "E12345678", "nationality": "USA"}
ON_THE_SPOT = {"procedure": "on_the_spot"}
OPEN = {
    "nothing": ({}, set()),
    "a minor": (YOUNG, {"minor"}),
    "a foreigner": (FOREIGNER, {"foreigner"}),
    "not executed": ({"execution": "not_executed_by_law", "detention_days": "5"}, {"spared"}),
    "a minor detained": ({**YOUNG, "detention_days": "5"}, {"minor", "spared"}),
}


@pytest.mark.parametrize(("changes", "needed"), OPEN.values(), ids=OPEN)
def test_a_question_stands_open_when_the_case_needs_it(
    clerk: Officer, changes: dict[str, str], needed: set[str]
) -> None:
    form = filled(clerk, cells(**changes))
    assert {question.key for question in form.questions if form.asks(question.key)} == needed
    page = str(form)
    for question in form.questions:
        assert (f'data-asked="{question.key}" open' in page) is (question.key in needed)


def test_each_question_says_why_with_its_article(clerk: Officer) -> None:
    with translation.override("en"):
        page = str(DecisionForm(officer=clerk))
    for article in ("Articles 12 and 117", "Article 10(2)", "Article 23(1)", "Article 119"):
        assert article in page


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"fine": "501"}, {"fine_over_limit"}),
        ({"fine": "", "detention_days": "5"}, {"penalty_not_provided"}),
        ({"fine": "500"}, set()),
        ({"fine": "", "warning": "1"}, set()),
        ({"fine": "501", "procedure": "ordinary"}, set()),
    ],
)
def test_on_the_spot_a_warning_or_500_yuan(
    clerk: Officer, changes: dict[str, str], codes: set[str]
) -> None:
    form = filled(clerk, cells(**{**ON_THE_SPOT, **changes}))
    with translation.override("en"):
        assert codes_of(form) == codes, form.errors
    assert set(form.errors) <= {"procedure"}


def test_what_is_not_decided_on_the_spot_is_hidden_only_while_it_is_empty(clerk: Officer) -> None:
    assert str(filled(clerk, cells())).count("asked-unless-on-the-spot") == 2
    assert str(filled(clerk, cells(detention_days="5"))).count("asked-unless-on-the-spot") == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (YOUNG, "guardian_missing"),
        ({**FOREIGNER, "id_number": "E12"}, "document_number_unusual"),
        ({"nationality": "USA"}, "nationality_unusual"),
        (
            {"execution": "not_executed_by_law", "fine": "", "detention_days": "5"},
            "execution_reason_missing",
        ),
    ],
    ids=["guardian", "passport", "nationality", "reason"],
)
def test_what_is_missing_or_unusual_must_be_acknowledged(
    clerk: Officer, changes: dict[str, str], code: str
) -> None:
    first = filled(clerk, cells(**changes))
    assert set(first.errors) == {"checked_against_paper"}
    assert any(code in warning for warning in first.warnings)
    seen: Any = first.data["warnings_seen"]
    again = filled(clerk, cells(**changes), warnings_seen=seen, checked_against_paper="on")
    assert again.is_valid(), again.errors


def test_a_foreigner_decided_on_the_spot_is_stored_and_shown_as_entered(
    clerk_page: Client,  # noqa: F811
    verifier_page: Client,  # noqa: F811
    on_file: Callable[..., int],
) -> None:
    name = "O’BRIEN-MÜLLER ANNE"
    row = cells(**{**FOREIGNER, **ON_THE_SPOT, "name": name})
    draft = clerk_page.post("/records/new/", posted(row)).url
    page = clerk_page.get(draft).content.decode()
    assert "Decided on the spot" in page
    assert "USA United States" in page
    stored = row_of(ViolationRecord.objects.get())
    assert (stored.name, stored.nationality, stored.procedure) == (name, "USA", "on_the_spot")
    clerk_page.post(draft, {"checked": "on"})
    verify = draft.replace("drafts", "verify")
    assert verifier_page.post(f"{verify}file/", {"checked": "on"}).status_code == 302
    assert on_file() == 1


def test_the_list_of_nationalities_keeps_what_a_draft_states(clerk: Officer) -> None:
    offered = dict(filled(clerk, cells(nationality="Utopia")).fields["nationality"].widget.choices)
    assert "Utopia" in offered
    assert {"CHN", "USA", "XXA"} <= set(offered)
    assert not {"HKG", "MAC", "TWN"} & set(offered)
