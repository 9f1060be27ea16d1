"""An inquiry is decided blind, entered in the log and kept, or none of it happens."""

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.utils import timezone
from guardian.shortcuts import assign_perm

from access import authorisation_lock, authorisations, proposals, standing
from access.facts import InquiryFacts, LetterFacts
from access.inquiries import Person, submit
from access.models import Authorisation, Inquiry, Unit, User
from access.roles import Role, grant
from sealing.audit_log import NotEntered
from sealing.models import AuditEntry
from sealing.subject import log_index
from tests.integration.access.conftest import (
    RECORDED,
    UNRECORDED,
    ask,
    broken_log,
    page_of,
    signed_in,
    statements,
)

NO_RIGHT = {"provision": "TEACHER-QUERY-2020"}


def entries(**of):
    """The audit log's entries, as the auditor sees them."""
    return list(AuditEntry.objects.using("audit").filter(**of).order_by("id"))


def facts():
    """A faultless request of the school, as plain facts."""
    return InquiryFacts(
        exception="state_regulation",
        provision="MINORS-62",
        purpose="核实拟聘人员情况",
        post="教师",
        case=None,
        officials=("E1", "E2"),
        letter=LetterFacts("函1号", timezone.localdate()),
        undertaking=True,
    )


def send(official):
    """Submit a faultless inquiry without a page."""
    person = Person("resident_id", *RECORDED)
    return submit(facts=facts(), person=person, by=official, today=timezone.localdate())


def test_granted_inquiry_is_entered_with_its_ground_and_without_the_person(asker, stated):
    inquiry = ask(asker, stated())
    assert inquiry.status == "granted"
    (entry,) = entries(kind="inquiry")
    assert (entry.outcome, entry.unit, entry.official) == ("granted", "S1", "E1")
    assert (entry.exception, entry.provision) == ("state_regulation", "MINORS-62")
    assert (entry.inquiry, entry.person) == (inquiry.receipt, log_index("resident_id", RECORDED[0]))
    body = bytes(entry.body).decode()
    assert json.loads(body)["details"]["scope"]["shape"] == "yes_no"
    for typed in (*RECORDED, "核实拟聘人员情况", "函〔2026〕1号"):
        assert typed not in body


def test_denial_is_entered_with_its_reasons_in_order(asker, stated):
    inquiry = ask(asker, stated(**NO_RIGHT, post=None, undertaking=None))
    (entry,) = entries(kind="inquiry")
    assert inquiry.status == entry.outcome == "denied"
    expected = [
        "not_state_regulation",
        "unit_not_authorised",
        "post_missing",
        "undertaking_missing",
    ]
    assert inquiry.reasons == entry.reasons == expected


def test_unknown_provision_is_denied_and_what_was_typed_is_not_kept(asker, stated):
    inquiry = ask(asker, stated(provision="样本人物甲"))
    assert inquiry.reasons == ["provision_unknown", "unit_not_authorised"]
    (entry,) = entries(kind="inquiry")
    assert inquiry.provision == entry.provision == ""
    assert "样本人物甲" not in bytes(entry.body).decode()


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize("changes", [NO_RIGHT, {"purpose": " "}, {"official_2": "E9"}])
def test_denial_sends_no_statement_about_records(asker, stated, changes):
    with statements() as sent:
        inquiry = ask(asker, stated(**changes))
        page_of(asker, inquiry)
        assert asker.post(f"/inquiries/{inquiry.receipt}/answer/").status_code == 409
    assert inquiry.status == "denied"
    assert any("access_inquiry" in sql for sql in sent)
    assert [sql for sql in sent if "registry_" in sql or "sealing_present" in sql] == []


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize("changes", [NO_RIGHT, {"purpose": " "}, {}])
def test_pages_and_statements_are_the_same_for_a_recorded_and_an_unrecorded_person(
    asker, stated, changes
):
    pages, sent = [], []
    for person in (RECORDED, UNRECORDED):
        with statements() as made:
            response = asker.post("/inquiries/new/", stated(person, **changes) | {"confirm": "1"})
            inquiry = Inquiry.objects.get(receipt=response["Location"].split("/")[2])
            shown = asker.get(f"/inquiries/{inquiry.receipt}/")
        headers = sorted((name, value) for name, value in shown.items() if name != "Content-Length")
        text = shown.content.decode().replace(inquiry.receipt, "RECEIPT")
        text = text.replace(str(shown.context["csrf_token"]), "TOKEN")
        pages.append((response.status_code, shown.status_code, headers, text, len(shown.content)))
        sent.append(made)
    assert pages[0] == pages[1]
    assert sent[0] == sent[1]
    assert RECORDED[1] not in pages[0][3]


def test_nothing_is_stored_when_the_log_cannot_be_written(asker, stated):
    before = len(entries())
    with broken_log():
        response = asker.post("/inquiries/new/", stated())
    assert response.status_code == 503
    assert "Nothing was disclosed" in response.content.decode()
    assert not Inquiry.objects.exists()
    assert len(entries()) == before
    assert ask(asker, stated()).status == "granted"


def test_inquiry_that_cannot_be_kept_is_not_in_the_log_either(official, monkeypatch):
    def fail(inquiry):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    monkeypatch.setattr(standing, "let_see", fail)
    with pytest.raises(NotEntered):
        send(official)
    assert entries(kind="inquiry") == []
    assert not Inquiry.objects.exists()


def test_error_while_deciding_is_a_denial_in_the_log(asker, stated, monkeypatch):
    def fail(**of):
        raise ValueError("样本人物甲")

    monkeypatch.setattr(standing, "standing_of", fail)
    inquiry = ask(asker, stated())
    (entry,) = entries(kind="inquiry")
    assert (inquiry.status, inquiry.scope) == (entry.outcome, None) == ("denied", None)
    assert json.loads(bytes(entry.body))["details"]["failure"] == "ValueError"
    assert "样本人物甲" not in bytes(entry.body).decode()


def test_budget_of_the_unit_counts_every_inquiry_of_the_day(asker, school, stated):
    Unit.objects.update(daily_budget=2)
    assert ask(asker, stated(**NO_RIGHT)).status == "denied"
    assert ask(asker, stated(UNRECORDED)).status == "granted"
    assert ask(asker, stated()).reasons == ["budget_exhausted"]
    Inquiry.objects.update(made_on=timezone.localdate() - timedelta(days=1))
    assert ask(asker, stated()).status == "granted"


def test_budget_of_an_official_counts_the_inquiries_he_stands_behind(asker, school, stated):
    Unit.objects.update(official_budget=1)
    assert ask(asker, stated()).status == "granted"
    other = signed_in(User.objects.get(number="E3"))
    assert ask(other, stated(official_1="E3", official_2="E2")).reasons == ["budget_exhausted"]


@pytest.mark.usefixtures("record")
def test_budget_of_a_ground_counts_alike_for_recorded_and_unrecorded_persons(
    asker, judge, school, stated, of_a_case
):
    """Driven to the limit twice: with a recorded person and an unrecorded one. The same count and the same bytes."""
    today = timezone.localdate()
    Authorisation.objects.filter(unit=school).update(daily_budget=2)
    assert ask(judge, of_a_case).status == "granted"
    assert ask(asker, stated(**NO_RIGHT)).status == "denied"
    pages = []
    for person in (RECORDED, UNRECORDED):
        before = Inquiry.objects.filter(provision="MINORS-62")
        before.update(made_on=today - timedelta(days=1))
        made = [ask(asker, stated(person)) for _ in range(3)]
        assert [one.status for one in made] == ["granted", "granted", "denied"]
        assert made[2].reasons == ["budget_exhausted"]
        shown = asker.get(f"/inquiries/{made[2].receipt}/")
        text = shown.content.decode().replace(made[2].receipt, "RECEIPT")
        pages.append(text.replace(str(shown.context["csrf_token"]), "TOKEN"))
    assert pages[0] == pages[1]


def test_more_inquiries_under_a_ground_need_two(asker, school, official):
    guards = [User.objects.create_user(number) for number in ("G1", "G2")]
    for guard in guards:
        grant(user=guard, role=Role.SECURITY_ADMINISTRATOR, by="test")
    held = Authorisation.objects.get()
    less = replace(authorisations.terms_of(held), daily_budget=3)
    authorisations.narrow(authorisation=held, terms=less, by=guards[0])
    for more in (4, None):
        wanted = replace(less, daily_budget=more)
        with pytest.raises(ValueError, match="second administrator"):
            authorisations.narrow(authorisation=held, terms=wanted, by=guards[0])
        with pytest.raises(DatabaseError):
            Authorisation.objects.filter(pk=held.pk).update(daily_budget=more)
    letter = proposals.Letter("函2号", timezone.localdate())
    made = proposals.propose(
        unit=school,
        ground=held.ground,
        terms=replace(less, daily_budget=4),
        letter=letter,
        by=guards[0],
        authorisation=held,
    )
    assert Authorisation.objects.get().daily_budget == 3
    proposals.approve(proposal=made, by=guards[1])
    assert Authorisation.objects.get().daily_budget == 4
    entry = entries(kind="authorisation")[-1]
    assert json.loads(bytes(entry.body))["details"]["daily_budget"] == 4


def test_budget_is_not_overdrawn_in_a_race(official):
    Unit.objects.update(daily_budget=1)
    outcomes = []

    def one():
        outcomes.append(send(User.objects.get(pk=official.pk)).status)
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["denied", "denied", "denied", "granted"]


def test_sweep_over_one_prefix_stops_and_other_documents_go_on(asker, stated, monkeypatch):
    monkeypatch.setattr(standing, "SWEEP_LIMIT", 2)
    neighbour = ("110105194912310038", "样本人物丙")
    passport = {"id_type": "passport", "id_number": "E12345678"}
    assert ask(asker, stated()).status == "granted"
    assert ask(asker, stated(neighbour)).status == "granted"
    assert ask(asker, stated()).reasons == ["budget_exhausted"]
    assert ask(asker, stated(UNRECORDED)).status == "granted"
    for _ in range(3):
        assert ask(asker, stated(**passport)).status == "granted"


def test_sweep_limit_is_twenty():
    assert standing.SWEEP_LIMIT == 20


def test_suspension_takes_effect_at_once(asker, stated, record):
    granted = ask(asker, stated())
    guard = User.objects.create_user("G1")
    grant(user=guard, role=Role.SECURITY_ADMINISTRATOR, by="test")
    authorisations.suspend(authorisation=Authorisation.objects.get(), by=guard)
    assert ask(asker, stated()).reasons == ["authorisation_expired"]
    answer = asker.post(f"/inquiries/{granted.receipt}/answer/", {"undertaking": "1"})
    assert answer.status_code == 409
    entry = entries(kind="authorisation")[-1]
    assert json.loads(bytes(entry.body))["details"]["act"] == "suspended"
    second = User.objects.create_user("G2")
    grant(user=second, role=Role.SECURITY_ADMINISTRATOR, by="test")
    wanted = proposals.propose_return(authorisation=Authorisation.objects.get(), by=guard)
    assert ask(asker, stated()).status == "denied"
    proposals.approve(proposal=wanted, by=second)
    assert ask(asker, stated()).status == "granted"


def test_only_a_security_administrator_suspends(official, school):
    with pytest.raises(PermissionDenied):
        authorisations.suspend(authorisation=Authorisation.objects.get(), by=official)
    assert Authorisation.objects.get().suspended_at is None


def test_suspension_waits_for_inquiries_under_way_and_binds_those_that_wait(
    official, app_connection
):
    """The suspension is held open by hand: the inquiry must wait for it, and then see it."""
    held = Authorisation.objects.get()
    lock = authorisation_lock.key("authorisation", held.unit_id, held.ground)
    outcomes = []

    def one():
        outcomes.append(send(User.objects.get(pk=official.pk)).reasons)
        connection.close()

    with app_connection.transaction():
        app_connection.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        app_connection.execute("UPDATE access_authorisation SET suspended_at = now()")
        waiting = threading.Thread(target=one)
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive()
        assert outcomes == []
    waiting.join()
    assert outcomes == [["authorisation_expired"]]


def test_the_same_form_sent_twice_is_one_inquiry_and_another_person_is_another(asker, stated):
    form = asker.get("/inquiries/new/?exception=state_regulation&provision=MINORS-62").context[
        "form"
    ]
    twice = stated() | {"form_id": form["form_id"].value()}
    first, second = ask(asker, twice), ask(asker, twice)
    third = ask(asker, twice | {"id_number": UNRECORDED[0], "name": UNRECORDED[1]})
    assert first == second
    assert third != first
    assert Inquiry.objects.count() == len(entries(kind="inquiry")) == 2


def test_form_key_of_somebody_else_is_not_taken(asker, stated):
    form = asker.get("/inquiries/new/?exception=state_regulation&provision=MINORS-62").context[
        "form"
    ]
    key = {"form_id": form["form_id"].value()}
    mine = ask(asker, stated() | key)
    other = signed_in(User.objects.get(number="E3"))
    theirs = ask(other, stated(official_1="E3") | key)
    assert theirs.pk != mine.pk
    assert theirs.made_by.number == "E3"


def superuser(school):
    """A superuser, who can hold no role and no unit."""
    return User.objects.create_superuser("Z1")


def without_standing(school):
    """An inquirer of the unit who may not act for it."""
    user = User.objects.create_user("Z1", unit=school)
    grant(user=user, role=Role.INQUIRER, by="test")
    return user


def without_role(school, role=Role.CLERK):
    """An account that may act for the unit but has another role."""
    user = User.objects.create_user("Z1", unit=school)
    assign_perm(standing.INQUIRE_FOR, user, school)
    grant(user=user, role=role, by="test")
    return user


def auditor(school):
    """An auditor who was given standing by mistake."""
    return without_role(school, Role.AUDITOR)


def of_a_closed_unit(school):
    """A named official of a unit that is no longer active."""
    Unit.objects.update(active=False)
    return User.objects.get(number="E1")


@pytest.mark.parametrize(
    "somebody", [superuser, without_standing, without_role, auditor, of_a_closed_unit]
)
def test_nobody_else_asks_for_a_unit(school, stated, somebody):
    user = somebody(school)
    client = signed_in(user)
    for path in ("/inquiries/", "/inquiries/new/", f"/inquiries/{'2' * 20}/"):
        assert client.get(path).status_code == 403
    assert client.post("/inquiries/new/", stated()).status_code == 403
    assert client.post(f"/inquiries/{'2' * 20}/answer/").status_code == 403
    with pytest.raises(PermissionDenied):
        send(user)
    assert not Inquiry.objects.exists()


def test_superuser_is_refused_even_with_role_unit_and_standing(official):
    """The database refuses such an account; the code refuses it first."""
    official.is_superuser = True
    with pytest.raises(PermissionDenied):
        standing.inquiring_unit(official)


def test_anonymous_visitors_are_sent_to_sign_in(client, db):
    for path in ("/inquiries/", "/inquiries/new/", f"/inquiries/{'2' * 20}/"):
        assert client.get(path)["Location"].startswith("/accounts/login/")
