"""The pages for what happened to a record: from the choice to the receipt, and what they never tell."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.integration.registry.conftest import cells, id_number
from tests.integration.registry.test_pages import (  # noqa: F401 - fixtures
    clerk_page,
    entered,
    posted,
    signed_in,
    text_of,
    verifier_page,
)

NEW = "/records/corrections/new/"


def sent(**changes: str) -> dict[str, str]:
    """Return what a browser sends to name the sample record and say what happened."""
    row, today = cells(), timezone.localdate()
    return {
        "outcome_document": "京政复决〔2026〕7号",
        "outcome_on_0": str(today.year),
        "outcome_on_1": str(today.month),
        "outcome_on_2": str(today.day),
        "outcome_reason": "样例理由",
        "replaced_organ": row["organ_code"],
        "replaced_number": row["decision_number"],
        "replaced_act": row["offence_code"],
        "id_type": row["id_type"],
        "id_number": row["id_number"],
        **changes,
    }


def file_it(clerk: Client, verifier: Client, draft: str) -> Any:
    """Submit a draft, let the second officer file it, and return the answer."""
    assert clerk.post(draft, {"checked": "on"}).url == "/records/drafts/submitted/"
    key = draft.split("/")[3]
    assert verifier.get(f"/records/verify/{key}/").status_code == 200
    return verifier.post(f"/records/verify/{key}/file/", {"checked": "on"})


@pytest.fixture
def on_paper(clerk_page: Client, verifier_page: Client) -> None:  # noqa: F811
    """Put the sample record on file."""
    assert file_it(clerk_page, verifier_page, entered(clerk_page)).status_code == 302


def test_a_revocation_from_the_choice_to_the_receipt(
    clerk_page: Client,  # noqa: F811
    verifier_page: Client,  # noqa: F811
    on_paper: None,
    on_file: Callable[..., int],
) -> None:
    choice = clerk_page.get(NEW).content.decode()
    assert 'href="?outcome=revoked"' in choice
    page = f"{NEW}?outcome=revoked"
    form = clerk_page.get(page).content.decode()
    assert 'value="110105000000"' in form
    assert "records.js" not in form, "the script needs fields that this form does not have"
    draft = clerk_page.post(page, sent()).url
    shown = clerk_page.get(draft).content.decode()
    for text in ("Revoked", "京政复决〔2026〕7号", "样例理由", cells()["decision_number"]):
        assert text in shown
    assert "Revoked" in clerk_page.get("/records/drafts/").content.decode()
    key = draft.split("/")[3]
    changed = clerk_page.get(f"/records/drafts/{key}/change/").content.decode()
    assert cells()["decision_number"] in changed
    again = clerk_page.post(f"/records/drafts/{key}/change/", sent(outcome_reason="更正的理由"))
    assert again.url == draft
    clerk_page.post(draft, {"checked": "on"})
    assert "Revoked" in verifier_page.get("/records/verify/").content.decode()
    paper = verifier_page.get(f"/records/verify/{key}/").content.decode()
    assert "更正的理由" in paper
    assert "never in any answer again" in paper
    filed = verifier_page.post(f"/records/verify/{key}/file/", {"checked": "on"})
    assert filed.url == "/records/verify/receipt/"
    assert on_file("outcome = 'revoked' AND replaces IS NOT NULL AND verified_by = 'P200'") == 1


def test_a_correction_carries_the_whole_decision(
    clerk_page: Client,  # noqa: F811
    verifier_page: Client,  # noqa: F811
    on_paper: None,
    on_file: Callable[..., int],
) -> None:
    page = f"{NEW}?outcome=correction"
    assert "records.js" in clerk_page.get(page).content.decode()
    missing = clerk_page.post(page, sent()).content.decode()
    assert "missing_field" in missing
    answer = clerk_page.post(page, {**posted(cells(fine="300")), **sent()})
    assert answer.status_code == 302, text_of(answer)
    key = answer.url.split("/")[3]
    change = clerk_page.get(f"/records/drafts/{key}/change/").content.decode()
    assert 'value="300"' in change
    assert "样例理由" in change
    assert file_it(clerk_page, verifier_page, answer.url).url == "/records/verify/receipt/"
    assert on_file("outcome = 'correction' AND fine = 300") == 1


def test_only_filing_tells_whether_there_is_such_a_record(
    clerk_page: Client,  # noqa: F811
    verifier_page: Client,  # noqa: F811
    on_paper: None,
    on_file: Callable[..., int],
) -> None:
    nobody = id_number("11010519900307105")
    pages = []
    for person in (cells()["id_number"], nobody):
        answer = clerk_page.post(f"{NEW}?outcome=void", sent(id_number=person))
        key = answer.url.split("/")[3]
        draft = clerk_page.get(answer.url)
        clerk_page.post(answer.url, {"checked": "on"})
        verify = verifier_page.get(f"/records/verify/{key}/")
        pages.append(
            [text_of(page).replace(key, "").replace(person, "") for page in (draft, verify)]
        )
    assert pages[0] == pages[1]
    refused = verifier_page.post(f"/records/verify/{key}/file/", {"checked": "on"})
    assert refused.status_code == 409
    assert "no_record_in_force" in refused.content.decode()
    assert on_file() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id_number": "110105199003071012"}, "id_checksum"),
        ({"outcome_document": ""}, "Document that says so"),
        ({"outcome_reason": ""}, "Reason"),
        ({"outcome_on_0": "2999"}, "in the future"),
        ({"outcome_on_1": "13"}, "a date that exists"),
        ({"replaced_act": "PSL2025-999"}, "bad_value"),
        ({"replaced_number": "·"}, "bad_value"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    clerk_page: Client,  # noqa: F811
    changes: dict[str, str],
    words: str,
) -> None:
    answer = clerk_page.post(f"{NEW}?outcome=revoked", sent(**changes))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "govuk-error-summary" in page
    assert words in re.sub(r"\s+", " ", page)


@pytest.mark.parametrize("outcome", ["", "expunged", "REVOKED"])
def test_the_list_is_closed(clerk_page: Client, outcome: str) -> None:  # noqa: F811
    assert clerk_page.get(f"{NEW}?outcome={outcome}").status_code == 404


def test_the_pages_are_for_clerks(signed_in: Callable[..., Client]) -> None:  # noqa: F811
    for number, role in [("P210", "verifying_officer"), ("P211", "inquirer"), ("P212", "auditor")]:
        other = signed_in(number, role)
        for page in (NEW, f"{NEW}?outcome=revoked"):
            assert other.get(page).status_code == 403
            assert other.post(page, sent()).status_code == 403


def test_errors_are_listed_in_the_order_of_the_page(clerk_page: Client) -> None:  # noqa: F811
    refused = clerk_page.post(f"{NEW}?outcome=correction", {})
    form = refused.context["form"]
    on_the_page = [name for _title, names in form.panels for name in names]
    listed = [field.name for field in form.visible_fields() if field.errors]
    assert listed[0] == "outcome_document"
    assert listed == [name for name in on_the_page if name in listed]


def test_no_two_fields_of_a_correction_have_the_same_label(clerk_page: Client) -> None:  # noqa: F811
    form = clerk_page.get(f"{NEW}?outcome=correction").context["form"]
    labels = [str(field.label) for field in form.visible_fields()]
    assert len(labels) == len(set(labels))
