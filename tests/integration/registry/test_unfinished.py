"""What a clerk types is kept as typed, sealed, for him alone, and no window overwrites what it has not seen."""

from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from registry.models import UnfinishedEntry
from tests.integration.registry.conftest import cells
from tests.integration.registry.test_pages import (
    clerk_page,  # noqa: F401
    entered,
    posted,
    signed_in,  # noqa: F401
    verifier_page,  # noqa: F401
)

HALF = {
    "name": "样例人半",
    "id_type": "passport",
    "id_number": "E12",
    "birth_date_0": "19",
    "birth_date_1": "",
    "birth_date_2": "31",
    "fine": "five hundred",
    "warning": "1",
    "facts": "经查，样例人",
}


def keep(client: Client, key: Any, data: dict[str, str], **more: Any) -> Any:
    """Send what a window sends."""
    return client.post(f"/records/unfinished/{key}/keep/", {**data, **more})


def shown(client: Client, key: Any) -> str:
    """Return the page on which an entry goes on."""
    page = client.get(f"/records/unfinished/{key}/")
    assert page.status_code == 200
    return unescape(page.content.decode())


def test_half_of_everything_is_kept_as_typed(clerk_page: Client) -> None:  # noqa: F811
    key = uuid4()
    answer = keep(clerk_page, key, HALF, version="0", window=uuid4())
    assert answer.status_code == 200
    assert answer.json()["version"] == 1
    assert answer.json()["href"] == f"/records/unfinished/{key}/"
    page = shown(clerk_page, key)
    for name, value in HALF.items():
        if name not in ("warning", "id_type") and value:
            assert value in page, name
    assert 'value="passport" selected' in page
    form = clerk_page.get(f"/records/unfinished/{key}/").context["form"]
    assert form["birth_date"].value() == ["19", "", "31"]
    assert form["warning"].value() is True
    assert not form.is_bound
    assert str(key) in clerk_page.get("/records/drafts/").content.decode()


def test_without_script_a_button_keeps_it(clerk_page: Client) -> None:  # noqa: F811
    answer = clerk_page.post("/records/new/", {**HALF, "keep": "1", "version": "0"})
    assert answer.status_code == 302
    assert answer.url.startswith("/records/unfinished/")
    assert "样例人半" in clerk_page.get(answer.url).content.decode()
    again = clerk_page.post(answer.url, {**HALF, "facts": "样例更多", "keep": "1", "version": "1"})
    assert again.url == answer.url
    assert "样例更多" in clerk_page.get(answer.url).content.decode()


def test_only_ciphertext_is_stored_and_nothing_is_left_when_it_is_saved(
    clerk_page: Client,  # noqa: F811
    superuser_connection: Any,
) -> None:
    key = uuid4()
    keep(clerk_page, key, posted(cells()), version="0")
    rows = superuser_connection.execute("SELECT t::text, typed FROM registry_unfinishedentry t")
    text, typed = rows.fetchone()
    for name in ("name", "id_number", "facts", "decision_number"):
        assert cells()[name] not in text
        assert cells()[name].encode() not in bytes(typed)
    saved = clerk_page.post(f"/records/unfinished/{key}/", {**posted(cells()), "version": "1"})
    assert saved.url.startswith("/records/drafts/")
    assert not UnfinishedEntry.objects.exists()
    assert clerk_page.get(f"/records/unfinished/{key}/").status_code == 404
    # What is still on its way from the window does not bring it back.
    late = keep(clerk_page, key, HALF, version="1")
    assert (late.status_code, late.json()["code"]) == (409, "gone")


def test_an_older_window_overwrites_nothing(clerk_page: Client) -> None:  # noqa: F811
    key, first, second = uuid4(), uuid4(), uuid4()
    keep(clerk_page, key, {"name": "样例人一"}, version="0", window=first)
    newer = keep(clerk_page, key, {"name": "样例人二"}, version="1", window=second)
    assert newer.json()["version"] == 2
    older = keep(clerk_page, key, {"name": "样例人三"}, version="1", window=first)
    assert (older.status_code, older.json()["code"]) == (409, "stale")
    assert "another window" in older.json()["message"]
    assert "样例人二" in shown(clerk_page, key)
    for more in ({"keep": "1"}, {}):
        refused = clerk_page.post(
            f"/records/unfinished/{key}/", {**posted(cells()), "version": "1", **more}
        )
        page = unescape(refused.content.decode())
        assert refused.status_code == 409
        # What the older window holds stays on its screen, and pressing again is a choice.
        assert cells()["name"] in page
        assert 'name="version" value="2"' in page
    assert "样例人二" in shown(clerk_page, key)


def test_a_window_whose_answer_was_lost_goes_on(clerk_page: Client) -> None:  # noqa: F811
    key, window = uuid4(), uuid4()
    keep(clerk_page, key, {"name": "样例人一"}, version="0", window=window)
    keep(clerk_page, key, {"name": "样例人二"}, version="1", window=window)
    # The window never heard of version 2 and says 1 again, with more typed.
    answer = keep(clerk_page, key, {"name": "样例人三"}, version="1", window=window)
    assert answer.status_code == 200
    assert "样例人三" in shown(clerk_page, key)


def test_an_entry_is_nobody_elses(
    clerk_page: Client,  # noqa: F811
    verifier_page: Client,  # noqa: F811
    signed_in: Callable[..., Client],  # noqa: F811
) -> None:
    key, never = uuid4(), uuid4()
    keep(clerk_page, key, HALF, version="0")
    colleague = signed_in("P101", "clerk")
    elsewhere = signed_in("P300", "clerk", unit="310115000000")
    for other in (colleague, elsewhere):
        for path in ("", "give-up/"):
            for method in ("get", "post"):
                answers = [
                    getattr(other, method)(f"/records/unfinished/{one}/{path}", {"version": "1"})
                    for one in (key, never)
                ]
                assert {answer.status_code for answer in answers} == {404}
        answers = [keep(other, one, HALF, version="1") for one in (key, never)]
        assert {answer.content for answer in answers} == {answers[0].content}
        assert answers[0].json()["code"] == "gone"
        assert keep(other, key, HALF, version="0").status_code == 409
        assert str(key) not in other.get("/records/drafts/").content.decode()
    for path in ("", "keep/", "give-up/"):
        assert verifier_page.get(f"/records/unfinished/{key}/{path}").status_code == 403
    entry = UnfinishedEntry.objects.get()
    assert (entry.clerk, entry.version) == ("P100", 1)


def test_a_window_that_another_officer_left_open_saves_nothing_for_the_next(
    signed_in: Callable[..., Client],  # noqa: F811
) -> None:
    colleague = signed_in("P101", "clerk")
    answer = keep(colleague, uuid4(), HALF, version="0", clerk="P100")
    assert (answer.status_code, answer.json()["code"]) == (409, "other_officer")
    page = colleague.post("/records/new/", {**posted(cells()), "clerk": "P100"})
    assert page.status_code == 409
    assert not UnfinishedEntry.objects.exists()


def test_changes_to_a_draft_are_kept_beside_it_until_they_are_saved(
    clerk_page: Client,  # noqa: F811
) -> None:
    draft = entered(clerk_page)
    pk, key = draft.split("/")[3], uuid4()
    changed = posted(cells(fine="300"))
    assert keep(clerk_page, key, changed, version="0", draft=pk).status_code == 200
    assert "500 yuan" in clerk_page.get(draft).content.decode()
    assert clerk_page.get(f"{draft}change/").url == f"/records/unfinished/{key}/"
    # A second window on the same draft, with a key of its own, does not begin a second entry.
    refusal = keep(clerk_page, uuid4(), changed, version="0", draft=pk).json()
    assert (refusal["code"], refusal["href"]) == ("stale", f"{draft}change/")
    assert clerk_page.post(f"{draft}change/", posted(cells(fine="400"))).status_code == 409
    # A draft is not submitted without what was typed last.
    refused = clerk_page.post(draft, {"checked": "on"})
    assert "not part of this yet" in refused.content.decode()
    saved = clerk_page.post(f"/records/unfinished/{key}/", {**changed, "version": "1"})
    assert saved.url == draft
    assert "300 yuan" in clerk_page.get(draft).content.decode()
    assert clerk_page.post(draft, {"checked": "on"}).status_code == 302


def test_a_draft_changed_in_another_window_is_not_overwritten(clerk_page: Client) -> None:  # noqa: F811
    draft = entered(clerk_page)
    seen = clerk_page.get(f"{draft}change/").context["seen"]
    first = clerk_page.post(f"{draft}change/", {**posted(cells(fine="300")), "seen": seen})
    assert first.status_code == 302
    second = clerk_page.post(f"{draft}change/", {**posted(cells(fine="400")), "seen": seen})
    assert second.status_code == 409
    assert "300 yuan" in clerk_page.get(draft).content.decode()


def test_typing_in_a_window_older_than_the_draft_does_not_lead_past_that(
    clerk_page: Client,  # noqa: F811
) -> None:
    draft, key = entered(clerk_page), uuid4()
    pk, seen = draft.split("/")[3], clerk_page.get(f"{draft}change/").context["seen"]
    clerk_page.post(f"{draft}change/", {**posted(cells(fine="300")), "seen": seen})
    older = {**posted(cells(fine="400")), "seen": seen}
    answer = keep(clerk_page, key, older, version="0", draft=pk).json()
    # The window is led to the draft as it is now, where somebody can compare.
    assert (answer["code"], answer["href"]) == ("stale", f"{draft}change/")
    assert clerk_page.get(answer["href"]).status_code == 200
    assert not UnfinishedEntry.objects.exists()
    told = clerk_page.post(f"{draft}change/", older)
    assert told.status_code == 409
    assert "300 yuan" in clerk_page.get(draft).content.decode()
    # Saving once more, with the newer version named, is a choice.
    again = {**older, "seen": told.context["seen"]}
    assert keep(clerk_page, key, again, version="0", draft=pk).status_code == 200
    assert clerk_page.post(f"/records/unfinished/{key}/", {**again, "version": "1"}).url == draft
    assert "400 yuan" in clerk_page.get(draft).content.decode()


def test_an_entry_whose_draft_is_not_what_the_window_saw_is_not_saved(
    clerk_page: Client,  # noqa: F811
) -> None:
    draft, key = entered(clerk_page), uuid4()
    pk = draft.split("/")[3]
    sent = {**posted(cells(fine="300")), "version": "1"}
    assert keep(clerk_page, key, sent | {"version": "0"}, draft=pk).status_code == 200
    page = f"/records/unfinished/{key}/"
    assert clerk_page.post(page, {**sent, "seen": "0" * 16}).status_code == 409
    assert "500 yuan" in clerk_page.get(draft).content.decode()
    assert clerk_page.post(page, sent).url == draft


def test_a_correction_is_kept_as_typed_too(clerk_page: Client) -> None:  # noqa: F811
    key = uuid4()
    sent = {"outcome": "void", "outcome_reason": "样例事由", "outcome_on_0": "20"}
    assert keep(clerk_page, key, sent, version="0").status_code == 200
    page = shown(clerk_page, key)
    assert "样例事由" in page
    assert 'name="outcome_on_0" id="id_outcome_on_0" value="20"' in page
    assert keep(clerk_page, uuid4(), {"outcome": "amnesty"}, version="0").status_code == 409


@pytest.mark.parametrize(
    ("data", "code"),
    [({"facts": "样" * 60_001}, "too_long"), ({"draft": str(uuid4())}, "gone")],
    ids=["too long", "a draft that is not his"],
)
def test_what_cannot_be_kept_is_said(clerk_page: Client, data: dict[str, str], code: str) -> None:  # noqa: F811
    answer = keep(clerk_page, uuid4(), data, version="0")
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not UnfinishedEntry.objects.exists()


def test_a_hundred_entries_at_most(
    clerk_page: Client,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("registry.unfinished.MOST_ENTRIES", 2)
    answers = [keep(clerk_page, uuid4(), HALF, version="0").status_code for _ in range(3)]
    assert answers == [200, 200, 409]


def test_given_up_it_is_gone(clerk_page: Client) -> None:  # noqa: F811
    key = uuid4()
    keep(clerk_page, key, HALF, version="0")
    assert clerk_page.get(f"/records/unfinished/{key}/give-up/").status_code == 200
    assert clerk_page.post(f"/records/unfinished/{key}/give-up/").url == "/records/drafts/"
    assert not UnfinishedEntry.objects.exists()


def test_a_withdrawn_draft_takes_its_unfinished_changes_along(clerk_page: Client) -> None:  # noqa: F811
    draft = entered(clerk_page)
    keep(clerk_page, uuid4(), HALF, version="0", draft=draft.split("/")[3])
    clerk_page.post(f"{draft}withdraw/")
    assert not UnfinishedEntry.objects.exists()


def test_nothing_typed_reaches_a_log(
    clerk_page: Client,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    key = uuid4()
    keep(clerk_page, key, HALF, version="0")
    keep(clerk_page, key, HALF, version="7")
    clerk_page.get(f"/records/unfinished/{key}/")
    for name in ("name", "facts"):
        assert HALF[name] not in caplog.text
