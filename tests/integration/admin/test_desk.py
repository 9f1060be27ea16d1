"""The auditor's desk: what it shows, that every reading is entered first, and what nobody else and nothing outside learns."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from access import authorisations, desk, desk_words
from access.models import ReadingReason, User
from access.roles import Role
from sealing import audit_log, log_counts
from sealing.audit_log import Kind, NotEntered, Outcome
from sealing.log_paging import first_key
from sealing.models import AuditEntry
from sealing.subject import log_index
from tests.integration.admin.conftest import ENGLISH, enter

DESK = "/admin/desk/"
PAGES = [
    DESK,
    f"{DESK}person/",
    f"{DESK}auditors/",
    f"{DESK}table/",
    f"{DESK}pack/",
    f"{DESK}samples/",
]
WHY = {"reason": "complaint", "words": "样本事由：申诉件第7号"}
ASKED, NEVER = "11010519491231002X", "11010519900307101X"
PERSON = log_index("resident_id", ASKED)


def told() -> list[dict]:
    """Return the details of every entry about what auditors did, oldest first."""
    found = AuditEntry.objects.using("audit").filter(kind=Kind.SEARCH).order_by("pk")
    return [json.loads(bytes(entry.body))["details"] for entry in found]


def question(browser: Client, number: str, **changed: str):
    form = {"id_type": "resident_id", "id_number": number, **WHY, **changed}
    return browser.post(f"{DESK}person/", form)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
def test_no_other_role_opens_any_page_of_the_desk(signed_in, role):
    browser = signed_in(role)
    assert {browser.get(path).status_code for path in PAGES} == {403}
    assert {browser.post(path, WHY).status_code for path in PAGES} == {403}
    assert told() == []


def test_a_superuser_opens_nothing_even_with_the_role(account, set_above_the_rule):
    browser = Client(headers=ENGLISH)
    root = set_above_the_rule(account("ROOT2", Role.AUDITOR))
    browser.force_login(root, "allauth.account.auth_backends.AuthenticationBackend")
    assert {browser.get(path).status_code for path in PAGES} == {403}
    assert question(browser, ASKED).status_code == 403


def test_home_counts_what_is_in_the_log(auditor, unit):
    enter()
    enter(reasons=("post_missing", "letter_expired"))
    enter(outcome=Outcome.GRANTED, reasons=(), unit="U002")
    today = timezone.localdate()
    for days, ground in ((10, "MINORS-62"), (90, "PRESCHOOL-44")):
        until = today + timedelta(days=days)
        authorisations.load(
            unit=unit, ground=ground, valid_from=today, valid_to=until, officials=[], by="test"
        )
    page = auditor.get(DESK).content.decode()
    rows = dict(re.findall(r'<th scope="row">([^<]+)</th><td class="desk-number">(\d+)</td>', page))
    assert rows["Inquiry: Denied"] == "2"
    assert rows["Inquiry: Granted"] == "1"
    assert rows["The post, permit or step that the check is for is missing."] == "2"
    assert rows["U001 Sample School"] == "2"
    assert rows["U002"] == "1"
    assert page.count('<svg class="desk-chart" role="img"') == 3
    assert "MINORS-62" in page
    assert "PRESCHOOL-44" not in page
    assert "The log was never signed" in page


def test_home_of_an_empty_registry_says_so(auditor):
    page = auditor.get(DESK).content.decode()
    assert page.count("Nothing yet.") == 2
    assert "None." in page


def test_a_count_that_takes_too_long_is_left_out_and_the_page_is_shown(auditor, monkeypatch):
    def slow(span, **_):
        with connections["audit"].cursor() as cursor:
            cursor.execute("SELECT pg_sleep(10)")

    monkeypatch.setattr("sealing.log_reading.BY_TIME", "SET LOCAL statement_timeout = 50")
    monkeypatch.setattr("sealing.log_reading.BY_FILTERS", "SET LOCAL statement_timeout = 50")
    monkeypatch.setattr("sealing.log_counts.inquiries_by_unit", slow)
    answer = auditor.get(DESK)
    assert answer.status_code == 200
    assert "Counting took too long and was stopped." in answer.content.decode()


@pytest.mark.parametrize("query", ["BY_UNIT", "BY_REASON"])
def test_a_count_reads_the_months_in_question_only_and_an_index_alone(auditor, query):
    enter()
    now = timezone.now()
    asked = [first_key(now - timedelta(days=1)), first_key(now + timedelta(days=1))]
    asked += [10] if query == "BY_UNIT" else []
    with connections["audit"].cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {getattr(log_counts, query)}", asked)
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert 1 <= len(set(re.findall(r" on (sealing_auditentry_\d{6})", plan))) <= 2
    assert "Index Only Scan" in plan


def test_a_question_is_entered_with_its_reason_before_it_is_answered(auditor):
    receipt = "sample2receipt3sample"
    enter(person=PERSON, inquiry=receipt)
    enter(person=log_index("resident_id", NEVER), inquiry="another2receipt3")
    asked = question(auditor, ASKED)
    assert asked.status_code == 302
    assert ASKED not in asked["Location"]
    assert PERSON not in asked["Location"]
    assert told()[-1] == {"page": "person", "reason": "complaint"}
    first = AuditEntry.objects.using("audit").filter(kind=Kind.SEARCH).latest("pk")
    assert first.person == PERSON
    page = auditor.get(asked["Location"]).content.decode()
    assert receipt in page
    assert "another2receipt3" not in page
    assert ASKED not in page
    assert told()[-1] == {"page": "person_answer", "question": str(first.pk)}


def test_the_words_of_a_reason_are_sealed_and_not_in_the_log(auditor, superuser_connection):
    question(auditor, ASKED)
    assert ReadingReason.objects.get().text == WHY["words"]
    tables = ("sealing_auditentry", "access_readingreason")
    for table in tables:
        (kept,) = superuser_connection.execute(
            f"SELECT string_agg(t::text, ' ') FROM {table} AS t"
        ).fetchone()
        assert WHY["words"] not in kept
        assert WHY["words"].encode().hex() not in kept
        assert ASKED not in kept


def without(page: str, *tokens: str) -> str:
    """Return a page without times, keys and the words of addresses, which differ each time."""
    page = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "KEY", page)
    page = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", page)
    return re.sub(r"(search=|next=)[\w%.-]+", r"\1WORD", page)


def test_a_person_on_file_and_one_who_is_not_are_answered_alike(auditor):
    """Filed, notified, and never heard of: nobody asked, so the same page and the same number of statements."""
    other = "110105194912310038"
    enter(kind=Kind.FILING, outcome=Outcome.FILED, person=PERSON, inquiry="", reasons=())
    notified = {"kind": Kind.LOOKUP, "outcome": Outcome.DISCLOSED, "provision": "LAW-134"}
    enter(person=log_index("resident_id", other), inquiry="", reasons=(), **notified)
    enter(kind=Kind.NOTIFICATION, outcome=Outcome.DISCLOSED, person=log_index("resident_id", other))
    pages, statements = [], []
    for number in (ASKED, other, NEVER):
        location = question(auditor, number)["Location"]
        counts = []
        for alias in ("default", "audit"):
            connections[alias].force_debug_cursor = True
            connections[alias].queries_log.clear()
        pages.append(without(auditor.get(location).content.decode()))
        for alias in ("default", "audit"):
            counts.append(
                [query["sql"].split(" FROM ")[0][:60] for query in connections[alias].queries]
            )
            connections[alias].force_debug_cursor = False
        statements.append([len(found) for found in counts])
    assert pages[0] == pages[1] == pages[2]
    assert statements[0] == statements[1] == statements[2]
    assert "0 entries on this page" in pages[0]


def test_the_answer_reads_no_record(auditor):
    location = question(auditor, ASKED)["Location"]
    connection.force_debug_cursor = True
    connection.queries_log.clear()
    auditor.get(location)
    sent = " ".join(query["sql"] for query in connection.queries)
    connection.force_debug_cursor = False
    assert "sealing_auditentry" in sent
    assert "registry_violationrecord" not in sent


@pytest.mark.parametrize("missing", ["reason", "words"])
def test_a_question_without_a_reason_is_not_asked(auditor, missing):
    answer = question(auditor, ASKED, **{missing: ""})
    assert answer.status_code == 200
    assert all(said.get("page") != "person" or "reason" not in said for said in told())
    assert not ReadingReason.objects.exists()


def test_a_slip_of_the_pen_is_not_taken_for_nobody_asked(auditor):
    page = question(auditor, "110105194912310021").content.decode()
    assert "This is no valid ID number" in page


def test_an_answer_opens_for_whoever_asked_and_nobody_else(auditor, account):
    location = question(auditor, ASKED)["Location"]
    other = Client(headers=ENGLISH)
    other.force_login(
        account("A-2", Role.AUDITOR), "allauth.account.auth_backends.AuthenticationBackend"
    )
    assert other.get(location).status_code == 404
    assert auditor.get(f"{location[:-4]}AAAA").status_code == 404
    assert auditor.get(f"{DESK}person/answer/").status_code == 404


def test_an_auditor_does_not_learn_who_is_a_canary(auditor):
    form = {"id_type": "resident_id", "id_number": ASKED}
    auditor.post("/admin/access/alert/canaries/", form)
    page = auditor.get(question(auditor, ASKED)["Location"]).content.decode()
    assert page.count('<td class="log-time">') == 1


def test_without_an_entry_nothing_is_shown(auditor, monkeypatch):
    location = question(auditor, ASKED)["Location"]

    def fails(entry, **_):
        raise NotEntered("made up")

    monkeypatch.setattr(audit_log, "enter", fails)
    monkeypatch.setattr(audit_log, "enter_alone", fails)
    for path in (*PAGES, location, "/admin/", "/admin/access/alert/", "/admin/auditlog/logentry/"):
        assert auditor.get(path).status_code == 503, path
    for path in (f"{DESK}table/", f"{DESK}person/"):
        form = {"id_type": "resident_id", "id_number": ASKED, **WHY}
        assert auditor.post(path, form).status_code == 503, path


def test_every_page_an_auditor_can_open_is_in_the_log(auditor):
    """Found in the resolver, not in a list: a page that is new is held to it too."""
    from tests.house.addresses import every_address

    key = enter()
    opened = set()
    for address in every_address():
        if not address.shown.startswith("/admin/"):
            continue
        before = len(told())
        path = address.path(key=key) if "auditentry" in address.shown else address.path()
        if auditor.get(path).status_code == 200:
            opened.add(address.shown)
            assert len(told()) > before, address.shown
    assert {"/admin/", DESK, f"{DESK}auditors/", "/admin/sealing/auditentry/"} <= opened


def test_what_one_auditor_did_the_others_see_with_the_reason(auditor, account):
    question(auditor, ASKED)
    other = Client(headers=ENGLISH)
    other.force_login(
        account("A-2", Role.AUDITOR), "allauth.account.auth_backends.AuthenticationBackend"
    )
    page = other.get(f"{DESK}auditors/").content.decode()
    for text in (
        "A-auditor",
        "Asked who inquired about a person",
        "A complaint or a contested denial",
        WHY["words"],
    ):
        assert text in page
    assert ASKED not in page
    assert PERSON not in page
    assert "Read what auditors did" in page


def test_reasons_are_not_changed_or_removed(auditor, owner_connection, app_connection):
    question(auditor, ASKED)
    for held in (owner_connection, app_connection):
        for act in (
            "UPDATE access_readingreason SET by = 'x'",
            "DELETE FROM access_readingreason",
            "TRUNCATE access_readingreason",
        ):
            with pytest.raises(Exception, match=r"refused|denied"):
                held.execute(act)
            held.rollback()


def filtered(browser: Client, **filters: str) -> str:
    """Return the sealed word for filters, as the list's address has it."""
    answer = browser.post("/admin/sealing/auditentry/", filters)
    return answer["Location"].partition("search=")[2]


def table(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_a_table_holds_the_filtered_entries_and_is_entered(auditor):
    enter()
    wanted = enter(unit="U002", official="=cmd|' /C calc'!A0", person=PERSON)
    filed = {"kind": Kind.FILING, "outcome": Outcome.FILED, "inquiry": "", "reasons": ()}
    enter(unit="U002", person=log_index("resident_id", NEVER), **filed)
    word = filtered(auditor, unit="U002")
    assert auditor.get(f"{DESK}table/?search={word}").status_code == 200
    answer = auditor.post(f"{DESK}table/?search={word}", WHY)
    assert answer["Content-Type"].startswith("text/csv")
    heading, newest, oldest = table(answer)
    assert heading[0] == "Entry"
    assert newest[2] == "Filing"
    assert newest[-1] == ""
    assert oldest[0] == wanted
    assert oldest[5] == "'=cmd|' /C calc'!A0"
    assert oldest[-1] == PERSON
    said = told()[-1]
    assert (said["act"], said["filters"], said["count"]) == ("exported", {"unit": "U002"}, 2)
    assert said["reason"] == "complaint"


def test_a_table_is_capped(auditor, monkeypatch):
    monkeypatch.setattr("access.desk_export.MOST_ROWS", 3)
    keys = [enter(unit="U002") for _ in range(5)]
    word = filtered(auditor, unit="U002")
    answer = auditor.post(f"{DESK}table/?search={word}", WHY)
    assert [row[0] for row in table(answer)[1:]] == keys[:1:-1]


def test_a_table_wants_a_reason_and_filters_of_ones_own(auditor, account):
    word = filtered(auditor, unit="U002")
    assert (
        auditor.post(f"{DESK}table/?search={word}", {})
        .headers["Content-Type"]
        .startswith("text/html")
    )
    other = Client(headers=ENGLISH)
    other.force_login(
        account("A-2", Role.AUDITOR), "allauth.account.auth_backends.AuthenticationBackend"
    )
    assert other.post(f"{DESK}table/?search={word}", WHY).status_code == 404
    assert not [said for said in told() if said.get("act") == "exported"]


def test_pages_of_the_desk_keep_the_strict_policy(auditor):
    for path in PAGES:
        answer = auditor.get(path)
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        page = answer.content.decode()
        assert " style=" not in page
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
        assert "no-store" in answer["Cache-Control"]


def test_an_entry_of_the_desk_names_its_auditor(account):
    by = account("A-9", Role.AUDITOR)
    made = desk.reading(User.objects.get(pk=by.pk), page="desk")
    assert (made.official, made.kind, made.person) == ("A-9", Kind.SEARCH, "")


def test_what_auditors_did_is_told_in_words(auditor):
    """Found in the resolver, not in a list: no page that an auditor can open shows as a code."""
    from tests.house.addresses import every_address

    key, codes = enter(), []
    for address in every_address():
        if not address.shown.startswith("/admin/"):
            continue
        path = address.path(key=key) if "auditentry" in address.shown else address.path()
        answer = auditor.get(path)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            page = told()[-1].get("page", "")
            codes += [page] if desk_words.what(told()[-1]) == page else []
    assert codes == []
