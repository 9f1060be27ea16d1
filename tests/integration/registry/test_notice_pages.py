"""The pages of both notices: to the person, the same for everybody; under Article 134, shown once."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from access.models import Notification
from registry.notice import (
    LAWSUIT_DAYS_AFTER_RECONSIDERATION,
    LAWSUIT_MONTHS,
    RECONSIDERATION_DAYS,
    notices,
)
from tests.integration.registry.conftest import cells, id_number
from tests.integration.registry.correcting import (  # noqa: F401 - fixtures
    ASSAULT,
    HURT,
    fixture_filed,
    fixture_happens,
    fixture_submitted,
)
from tests.integration.registry.test_pages import (  # noqa: F401 - fixtures
    clerk_page,
    entered,
    signed_in,
    text_of,
    verifier_page,
)

TO_THE_PERSON = "/records/notice/"
REGISTER, NEW = "/notifications/", "/notifications/new/"
FORM_ID = re.compile(r'name="form_id" value="([^"]+)"')
Acts = Callable[..., Any]


@pytest.fixture
def office(filed: Acts, signed_in: Callable[..., Client]) -> Client:  # noqa: F811
    """Return a browser of a verifying officer whose organ has the sample record on file."""
    filed(**HURT)
    return signed_in("P201", "verifying_officer")


def stated(form: str, **changes: str) -> dict[str, str]:
    """Return what a browser sends with a form that it opened."""
    row = cells(offence_code=ASSAULT)
    named = ("id_type", "id_number", "name", "organ_code", "decision_number", "offence_code")
    return {
        **{name: row[name] for name in named},
        "recipient_kind": "supervisory_organ",
        "recipient": "样例监察委员会",
        "document": "京公通〔2026〕1号",
        "second_officer": "P100",
        "condition": "on",
        "form_id": unescape(FORM_ID.search(form)[1]),
        **changes,
    }


def sent(officer: Client, page: str = NEW, **changes: str) -> Any:
    return officer.post(page, stated(officer.get(page).content.decode(), **changes))


# To the person.


def test_the_notice_is_the_same_bytes_whomever_it_goes_to(
    clerk_page: Client,  # noqa: F811
    verifier_page: Client,  # noqa: F811
) -> None:
    """Two persons, one of them a minor with a guardian; before submission, before filing and after it."""
    pages = []
    number = id_number("11010520100307101")
    minor = {"name": "样例少年", "birth_date": "2010-03-07", "id_number": number}
    for person in ({}, {**minor, "guardian_name": "样例监护人"}):
        draft = entered(clerk_page, **person)
        key = draft.split("/")[3]
        assert f'href="{TO_THE_PERSON}"' in clerk_page.get(draft).content.decode()
        pages.append(clerk_page.get(TO_THE_PERSON, headers={"referer": draft}).content)
        clerk_page.post(draft, {"checked": "on"})
        verify = f"/records/verify/{key}/"
        assert f'href="{TO_THE_PERSON}"' in verifier_page.get(verify).content.decode()
        assert verifier_page.post(f"{verify}file/", {"checked": "on"}).status_code == 302
        receipt = verifier_page.get("/records/verify/receipt/").content.decode()
        assert f'href="{TO_THE_PERSON}"' in receipt
        pages.append(clerk_page.get(TO_THE_PERSON).content)
    assert len(set(pages)) == 1
    for private in (*minor.values(), cells()["name"], cells()["decision_number"], key):
        assert private not in pages[0].decode()


def test_the_paper_is_the_same_in_either_language_of_the_site_and_for_either_officer(
    clerk_page: Client,  # noqa: F811
    verifier_page: Client,  # noqa: F811
) -> None:
    verifier_page.cookies["django_language"] = "zh-hans"
    papers = {
        re.search(r"<article.*</article>", page.get(TO_THE_PERSON).content.decode(), re.S)[0]
        for page in (clerk_page, verifier_page)
    }
    [paper] = papers
    assert 'lang="zh-hans"' in paper
    assert 'lang="en"' in paper


def test_the_terms_are_those_of_the_statutes_in_both_languages() -> None:
    """行政复议法 Art. 20: 60 days; 行政诉讼法 Art. 46: six months, Art. 45: 15 days."""
    assert (RECONSIDERATION_DAYS, LAWSUIT_MONTHS, LAWSUIT_DAYS_AFTER_RECONSIDERATION) == (60, 6, 15)
    chinese, english = (
        " ".join(sentence for part in notice.parts for sentence in part.sentences)
        for notice in notices()
    )
    for article in ("第一百三十六条", "第一百三十四条", "第一百二十一条", "第一百三十三条"):
        assert article in chinese
    for article in (136, 134, 121, 133):
        assert f"Article {article}" in english
    for term in ("60 日", "6 个月", "15 日"):
        assert term in chinese
    for term in ("60 days", "6 months", "15 days"):
        assert term in english
    assert "行政复议" in chinese
    assert "封存" in chinese
    assert not re.search("[一-鿿]", english)


def test_the_notice_is_for_those_who_file(signed_in: Callable[..., Client]) -> None:  # noqa: F811
    for number, role in [("P210", "inquirer"), ("P211", "auditor")]:
        assert signed_in(number, role).get(TO_THE_PERSON).status_code == 403
    assert Client().get(TO_THE_PERSON).status_code == 302


# Under Article 134.


def test_a_notice_is_shown_once_and_the_register_names_nobody(office: Client) -> None:
    form = stated(office.get(NEW).content.decode())
    shown = office.post(NEW, form)
    assert shown.status_code == 200
    assert "no-store" in shown["Cache-Control"]
    page = shown.content.decode()
    for told in (cells()["name"], cells()["decision_number"], "5 days", "京公通", "P201 · P100"):
        assert told in page
    for more in (cells()["id_number"], cells()["facts"], cells()["address"]):
        assert more not in page
    [made] = Notification.objects.all()
    assert str(made.entry) in page
    repeated = office.post(NEW, form)
    assert repeated.status_code == 409
    assert cells()["name"] not in repeated.content.decode()
    assert Notification.objects.count() == 1
    register = office.get(REGISTER).content.decode()
    assert "京公通〔2026〕1号" in register
    for private in (cells()["name"], cells()["id_number"], cells()["decision_number"]):
        assert private not in register


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"second_officer": "P201"}, "another officer of your unit"),
        ({"second_officer": "P999"}, "another officer of your unit"),
        ({"second_officer": "P500"}, "another officer of your unit"),
        ({"condition": ""}, "on this condition only"),
        ({"recipient_kind": "newspaper"}, "recipient_kind"),
        ({"id_number": "110105199003071012"}, "no valid ID number"),
        ({"offence_code": "PSL2025-999"}, "bad_value"),
        ({"document": ""}, "Number of the notice"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_asked(
    office: Client, account: Acts, changes: dict[str, str], words: str
) -> None:
    account("P500", "verifying_officer", unit="310115000000")

    def nothing(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        assert "sealing_auditentry" not in sql
        assert "registry_violationrecord" not in sql
        return execute(sql, params, many, context)

    with connection.execute_wrapper(nothing):
        page = sent(office, **changes)
    assert page.status_code == 200
    text = page.content.decode()
    assert "govuk-error-summary" in text
    assert words in text


def test_no_such_record_and_another_name_read_the_same(office: Client) -> None:
    heard = []
    for changes in (
        {"name": "样例人乙"},
        {"decision_number": "京公朝行罚决字〔2026〕90009号"},
        {"organ_code": "310115000000"},
    ):
        answer = sent(office, **changes)
        assert answer.status_code == 409
        summary = re.search(r"govuk-error-summary.*?</div>", text_of(answer), re.S)[0]
        heard.append(summary)
    assert len(set(heard)) == 1


def test_a_revocation_waits_on_the_first_page_until_it_is_notified(
    office: Client,
    happens: Acts,
) -> None:
    sent(office)
    [first] = Notification.objects.all()
    again = f"/notifications/{first.id}/again/"
    assert "to notify" not in office.get("/").content.decode()
    assert office.get(again).status_code == 404, "nothing is read without need"
    happens("revoked")
    assert "1 revocation or correction to notify" in office.get("/").content.decode()
    assert again in office.get(REGISTER).content.decode()
    wrong = sent(office, again, name="样例人乙")
    assert wrong.status_code == 409
    done = sent(office, again, document="京公通〔2026〕2号")
    assert done.status_code == 200
    page = done.content.decode()
    for told in ("京公通〔2026〕1号", "京公通〔2026〕2号", "Revoked", "京政复决〔2026〕7号"):
        assert told in page
    assert "Nothing of the decision stands" in page
    assert "to notify" not in office.get("/").content.decode()
    assert again not in office.get(REGISTER).content.decode()
    assert Notification.objects.get(earlier=first).document == "京公通〔2026〕2号"


def test_when_the_log_takes_no_entry_nothing_is_disclosed(office: Client) -> None:
    form = stated(office.get(NEW).content.decode())

    def full(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "INSERT INTO sealing_auditentry" in sql:
            raise DatabaseError("the disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(full):
        answer = office.post(NEW, form)
    assert answer.status_code == 503
    assert cells()["name"] not in answer.content.decode()


def test_the_register_goes_on_page_by_page(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("access.notification_pages.PAGE_LENGTH", 1)
    for number in ("通一号", "通二号"):
        sent(office, document=number)
    first = office.get(REGISTER).content.decode()
    older = unescape(re.search(r'href="(\?before=[^"]+)"', first)[1])
    second = office.get(REGISTER + older).content.decode()
    assert ("通二号" in first, "通一号" in first) == (True, False)
    assert ("通二号" in second, "通一号" in second) == (False, True)
    assert office.get(f"{REGISTER}?before=x").status_code == 404


def test_the_notices_are_for_verifying_officers(
    signed_in: Callable[..., Client],  # noqa: F811
) -> None:
    for number, role in [("P220", "clerk"), ("P221", "inquirer"), ("P222", "auditor")]:
        other = signed_in(number, role)
        for page in (REGISTER, NEW):
            assert other.get(page).status_code == 403
