"""From the watermark on a photo to the inquiry behind it; and which units have not accounted for their answers."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from access import confirmations, leaks
from access.confirmations import Stated
from access.models import CopyStatement, Inquiry, User
from access.roles import Role
from access.watermark_code import code_of, read
from sealing.models import AuditEntry
from sealing.uuid7 import uuid7
from tests.integration.access.conftest import (  # noqa: F401 - fixtures
    RECORDED,
    ask,
    broken_log,
    fixture_asker,
    fixture_official,
    fixture_record,
    fixture_school,
    fixture_stated,
)

LEAKS, OVERDUE = "/admin/access/reminder/leaks/", "/admin/access/reminder/"
FILE, OFFICE = "样例卷〔2026〕7号", "样例教育局人事科"


@pytest.fixture
def seen(asker, stated, record):
    """An inquiry with one view and one statement, and the code of the view's watermark."""
    inquiry = ask(asker, stated())
    page = asker.post(f"/inquiries/{inquiry.receipt}/answer/", {"undertaking": "1"})
    until = timezone.localdate() + timedelta(days=99)
    made = Stated(uuid7(), "passed_on", until, recipient=OFFICE, file=FILE, reason="样例")
    confirmations.state(inquiry=inquiry, stated=made, by=User.objects.get(number="E1"))
    code = re.search(r'marked__code number">([^<]+)<', page.content.decode())[1]
    return inquiry, code


def traced(client, code, reason="drill"):
    page = client.post(LEAKS, {"code": code, "reason": reason})
    assert page.status_code == 200
    return page.content.decode()


def searches():
    return [
        leaks.log_words.facts_of(entry)["details"]
        for entry in AuditEntry.objects.using("audit").filter(kind="search").order_by("pk")
    ]


def test_a_photo_leads_to_view_thread_and_register(seen, auditor):
    inquiry, code = seen
    page = traced(auditor, code.replace("-", " ").lower(), reason="leak_reported")
    for said in (inquiry.receipt, "S1 样例单位S1", "E1 · E2", FILE, OFFICE, "as entered"):
        assert said in page
    assert "not as entered" not in page
    thread = AuditEntry.objects.using("audit").filter(inquiry=inquiry.receipt)
    assert [entry.kind for entry in thread.order_by("pk")] == [
        *("inquiry", "lookup", "lookup", "copies")
    ]
    for entry in thread:
        assert f"/admin/sealing/auditentry/{entry.pk}/" in page
    for personal in RECORDED:
        assert personal not in page
    assert searches() == [{"page": "leak", "code": code, "reason": "leak_reported"}]


def test_a_torn_photo_is_enough(seen, auditor):
    inquiry, code = seen
    assert inquiry.receipt in traced(auditor, f"?{code[1:-1]}?")


def test_a_made_up_code_finds_nothing_and_is_in_the_log(seen, auditor):
    inquiry, code = seen
    made_up = code_of(uuid7())
    page = traced(auditor, made_up)
    assert "No view of an answer has this code" in page
    assert inquiry.receipt not in page
    assert searches()[-1]["code"] == made_up
    view = read(code)
    beside = code_of(UUID(int=view.first.int | view.last_bits ^ 1))
    assert "No view of an answer has this code" in traced(auditor, beside)
    disclosed = AuditEntry.objects.using("audit").get(outcome="disclosed")
    assert "No view of an answer has this code" in traced(auditor, code_of(disclosed.pk))


def test_a_misread_code_is_told_and_nothing_is_looked_for(seen, auditor):
    _inquiry, code = seen
    wrong = ("3" if code[0] != "3" else "4") + code[1:]
    page = traced(auditor, wrong)
    assert "at least one character is misread" in page
    assert "No view of an answer" not in page
    assert "Every view of an answer" in page
    assert searches() == []


def test_a_reason_is_needed(seen, auditor):
    assert seen[0].receipt not in traced(auditor, seen[1], reason="curiosity")
    assert searches() == []


def test_nothing_is_looked_for_when_the_search_cannot_be_entered(seen, auditor):
    with broken_log():
        page = auditor.post(LEAKS, {"code": seen[1], "reason": "drill"})
    assert page.status_code == 503
    assert seen[0].receipt not in page.content.decode()


def test_only_auditors_trace(seen, security, signed_in, account, asker):
    system = signed_in(Role.SYSTEM_ADMINISTRATOR)
    for client in (security, system, asker):
        assert client.get(LEAKS).status_code == 403
        assert client.post(LEAKS, {"code": seen[1], "reason": "drill"}).status_code == 403
    with pytest.raises(leaks.PermissionDenied):
        leaks.trace(pointed=read(seen[1]), reason="drill", by=User.objects.get(number="E1"))
    assert searches() == []


@pytest.mark.parametrize(
    ("act", "shown"),
    [
        ("UPDATE access_copystatement SET until = until + 1", "not as entered"),
        ("UPDATE access_copystatement SET recipient = file", "no longer open"),
        ("UPDATE access_copystatement SET entry = gen_random_uuid()", "not as entered"),
        ("DELETE FROM access_copystatement", "the register has lost it"),
    ],
)
def test_a_row_changed_past_the_triggers_is_seen(seen, auditor, superuser_connection, act, shown):
    superuser_connection.execute("SET session_replication_role = replica")
    assert superuser_connection.execute(act).rowcount == 1
    page = traced(auditor, seen[1])
    assert shown in page
    assert "not as entered" in page


def test_overdue_units_are_shown_without_an_inquiry(seen, security, auditor, signed_in):
    inquiry, _code = seen
    assert "No unit is overdue." in security.get(OVERDUE).content.decode()
    inquiry.reminder.due_on = timezone.localdate() - timedelta(days=1)
    inquiry.reminder.save()
    page = security.get(OVERDUE).content.decode()
    assert "S1 样例单位S1" in page
    assert "log-tag--denied" not in page
    inquiry.reminder.due_on = timezone.localdate() - timedelta(days=91)
    inquiry.reminder.save()
    for client in (security, auditor):
        page = client.get(OVERDUE).content.decode()
        assert "log-tag--denied" in page
        assert inquiry.receipt not in page
        assert client.post(OVERDUE).status_code == 405
    assert signed_in(Role.SYSTEM_ADMINISTRATOR).get(OVERDUE).status_code == 403
    assert CopyStatement.objects.count() == Inquiry.objects.count() == 1
