"""The auditor reads the log: what the list and an entry say, which rows a filter returns, and that reading is entered."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client

from access.models import Unit
from sealing import admin as log_admin
from sealing import log_reading
from sealing.audit_log import Entry, Kind, NotEntered, Outcome
from sealing.models import AuditEntry
from tests.integration.admin.conftest import enter, enter_at

LOG = "/admin/sealing/auditentry/"


def keys(answer: Any) -> list[str]:
    """Return the keys of the entries a list page links to, in order."""
    return re.findall(rf'href="{LOG}([0-9a-f-]{{36}})/"', answer.content.decode())


def search(browser: Client, **filters: str) -> Any:
    """Post filters as the form does and follow to the list."""
    return browser.post(LOG, filters, follow=True)


def searches() -> list[dict[str, Any]]:
    """Return the details of every entry about reading the log."""
    found = AuditEntry.objects.using("audit").filter(kind=Kind.SEARCH).order_by("pk")
    return [json.loads(bytes(entry.body))["details"] for entry in found]


def months_ahead(count: int) -> str:
    """Return a coming month, for which the log has a partition, as 2026-11."""
    month = date.today().year * 12 + date.today().month - 1 + count
    return f"{month // 12}-{month % 12 + 1:02}"


def test_list_shows_codes_and_words(auditor: Client, unit: Unit) -> None:
    key = enter()
    page = auditor.get(LOG).content.decode()
    for text in (
        key,
        "F1012",
        "U001",
        "Sample School",
        "MINORS-62",
        "Inquiry under a state regulation",
        "Denied",
        "The post, permit or step that the check is for is missing.",
        "sample2receipt3sample",
    ):
        assert text in page


def test_entry_says_in_words_who_asked_and_why_it_was_denied(auditor: Client, unit: Unit) -> None:
    key = enter()
    page = auditor.get(f"{LOG}{key}/").content.decode()
    assert (
        "Official F1012 of unit U001 (Sample School) asked under MINORS-62 (Law on the Protection"
        in page
    )
    assert "Art. 62" in page
    assert "denied. Reasons: The post, permit or step that the check is for is missing." in page
    assert "The hash is that of the body" in page
    assert "&quot;reasons&quot;: [" in page


def test_entry_of_an_inquiry_shows_its_other_entries(auditor: Client) -> None:
    first, second, other = enter(), enter(), enter(inquiry="another2receipt3")
    answer = auditor.get(f"{LOG}{first}/")
    assert keys(answer) == [first, second]
    assert other not in answer.content.decode()


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_kind_and_outcome_has_a_sentence(
    auditor: Client, superuser_connection: Any, kind: Kind, outcome: Outcome
) -> None:
    facts = {"kind": kind, "outcome": outcome, "official": "F1012"}
    facts["details"] = {"act": "granted", "role": "clerk"}
    who = {"F1012"}
    if kind in {Kind.SANDBOX_INQUIRY, Kind.SANDBOX_LOOKUP}:
        facts["unit"] = Unit.objects.create(code="S900", name="样本测试单位", sandbox=True).code
        who.add("the sandbox S900")
    if kind is Kind.ROTATION:  # which only the keeper of the keys may enter
        key = enter_at(superuser_connection, datetime.now(UTC), **facts)
        who.add("The keeper of the keys")
    else:
        key = enter(**facts)
    page = auditor.get(f"{LOG}{key}/")
    told = re.search(r'log-told">([^<]+)<', page.content.decode())
    assert told
    assert any(name in told[1] for name in who)
    assert "%(" not in told[1]


def test_entry_that_does_not_exist(auditor: Client) -> None:
    assert auditor.get(f"{LOG}{UUID(int=7)}/").status_code == 404
    assert auditor.get(f"{LOG}?older_than=nonsense").status_code == 404


@pytest.mark.parametrize(
    ("name", "value", "facts"),
    [
        ("unit", "U002", {"unit": "U002"}),
        ("official", "F2000", {"official": "F2000"}),
        ("kind", "lookup", {"kind": Kind.LOOKUP}),
        ("exception", "case_handling", {"exception": "case_handling", "provision": ""}),
        ("provision", "PRESCHOOL-44", {"provision": "PRESCHOOL-44"}),
        ("outcome", "under_review", {"outcome": Outcome.UNDER_REVIEW, "reasons": ()}),
        ("reason", "letter_expired", {"reasons": ("post_missing", "letter_expired")}),
        ("inquiry", "another2receipt3", {"inquiry": "another2receipt3"}),
    ],
)
def test_filter_returns_exactly_its_rows(
    auditor: Client, name: str, value: str, facts: dict[str, Any]
) -> None:
    enter()
    wanted = [enter(**facts), enter(**facts)]
    enter()
    assert keys(search(auditor, **{name: value})) == wanted[::-1]


def test_filters_hold_together(auditor: Client) -> None:
    enter(unit="U002")
    wanted = enter(unit="U002", official="F2000")
    enter(official="F2000")
    assert keys(search(auditor, unit="U002", official="F2000")) == [wanted]


def test_time_filter_takes_days_and_months_of_local_time(
    auditor: Client, superuser_connection: Any
) -> None:
    month, following = months_ahead(2), months_ahead(3)

    def entered(day: str, clock: str) -> str:
        moment = datetime.fromisoformat(f"{day}T{clock}+08:00")
        return enter_at(superuser_connection, moment)

    before = entered(f"{month}-19", "23:59:59.999")
    first = entered(f"{month}-20", "00:00:00.000")
    last = entered(f"{month}-20", "23:59:59.999")
    after = entered(f"{month}-21", "00:00:00.000")
    next_month = entered(f"{following}-01", "00:00:00.000")
    day = {"since": f"{month}-20", "until": f"{month}-20"}
    assert keys(search(auditor, **day)) == [last, first]
    assert keys(search(auditor, since=month, until=month)) == [after, last, first, before]
    assert keys(search(auditor, since=f"{month}-21", until=following)) == [next_month, after]
    assert keys(search(auditor, until=f"{month}-19", since=f"{month}-01")) == [before]


@pytest.mark.parametrize(
    "filters",
    [
        {"since": "2026-13"},
        {"since": "yesterday"},
        {"since": "2026-11", "until": "2026-10"},
        {"kind": "gossip"},
        {"provision": "NO-SUCH"},
    ],
)
def test_filter_that_makes_no_sense_is_refused_in_words(
    auditor: Client, filters: dict[str, str]
) -> None:
    key = enter()
    answer = search(auditor, **filters)
    assert 'class="log-error"' in answer.content.decode()
    assert key not in answer.content.decode()


def test_period_before_the_log_is_not_covered(auditor: Client) -> None:
    enter()
    page = search(auditor, until="2020-01").content.decode()
    assert "is not covered" in page


def test_address_of_a_search_names_nobody_and_serves_one_reader(
    auditor: Client, signed_in: Callable[..., Client], account: Callable[..., Any]
) -> None:
    from access.roles import Role

    address = auditor.post(LOG, {"official": "F1012"})["Location"]
    assert "F1012" not in address
    other = account("A-second", Role.AUDITOR)
    second = Client()
    second.force_login(other, "allauth.account.auth_backends.AuthenticationBackend")
    assert auditor.get(address).status_code == 200
    assert second.get(address).status_code == 404
    assert auditor.get(f"{address}x").status_code == 404
    assert auditor.get(f"{LOG}?official=F9").status_code == 200


def test_paging_through_250_entries_loses_and_repeats_none(auditor: Client) -> None:
    wanted = [enter(official=f"F{number}") for number in range(250)]
    seen: list[str] = []
    page = auditor.get(LOG)
    first = keys(page)
    while True:
        seen += keys(page)
        enter(unit="U-new")  # arrives while somebody reads, and shifts nothing
        if not (older := re.search(r'rel="next" href="([^"]+)"', page.content.decode())):
            break
        page = auditor.get(LOG + older[1].replace("&amp;", "&"))
    assert [key for key in seen if key in wanted] == wanted[::-1]
    assert len(seen) == len(set(seen))
    back = [keys(page)]
    while newer := re.search(r'rel="prev" href="([^"]+)"', page.content.decode()):
        page = auditor.get(LOG + newer[1].replace("&amp;", "&"))
        back.insert(0, keys(page))
    joined = [key for part in back for key in part]
    assert list(dict.fromkeys(key for key in joined if key in wanted)) == wanted[::-1]
    assert first[0] in joined


def test_paging_keeps_the_filters(auditor: Client) -> None:
    wanted = [enter(unit="U002") for _ in range(60)]
    enter()
    page = search(auditor, unit="U002")
    older = re.search(r'rel="next" href="([^"]+)"', page.content.decode())
    assert older
    rest = auditor.get(LOG + older[1].replace("&amp;", "&"))
    assert keys(page) + keys(rest) == wanted[::-1]


def test_every_list_and_every_entry_read_is_entered(auditor: Client) -> None:
    key = enter()
    auditor.get(LOG)
    assert searches() == [{"page": "list", "filters": {}}]
    search(auditor, official="F1012", since="2026-11")
    auditor.get(f"{LOG}{key}/")
    assert searches()[1:] == [
        {"page": "list", "filters": {"official": "F1012", "since": "2026-11"}},
        {"page": "entry", "entry": key},
    ]
    read = AuditEntry.objects.using("audit").filter(kind=Kind.SEARCH)
    assert {entry.official for entry in read} == {"A-auditor"}


def test_nothing_is_shown_when_the_reading_cannot_be_entered(
    auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = enter()

    def broken(entry: Entry) -> None:
        raise NotEntered

    monkeypatch.setattr(log_admin, "enter_alone", broken)
    for answer in (search(auditor, official="F1012"), auditor.get(f"{LOG}{key}/")):
        assert answer.status_code == 503
        assert "F1012" not in answer.content.decode()
        assert "could not be written" in answer.content.decode()


def test_list_never_counts_and_reads_only_through_the_auditors_role(auditor: Client) -> None:
    enter()
    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(f"{context['connection'].alias}: {sql}")
        return execute(sql, params, many, context)

    with connections["default"].execute_wrapper(note), connections["audit"].execute_wrapper(note):
        auditor.get(LOG)
    on_log = [sql for sql in statements if "FROM" in sql and "sealing_auditentry" in sql]
    assert len(on_log) == 1
    assert on_log[0].startswith("audit: ")
    assert "COUNT(" not in on_log[0].upper()
    assert '"subject"' not in on_log[0]
    assert '"body"' not in on_log[0]


def waiting_while(monkeypatch: pytest.MonkeyPatch, condition: str) -> None:
    """Make every page of the log take 0.2 s under a condition, and stop each reading after 0.1 s."""
    for name in ("BY_TIME", "BY_FILTERS"):
        shorter = re.sub(r"timeout = \d+", "timeout = 100", getattr(log_reading, name))
        monkeypatch.setattr(log_reading, name, shorter)
    plain = log_admin.page

    def slow(entries: Any, **cut: Any) -> Any:
        with connections["audit"].cursor() as cursor:
            cursor.execute(f"SELECT CASE WHEN {condition} THEN pg_sleep(0.2) END")
        return plain(entries, **cut)

    monkeypatch.setattr(log_admin, "page", slow)


def test_reading_that_guesses_wrong_goes_by_the_filters_instead(
    auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = enter()
    waiting_while(monkeypatch, "current_setting('enable_indexscan') = 'on'")
    assert keys(search(auditor, outcome="denied")) == [key]


def test_reading_that_takes_too_long_asks_for_a_shorter_period(
    auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = enter()
    waiting_while(monkeypatch, "true")
    page = search(auditor, outcome="denied").content.decode()
    assert "Choose one month" in page
    assert key not in page
    assert "is not covered" not in page


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_entry_cannot_be_changed(auditor: Client, method: str) -> None:
    key = enter()
    assert getattr(auditor, method)(f"{LOG}{key}/").status_code == 405
    for path in ("add/", f"{key}/change/", f"{key}/delete/", f"{key}/history/"):
        assert auditor.get(LOG + path).status_code == 404
    assert auditor.put(LOG).status_code == 405


def test_time_of_an_entry_is_shown_in_local_time(
    auditor: Client, superuser_connection: Any
) -> None:
    month, following = months_ahead(2), months_ahead(3)
    moment = datetime.fromisoformat(f"{following}-01T02:30:05+08:00")
    enter_at(superuser_connection, moment)
    page = auditor.get(LOG).content.decode()
    assert f"{following}-01 02:30:05" in page
    assert f"{month}-" not in page
