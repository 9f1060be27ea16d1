"""The auditor's desk: who opens it, what its first page counts, and that every page is entered."""

import re
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from access import authorisations, desk, desk_words
from access.models import User
from access.roles import Role
from sealing import audit_log, log_counts
from sealing.audit_log import Kind, NotEntered, Outcome
from sealing.log_paging import first_key
from tests.integration.admin.at_the_desk import (
    ASKED,
    DESK,
    PERSON,
    WHY,
    question,
    told,
)
from tests.integration.admin.conftest import ENGLISH, enter

PAGES = [
    DESK,
    f"{DESK}person/",
    f"{DESK}auditors/",
    f"{DESK}table/",
    f"{DESK}pack/",
    f"{DESK}samples/",
]


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
def test_a_count_reads_the_months_in_question_only_and_an_index_alone(
    auditor, superuser_connection, query
):
    enter()
    # What a plan costs must not hang on what other tests left behind in the pages of the indexes.
    superuser_connection.execute("REINDEX TABLE sealing_auditentry")
    superuser_connection.execute("VACUUM (ANALYZE) sealing_auditentry")
    now = timezone.now()
    asked = [first_key(now - timedelta(days=1)), first_key(now + timedelta(days=1))]
    asked += [10] if query == "BY_UNIT" else []
    with connections["audit"].cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {getattr(log_counts, query)}", asked)
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan; RESET enable_bitmapscan")
    assert 1 <= len(set(re.findall(r" on (sealing_auditentry_\d{6})", plan))) <= 2
    assert "Index Only Scan" in plan


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
        of = {"key": key} if "auditentry" in address.shown else {}
        answer = auditor.get(address.path(app_label="sealing", **of))
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            page = told()[-1].get("page", "")
            codes += [page] if desk_words.what(told()[-1]) == page else []
    assert codes == []


def test_what_auditors_chose_is_told_in_words_and_leads_to_it():
    key = "01a22f1c-00e3-78f5-88d7-7c45a0b8c663"
    details = {
        "filters": {"kind": "lookup", "unit": "U1", "reason": "letter_missing"},
        "rule": "burst",
        "cause": "letter",
        "verdict": "",
        "sample": key,
        "entry": "not a key",
    }
    with override("en"):
        told = {one.label: one for one in desk_words.choices(details)}
    assert told["Kind"].value == "Lookup"
    assert told["Unit code"].value == "U1"
    assert "letter_missing" not in told["Reason"].value
    assert told["Rule"].value == "One official sent very many inquiries in ten minutes"
    assert told["Cause"].value.startswith("The letter")
    assert "Verdict" not in told
    assert told["Sample"] == ("Sample", key, f"/admin/desk/samples/{key}/")
    assert told["Entry"] == ("Entry", "not a key", "")
