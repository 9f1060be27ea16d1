"""Every role visits every address: who gets in is on record, and what is sealed is shown on no page."""

import re

import pytest

from tests.house import role_matrix
from tests.house.role_matrix import visits
from tests.house.things import ASKED_PERSON, DRAFT_PERSON, SEALED_PERSON


@pytest.fixture(autouse=True)
def _visited(db: None) -> None:
    """Let everybody visit everything, once for all tests of this file."""
    visits()


def opened_by(visitor: str) -> set[str]:
    return {
        f"{visit.method} {visit.shown}"
        for visit in visits()
        if visit.visitor == visitor and visit.opened
    }


def test_the_table_of_roles_is_fresh() -> None:
    stale = "run: python -m tests.house.role_matrix > docs/roles.md"
    assert role_matrix.DOCUMENT.read_text(encoding="utf-8") == role_matrix.matrix(), stale


def test_a_sealed_person_is_on_no_page_of_any_role() -> None:
    told = [(v.visitor, v.shown) for v in visits() if any(part in v.body for part in SEALED_PERSON)]
    assert told == []


def test_a_draft_is_shown_to_its_clerk_and_to_the_verifying_officers_only() -> None:
    told = {v.visitor for v in visits() if any(part in v.body for part in DRAFT_PERSON)}
    assert told == {"clerk", "verifying_officer"}


def test_a_person_asked_about_is_on_no_page_to_look_at() -> None:
    told = [(v.visitor, v.shown) for v in visits() if any(part in v.body for part in ASKED_PERSON)]
    assert told == []


def test_no_title_names_anybody() -> None:
    everybody = (*SEALED_PERSON, *DRAFT_PERSON, *ASKED_PERSON)
    titles = [
        title
        for visit in visits()
        for title in re.findall(r"<title>(.*?)</title>", visit.body, re.DOTALL)
    ]
    assert len(titles) > 100
    assert not [title for title in titles if any(part in title for part in everybody)]


def test_a_superuser_gets_no_further_than_an_account_without_a_role() -> None:
    assert opened_by("superuser") == opened_by("")
    assert not [
        page
        for page in opened_by("superuser")
        if re.search("admin|records|inquiries|reviews", page)
    ]


def test_the_three_administrators_see_no_door_to_records_or_inquiries() -> None:
    for role in ("auditor", "security_administrator", "system_administrator"):
        pages = opened_by(role)
        assert pages != opened_by("")
        assert not [page for page in pages if re.search("/records/|/inquiries/|/reviews/", page)]


def test_who_files_and_who_asks_sees_no_administration() -> None:
    for role in ("clerk", "verifying_officer", "inquirer", "reviewing_officer"):
        assert not [page for page in opened_by(role) if "/admin/" in page]
