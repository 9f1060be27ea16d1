"""The clerk's and the verifying officer's pages: who gets in, what they show, what they never show."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.integration.registry.conftest import cells, id_number

DATES = ("birth_date", "acted_on", "decided_on", "served_on")
PERSONAL = ("name", "id_number", "address", "facts")
# The form's token, and the digits that stand for the version of the draft, which are different for every draft.
TOKEN = re.compile(r'name="(csrfmiddlewaretoken|seen)" value="[^"]*"')


def posted(row: dict[str, str]) -> dict[str, str]:
    """Return what a browser sends for these cells."""
    sent = {}
    for name, cell in row.items():
        if name in DATES:
            for part, value in enumerate(cell.split("-") if cell else []):
                sent[f"{name}_{part}"] = value
        elif name != "warning" or cell == "1":
            sent[name] = cell
    return sent


def text_of(response: Any) -> str:
    """Return a page without what changes from one sending to the next."""
    return TOKEN.sub("", response.content.decode())


def title_of(response: Any) -> str:
    """Return what stands in the tab and in the browser's history."""
    return unescape(re.search(r"<title>(.*?)</title>", response.content.decode(), re.S)[1])


@pytest.fixture
def signed_in(account: Callable[..., Any]) -> Callable[..., Client]:
    """Return a function that signs an account in."""

    def client(number: str, *roles: str, **more: Any) -> Client:
        made = Client()
        made.force_login(
            account(number, *roles, **more), "allauth.account.auth_backends.AuthenticationBackend"
        )
        made.cookies["django_language"] = "en"
        return made

    return client


@pytest.fixture
def clerk_page(signed_in: Callable[..., Client]) -> Client:
    """Return a browser of a clerk."""
    return signed_in("P100", "clerk")


@pytest.fixture
def verifier_page(signed_in: Callable[..., Client]) -> Client:
    """Return a browser of a verifying officer of the same unit."""
    return signed_in("P200", "verifying_officer")


def entered(clerk: Client, **changes: str) -> str:
    """Key in a decision and return the address of its check page."""
    response = clerk.post("/records/new/", posted(cells(**changes)))
    assert response.status_code == 302, response.content.decode()
    return str(response.url)


def test_from_the_empty_form_to_the_receipt(
    clerk_page: Client, verifier_page: Client, on_file: Callable[..., int]
) -> None:
    form = clerk_page.get("/records/new/").content.decode()
    assert 'value="110105000000"' in form
    draft = entered(clerk_page)
    page = clerk_page.get(draft).content.decode()
    for name in PERSONAL:
        assert cells()[name] in page
    assert clerk_page.post(draft, {}).status_code == 200
    assert clerk_page.post(draft, {"checked": "on"}).url == "/records/drafts/submitted/"
    assert "cannot see it again" in clerk_page.get("/records/drafts/submitted/").content.decode()

    key = draft.split("/")[3]
    assert key in verifier_page.get("/records/verify/").content.decode()
    assert cells()["name"] in verifier_page.get(f"/records/verify/{key}/").content.decode()
    filed = verifier_page.post(f"/records/verify/{key}/file/", {"checked": "on"})
    assert filed.url == "/records/verify/receipt/"
    receipt = verifier_page.get(filed.url).content.decode()
    token = re.search(r"[0-9a-f-]{36}", receipt)
    assert token is not None
    assert on_file(f"entry = '{token[0]}'") == 1


def test_a_sealed_record_answers_like_one_that_never_was(
    clerk_page: Client, verifier_page: Client
) -> None:
    draft = entered(clerk_page)
    key, never = draft.split("/")[3], str(uuid4())
    clerk_page.post(draft, {"checked": "on"})
    verifier_page.post(f"/records/verify/{key}/file/", {"checked": "on"})
    assert key not in clerk_page.get("/records/drafts/").content.decode()
    assert key not in verifier_page.get("/records/verify/").content.decode()
    for client, method, path in [
        (clerk_page, "get", "/records/drafts/{}/"),
        (clerk_page, "post", "/records/drafts/{}/"),
        (clerk_page, "get", "/records/drafts/{}/change/"),
        (clerk_page, "post", "/records/drafts/{}/change/"),
        (clerk_page, "get", "/records/drafts/{}/withdraw/"),
        (clerk_page, "post", "/records/drafts/{}/withdraw/"),
        (clerk_page, "get", "/records/verify/{}/"),
        (verifier_page, "get", "/records/verify/{}/"),
        (verifier_page, "post", "/records/verify/{}/file/"),
        (verifier_page, "post", "/records/verify/{}/return/"),
        (verifier_page, "get", "/records/drafts/{}/"),
    ]:
        data = {**posted(cells()), "checked": "on", "remarks": "样例"} if method == "post" else {}
        sealed = getattr(client, method)(path.format(key), data)
        absent = getattr(client, method)(path.format(never), data)
        assert sealed.status_code in (403, 404)
        assert (sealed.status_code, text_of(sealed).replace(key, "")) == (
            absent.status_code,
            text_of(absent).replace(never, ""),
        )


@pytest.mark.parametrize(
    ("roles", "more"),
    [
        (("inquirer",), {}),
        (("auditor",), {"unit": None}),
        (("clerk",), {"unit": None}),
        ((), {"unit": None, "is_superuser": True}),
        (("clerk", "verifying_officer"), {"unit": None, "is_superuser": True}),
    ],
    ids=["inquirer", "auditor", "no unit", "superuser", "superuser with roles"],
)
def test_pages_are_closed_to_everybody_else(
    signed_in: Callable[..., Client], roles: tuple[str, ...], more: dict[str, Any]
) -> None:
    other = signed_in("P900", *roles, **more)
    for path in (
        "new/",
        "drafts/",
        "drafts/submitted/",
        "acts/?q=26",
        "verify/",
        "verify/receipt/",
    ):
        assert other.get(f"/records/{path}").status_code == 403, path


def test_pages_ask_for_sign_in(db: None) -> None:
    for path in ("new/", "drafts/", "acts/", "verify/", f"verify/{uuid4()}/"):
        assert Client().get(f"/records/{path}").url.startswith("/accounts/login/")


def test_a_draft_is_open_to_nobody_but_its_clerk_and_then_its_verifier(
    clerk_page: Client, verifier_page: Client, signed_in: Callable[..., Client]
) -> None:
    draft = entered(clerk_page)
    verify = draft.replace("drafts", "verify")
    colleague, elsewhere = (
        signed_in("P101", "clerk"),
        signed_in("P500", "verifying_officer", unit="310115000000"),
    )
    both = signed_in("P102", "clerk", "verifying_officer")
    assert clerk_page.get(draft).status_code == 200
    assert [client.get(draft).status_code for client in (colleague, both)] == [404, 404]
    assert verifier_page.get(verify).status_code == 404
    clerk_page.post(draft, {"checked": "on"})
    assert clerk_page.get(draft).status_code == 404
    assert [client.get(verify).status_code for client in (verifier_page, both)] == [200, 200]
    assert elsewhere.get(verify).status_code == 404


def test_lists_titles_and_addresses_name_nobody(clerk_page: Client, verifier_page: Client) -> None:
    row = cells()
    draft = entered(clerk_page)
    shown = [clerk_page.get("/records/drafts/")]
    titles = [
        title_of(clerk_page.get(path)) for path in (draft, f"{draft}change/", f"{draft}withdraw/")
    ]
    clerk_page.post(draft, {"checked": "on"})
    shown += [clerk_page.get("/records/drafts/"), verifier_page.get("/records/verify/")]
    titles += [title_of(verifier_page.get(draft.replace("drafts", "verify")))]
    titles += [title_of(page) for page in shown]
    for name in (*PERSONAL, "decision_number"):
        assert row[name] not in draft
        assert not any(row[name] in title for title in titles)
    for name in PERSONAL:
        assert not any(row[name] in page.content.decode() for page in shown)


def test_a_returned_draft_shows_its_remarks_and_can_be_corrected(
    clerk_page: Client, verifier_page: Client
) -> None:
    draft = entered(clerk_page)
    clerk_page.post(draft, {"checked": "on"})
    back = draft.replace("drafts", "verify") + "return/"
    assert verifier_page.post(back, {"remarks": ""}).status_code == 200
    assert verifier_page.post(back, {"remarks": "金额不符"}).status_code == 302
    assert "金额不符" in clerk_page.get(draft).content.decode()
    changed = clerk_page.post(f"{draft}change/", posted(cells(fine="300")))
    assert changed.url == draft
    assert "300 yuan" in clerk_page.get(draft).content.decode()


def test_when_the_log_takes_no_entry_the_page_says_that_nothing_was_filed(
    clerk_page: Client,
    verifier_page: Client,
    on_file: Callable[..., int],
    superuser_connection: Any,
) -> None:
    draft = entered(clerk_page)
    clerk_page.post(draft, {"checked": "on"})
    superuser_connection.execute("REVOKE INSERT ON sealing_auditentry FROM registry_app")
    try:
        answer = verifier_page.post(draft.replace("drafts", "verify") + "file/", {"checked": "on"})
    finally:
        superuser_connection.execute("GRANT INSERT ON sealing_auditentry TO registry_app")
    assert answer.status_code == 503
    assert "nothing was filed" in answer.content.decode()
    assert on_file() == 0


def test_a_known_and_an_unknown_person_get_the_same_bytes(
    clerk_page: Client, verifier_page: Client
) -> None:
    first = entered(clerk_page)
    clerk_page.post(first, {"checked": "on"})
    verifier_page.post(first.replace("drafts", "verify") + "file/", {"checked": "on"})
    known, unknown = cells()["id_number"], id_number("11010519900307103")
    for changes in (
        {"fine": "99999"},
        {"fine": "", "detention_days": "16"},
        {"sex": "female"},
        {"decided_on": "2099-01-01"},
        {"decision_number": "京公朝行罚决字〔2026〕90001号", "fine": "99999"},
        {"guardian_name": "样例", "decision_number": "样例1号"},
    ):
        answers = []
        for number in (known, unknown):
            answer = clerk_page.post("/records/new/", posted(cells(**changes, id_number=number)))
            assert answer.status_code == 200
            answers.append(text_of(answer).replace(number, "NUMBER"))
        assert answers[0] == answers[1]
    same = [
        clerk_page.post("/records/new/", posted(cells(id_number=number)))
        for number in (known, unknown)
    ]
    assert [answer.status_code for answer in same] == [302, 302]
    pages = [text_of(clerk_page.get(answer.url)) for answer in same]
    for answer, number in zip(same, (known, unknown), strict=True):
        pages = [page.replace(number, "NUMBER").replace(answer.url, "") for page in pages]
    assert pages[0] == pages[1]


def test_acts_are_found_by_article_and_word_with_their_limits(clerk_page: Client) -> None:
    by_article = clerk_page.get("/records/acts/", {"q": "26(1)1"}).json()["acts"]
    assert [act["code"] for act in by_article] == ["PSL2025-026-1-1"]
    assert by_article[0]["limits"]["fine"] == "Fine: up to 1,000 yuan."
    assert clerk_page.get("/records/acts/", {"q": "吸毒"}).json()["acts"]
    assert clerk_page.get("/records/acts/", {"q": "不存在的行为"}).json()["acts"] == []


def test_no_page_writes_personal_data_to_a_log(
    clerk_page: Client, verifier_page: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    draft = entered(clerk_page)
    clerk_page.post("/records/new/", posted(cells(fine="99999")))
    clerk_page.post(draft, {"checked": "on"})
    verifier_page.post(draft.replace("drafts", "verify") + "file/", {"checked": "on"})
    for name in (*PERSONAL, "decision_number"):
        assert cells()[name] not in caplog.text


def test_lists_are_turned_page_by_page_without_loss(
    clerk_page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.pages.PAGE_LENGTH", 2)
    made = {
        entered(clerk_page, decision_number=f"京公朝行罚决字〔2026〕9000{n}号") for n in range(5)
    }
    address, seen = "/records/drafts/", []
    while address:
        page = clerk_page.get(address)
        seen += re.findall(r'href="(/records/drafts/[0-9a-f-]{36}/)"', page.content.decode())
        following = page.context["next_href"]
        address = f"/records/drafts/{following}" if following else ""
    assert (len(seen), set(seen)) == (5, made)
    assert clerk_page.get("/records/drafts/?after=x").status_code == 404
