"""What becomes of an answer: the watermark over it, the register of copies, reminders, and who is held up."""

import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from psycopg import errors

from access import confirmations
from access.confirmations import Stated
from access.copies import CopyStatement, Reminder
from access.models import Inquiry, Roster, Unit, User
from access.watermark_code import code_of, read
from config import environment
from sealing.models import AuditEntry
from sealing.uuid7 import uuid7
from tests.integration.access import rostering
from tests.integration.access.conftest import (
    RECORDED,
    UNRECORDED,
    ask,
    broken_log,
    make_unit,
    page_of,
    signed_in,
)
from tests.integration.access.rostering import fixture_limit  # noqa: F401 - a fixture
from tests.integration.test_jobs import work_off

FORM = "/inquiries/new/?exception=state_regulation&provision=MINORS-62"
NEXT_YEAR = (timezone.localdate() + timedelta(days=365)).isoformat()
KEPT = {
    "act": "kept",
    "file": "样例卷〔2026〕7号",
    "until": NEXT_YEAR,
    "reason": "样例保管期限规定",
}
NO_COPY = {"act": "no_copy"}


def view(client, inquiry):
    """Open the answer, and return its page."""
    page = client.post(f"/inquiries/{inquiry.receipt}/answer/", {"undertaking": "1"})
    assert page.status_code == 200
    return page.content.decode()


def state(client, inquiry, fields):
    return client.post(f"/inquiries/{inquiry.receipt}/copies/", fields)


@pytest.fixture(name="opened")
def fixture_opened(asker, stated):
    """An inquiry of officials E1 and E2 whose answer E1 has opened."""
    inquiry = ask(asker, stated())
    view(asker, inquiry)
    return inquiry


def overdue_by(days, *inquiries):
    """Let answers have closed so long ago that they are overdue by so many days, and run the reminders."""
    closed = timezone.now() - timedelta(days=days + 30)
    for inquiry in inquiries:
        Inquiry.objects.filter(pk=inquiry.pk).update(expires_at=closed)
    return confirmations.remind()


def test_every_view_is_marked_with_its_own_entry(asker, stated, record):
    inquiry = ask(asker, stated())
    codes = []
    for _ in range(2):
        page = view(asker, inquiry)
        drawn = re.search(r'<svg class="marked__over".*?</svg>', page, re.DOTALL)[0]
        for said in ("S1 样例单位S1", "E1 · ", f"{timezone.localtime():%Y-%m-%d %H:}"):
            assert said in drawn
        codes += re.findall(r'class="marked__code number">([^<]+)<', drawn)
    views = AuditEntry.objects.using("audit").filter(
        kind="lookup", outcome="granted", inquiry=inquiry.receipt
    )
    assert codes == [code_of(entry.pk) for entry in views.order_by("pk")]
    assert all(read(code).fits(entry.pk) for code, entry in zip(codes, views[::-1], strict=True))


def test_the_watermark_is_no_text_of_the_page_and_needs_no_inline_style(asker, opened):
    page = view(asker, opened)
    assert '<svg class="marked__over" aria-hidden="true" focusable="false"' in page
    assert "style=" not in page.split("<main")[1]


def test_a_name_with_marks_of_a_page_does_not_get_out_of_the_watermark(asker, opened):
    Unit.objects.filter(code="S1").update(name='"><script>x</script>')
    assert "<script>x" not in view(asker, opened)


@pytest.mark.usefixtures("record")
def test_the_watermark_is_of_one_form_for_a_recorded_and_an_unrecorded_person(asker, stated):
    drawn = []
    for person in (RECORDED, UNRECORDED):
        page = view(asker, ask(asker, stated(person)))
        mark = re.search(r'<svg class="marked__over".*?</svg>', page, re.DOTALL)[0]
        mark = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "T", mark)
        drawn.append(re.sub(r"(\w{4}-){2}\w{4}", "C", mark))
    assert drawn[0] == drawn[1]


def test_a_statement_is_in_register_and_log_and_its_words_are_sealed(asker, opened, connect):
    assert state(asker, opened, KEPT).status_code == 302
    [made] = CopyStatement.objects.all()
    assert (made.act, made.file, made.recipient, made.made_by) == ("kept", KEPT["file"], "", "E1")
    entry = AuditEntry.objects.using("audit").get(pk=made.entry)
    assert (entry.kind, entry.outcome, entry.inquiry) == ("copies", "done", opened.receipt)
    assert entry.person == AuditEntry.objects.using("audit").filter(kind="inquiry")[0].person
    stored = str(connect("owner").execute("TABLE access_copystatement").fetchall())
    for words in (KEPT["file"], KEPT["reason"]):
        assert words not in bytes(entry.body).decode()
        assert words not in stored
        assert words in asker.get(f"/inquiries/{opened.receipt}/copies/").content.decode()


def test_the_form_asks_for_what_the_choice_needs(asker, opened):
    passed_on = KEPT | {"act": "passed_on"}
    refused = {
        "act": {},
        "recipient": passed_on,
        "file": KEPT | {"file": " "},
        "reason": KEPT | {"reason": ""},
        "until": KEPT | {"until": ""},
    }
    for field, fields in refused.items():
        page = state(asker, opened, fields or {"act": "forgotten"})
        assert page.status_code == 200
        assert list(page.context["form"].errors) == [field]
    for until in ("2026-02-30", "2020-01-01", "2200-01-01"):
        page = state(asker, opened, KEPT | {"until": until})
        assert list(page.context["form"].errors) == ["until"]
    assert not CopyStatement.objects.exists()
    assert state(asker, opened, passed_on | {"recipient": "样例教育局人事科"}).status_code == 302
    assert state(asker, opened, KEPT | NO_COPY | {"until": "2020-01-01"}).status_code == 302
    last = CopyStatement.objects.last()
    assert (last.act, last.file, last.reason, last.until) == ("no_copy", "", "", None)


def test_the_same_form_sent_twice_is_one_statement(asker, opened):
    page = asker.get(f"/inquiries/{opened.receipt}/copies/").content.decode()
    form_id = re.search(r'name="form_id" value="([^"]+)"', page)[1]
    for _ in range(2):
        assert state(asker, opened, KEPT | {"form_id": form_id}).status_code == 302
    assert CopyStatement.objects.count() == 1
    entries = AuditEntry.objects.using("audit").filter(kind="copies")
    assert entries.count() == 1


def test_without_its_entry_there_is_no_statement(asker, opened):
    with broken_log():
        assert state(asker, opened, NO_COPY).status_code == 503
    assert not CopyStatement.objects.exists()
    assert not Reminder.objects.exists()
    assert Inquiry.objects.get(pk=opened.pk).expires_at > timezone.now()


def test_no_copy_ends_the_viewing(asker, opened):
    state(asker, opened, NO_COPY)
    page = asker.post(f"/inquiries/{opened.receipt}/answer/", {"undertaking": "1"})
    assert page.status_code == 410
    assert Reminder.objects.get().closed_on == timezone.localdate()


def test_nothing_can_be_stated_of_an_answer_that_was_not_opened(asker, stated):
    inquiry = ask(asker, stated())
    assert asker.get(f"/inquiries/{inquiry.receipt}/copies/").status_code == 404
    assert state(asker, inquiry, NO_COPY).status_code == 404
    assert "/copies/" not in page_of(asker, inquiry).split("<main")[1]


def test_another_unit_and_an_official_who_is_not_named_find_nothing(opened, judge):
    address = f"/inquiries/{opened.receipt}/copies/"
    unnamed = signed_in(User.objects.get(number="E3"))
    for other in (judge, unnamed):
        assert other.get(address).status_code == 404
        assert other.post(address, NO_COPY).status_code == 404
    overdue_by(400, opened)
    assert judge.get(address).status_code == 404
    assert judge.post(address, NO_COPY).status_code == 404
    assert opened.receipt not in judge.get("/inquiries/copies/").content.decode()
    assert not CopyStatement.objects.exists()
    assert signed_in(User.objects.get(number="E2")).get(address).status_code == 200


def insert(cursor, inquiry, **changes):
    values = {
        "id": uuid7(),
        "inquiry_id": inquiry.pk,
        "act": "no_copy",
        "recipient": b"",
        "file": b"",
        "reason": b"",
        "made_by": "E1",
        "made_at": "2020-01-01",
        "entry": uuid7(),
    } | changes
    names = ", ".join(values)
    marks = ", ".join(["%s"] * len(values))
    cursor.execute(
        f"INSERT INTO access_copystatement ({names}) VALUES ({marks})", [*values.values()]
    )


def test_no_row_without_the_entry_that_says_the_same(asker, opened, app_connection):
    """The entry of an earlier statement, of another transaction, covers no second row."""
    state(asker, opened, NO_COPY)
    earlier = CopyStatement.objects.get()
    for changes in ({}, {"entry": earlier.entry}, {"entry": earlier.entry, "act": "kept"}):
        with pytest.raises(errors.InsufficientPrivilege, match="without its entry"):
            insert(app_connection, opened, **changes)
        app_connection.rollback()


def test_the_register_is_not_changed(asker, opened, connect):
    state(asker, opened, KEPT)
    for role in ("app", "owner", "bootstrap"):
        for act in (
            "UPDATE access_copystatement SET act = 'no_copy', until = NULL",
            "UPDATE access_copystatement SET file = ''",
            "DELETE FROM access_copystatement",
            "TRUNCATE access_copystatement",
        ):
            with pytest.raises((errors.InsufficientPrivilege, errors.RaiseException)):
                connect(role).execute(act)
    assert CopyStatement.objects.get().file == KEPT["file"]


def test_the_auditors_role_reads_no_register(asker, opened, auditor_connection):
    with pytest.raises(errors.InsufficientPrivilege):
        auditor_connection.execute("TABLE access_copystatement")


def test_due_day_follows_the_statements():
    inquiry = Inquiry(expires_at=timezone.make_aware(timezone.datetime(2026, 3, 1)))
    kept = CopyStatement(act="kept", until=date(2026, 9, 1))
    short = CopyStatement(act="passed_on", until=date(2026, 3, 9))
    none = CopyStatement(act="no_copy")
    assert confirmations.due_on(inquiry, []) == date(2026, 3, 31)
    assert confirmations.due_on(inquiry, [short]) == date(2026, 3, 31)
    assert confirmations.due_on(inquiry, [kept, short]) == date(2026, 9, 1)
    assert confirmations.due_on(inquiry, [kept, none]) is None
    assert confirmations.due_on(inquiry, [kept, none, short]) == date(2026, 3, 31)


def test_the_daily_job_reminds_once_of_what_was_opened_and_has_closed(asker, stated, opened):
    unopened = ask(asker, stated())
    assert confirmations.remind() == 0
    assert overdue_by(-10, opened, unopened) == 1
    assert [found.inquiry for found in Reminder.objects.all()] == [opened]
    from access.jobs import remind

    remind.defer(timestamp=0)
    work_off()
    assert Reminder.objects.count() == 1


def test_reminders_are_on_the_first_page_until_there_is_no_copy(asker, opened):
    assert opened.receipt not in asker.get("/").content.decode()
    overdue_by(-20, opened)
    assert opened.receipt not in asker.get("/").content.decode()
    assert opened.receipt in asker.get("/inquiries/copies/").content.decode()
    Reminder.objects.update(due_on=timezone.localdate() + timedelta(days=10))
    assert opened.receipt in asker.get("/").content.decode()
    assert opened.receipt not in signed_in(User.objects.get(number="E3")).get("/").content.decode()
    state(asker, opened, KEPT)
    assert opened.receipt not in asker.get("/").content.decode()
    assert opened.receipt in asker.get("/inquiries/copies/").content.decode()
    state(asker, opened, NO_COPY)
    assert opened.receipt not in asker.get("/inquiries/copies/").content.decode()


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize("person", [RECORDED, UNRECORDED], ids=["recorded", "unrecorded"])
def test_overdue_holds_up_whoever_asked_whatever_the_answer_said(asker, stated, person):
    earlier = ask(asker, stated(person))
    view(asker, earlier)
    overdue_by(90, earlier)
    assert asker.get(FORM).status_code == 200
    Reminder.objects.update(due_on=timezone.localdate() - timedelta(days=91))
    shut = asker.get(FORM)
    assert shut.status_code == 409
    assert earlier.receipt in shut.content.decode()
    for other in (RECORDED, UNRECORDED):
        refused = asker.post("/inquiries/new/", stated(other) | {"confirm": "1"})
        assert refused.status_code == 200
        assert list(refused.context["form"].errors) == ["__all__"]
    assert Inquiry.objects.count() == 1
    assert AuditEntry.objects.using("audit").filter(kind="inquiry").count() == 1
    state(asker, earlier, NO_COPY)
    assert asker.get(FORM).status_code == 200
    ask(asker, stated(UNRECORDED))


@pytest.mark.usefixtures("record")
def test_the_page_that_holds_up_is_the_same_bytes_for_both(asker, stated):
    pages = []
    for person in (RECORDED, UNRECORDED):
        inquiry = ask(asker, stated(person))
        view(asker, inquiry)
        overdue_by(91, inquiry)
        pages.append(asker.get(FORM).content.replace(inquiry.receipt.encode(), b"R"))
        state(asker, inquiry, NO_COPY)
    assert pages[0] == pages[1]


def test_a_colleague_is_not_held_up_unless_he_names_who_is(asker, stated, opened):
    overdue_by(91, opened)
    colleague = signed_in(User.objects.get(number="E3"))
    assert colleague.get(FORM).status_code == 200
    with_e2 = stated(official_1="E3", official_2="E2") | {"confirm": "1"}
    assert colleague.post("/inquiries/new/", with_e2).status_code == 200
    assert Inquiry.objects.count() == 1
    make_unit("S2", "school", "MINORS-62", "E4", "E5")
    assert signed_in(User.objects.get(number="E4")).get(FORM).status_code == 200


def test_a_roster_is_no_way_around_what_is_overdue(asker, opened):
    roster = rostering.entered(asker, UNRECORDED)
    overdue_by(91, opened)
    refused = rostering.act(asker, roster, "send", undertaking="1")
    assert "Copies to confirm" in str(refused.context["refused"])
    roster.refresh_from_db()
    assert roster.is_draft
    begun = asker.post("/inquiries/rosters/new/", rostering.stated(size="1"))
    assert list(begun.context["form"].errors) == ["__all__"]
    assert Roster.objects.count() == 1
    state(asker, opened, NO_COPY)
    assert rostering.act(asker, roster, "send", undertaking="1").status_code == 302


def test_what_nobody_answers_for_holds_up_the_unit_and_anybody_of_it_may_settle_it(asker, opened):
    state(asker, opened, KEPT)
    User.objects.filter(number__in=["E1", "E2"]).update(is_active=False)
    Reminder.objects.update(due_on=timezone.localdate() - timedelta(days=181))
    colleague = signed_in(User.objects.get(number="E3"))
    shut = colleague.get(FORM)
    assert shut.status_code == 409
    assert opened.receipt in shut.content.decode()
    page = colleague.get(f"/inquiries/{opened.receipt}/copies/").content.decode()
    assert KEPT["file"] not in page
    assert state(colleague, opened, NO_COPY).status_code == 302
    assert colleague.get(FORM).status_code == 200
    assert colleague.get(f"/inquiries/{opened.receipt}/copies/").status_code == 404


def test_two_statements_at_once_are_both_counted(asker, opened):
    by = User.objects.get(number="E1")
    later = timezone.localdate() + timedelta(days=400)
    for until in (later, timezone.localdate()):
        made = Stated(uuid7(), "kept", until, file="样例卷", reason="样例")
        confirmations.state(inquiry=opened, stated=made, by=by)
    assert Reminder.objects.get().due_on == later


def test_the_application_cannot_make_reminders_disappear(asker, opened, app_connection):
    overdue_by(91, opened)
    with pytest.raises(errors.InsufficientPrivilege):
        app_connection.execute("DELETE FROM access_reminder")


def test_a_setting_that_is_no_number_of_days_is_named(monkeypatch):
    for wrong in ("soon", "-1", "0"):
        monkeypatch.setenv("REGISTRY_CONFIRMATION_GRACE_DAYS", wrong)
        with pytest.raises(ImproperlyConfigured, match="REGISTRY_CONFIRMATION_GRACE_DAYS"):
            environment.whole_number("REGISTRY_CONFIRMATION_GRACE_DAYS", default=90, least=1)
