"""A staff roster: one inquiry, decision, lookup and entry a person, and no hit that can be counted."""

import json
import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from access import roster_sending, rosters
from access.inquiries import Person
from access.models import Authorisation, Inquiry, Roster, RosterPerson, User
from access.roles import Role, withdraw
from access.rosters import Named
from sealing.models import AuditEntry
from tests.integration.access.conftest import RECORDED, UNRECORDED, broken_log, signed_in
from tests.integration.access.rostering import (  # noqa: F401 - fixtures
    OTHERS,
    PEOPLE,
    act,
    entered,
    fields_of,
    fixture_limit,
    page,
    sent,
)
from tests.integration.test_jobs import work_off


def log(**of):
    return list(AuditEntry.objects.using("audit").filter(**of).order_by("id"))


def test_each_person_is_one_inquiry_with_one_decision_and_one_entry(asker, record):
    roster = sent(asker, *PEOPLE)
    assert roster.state == "sent"
    made = Inquiry.objects.in_bulk([person.pk for person in roster.persons.all()])
    assert sorted((one.name, one.status) for one in made.values()) == sorted(
        (name, "granted") for _number, name in PEOPLE
    )
    entries = log(kind="inquiry")
    assert sorted(entry.inquiry for entry in entries) == sorted(
        one.receipt for one in made.values()
    )
    assert len({entry.person for entry in entries}) == len(PEOPLE)
    assert {json.loads(bytes(entry.body))["details"]["roster"] for entry in entries} == {
        roster.receipt
    }
    assert log(kind="lookup") == []


def test_each_answer_is_opened_from_its_own_page_after_the_undertaking(asker, record):
    roster = sent(asker, *PEOPLE)
    receipts = re.findall(r"/inquiries/([a-z2-9]{20})/\"", page(asker, roster))
    assert len(receipts) == len(PEOPLE)
    refused = asker.post(f"/inquiries/{receipts[0]}/answer/")
    assert "disclosure" not in refused.context
    answers = [
        asker.post(f"/inquiries/{receipt}/answer/", {"undertaking": "1"}) for receipt in receipts
    ]
    assert [answer.context["disclosure"].answer.answer.value for answer in answers] == [
        "disclosable",
        *["nothing_disclosable"] * 3,
    ]
    assert len(log(kind="lookup", outcome="disclosed")) == len(PEOPLE)
    inquiry = asker.get(f"/inquiries/{receipts[2]}/").content.decode()
    assert f"/inquiries/rosters/{roster.receipt}/" in inquiry
    assert "Number 3: 样＊＊" in inquiry


def masked(text, roster):
    """Return a page without its receipts and form tokens."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "TOKEN", text)
    return re.sub(r"[a-z2-9]{20}", "R", text.replace(str(roster.receipt), "R"))


def test_hits_cannot_be_counted_from_any_page_or_its_size(asker, record):
    """Two rosters of as many people: on one is somebody with a record, before and after every answer was viewed."""
    shown = []
    for people in ((RECORDED, OTHERS[0]), (UNRECORDED, OTHERS[1])):
        roster = entered(asker, *people)
        pages = [page(asker, roster)]
        act(asker, roster, "send", undertaking="1")
        pages.append(page(asker, roster))
        work_off()
        pages.append(page(asker, roster))
        for inquiry in Inquiry.objects.filter(pk__in=roster.persons.values("pk")):
            asker.post(f"/inquiries/{inquiry.receipt}/answer/", {"undertaking": "1"})
        pages.append(page(asker, roster))
        progress = asker.get(f"/inquiries/rosters/{roster.receipt}/progress/").json()
        shown.append([*(masked(text, roster) for text in pages), progress])
    assert shown[0] == shown[1]
    assert len(log(kind="lookup", outcome="disclosed")) == 4
    for text in shown[0][:-1]:
        assert not [name for _number, name in PEOPLE if name in text]
        assert not [number for number, _name in PEOPLE if number in text]


def test_persons_are_masked_and_the_roster_gives_up_its_copy(asker):
    roster = sent(asker, *PEOPLE)
    assert "样＊＊" in page(asker, roster)
    kept = RosterPerson.objects.values_list("id_type", "id_number", "name", "post")
    assert set(kept) == {(None, None, None, None)}


def test_a_person_can_be_taken_off_and_a_roster_discarded_until_it_is_sent(asker):
    roster = entered(asker, RECORDED, UNRECORDED)
    act(asker, roster, "remove", number="1")
    assert [one.number for one in roster.persons.all()] == [2]
    for number in ("x", "", "99999999999", "-1", "²"):
        assert act(asker, roster, "remove", number=number).status_code == 302
    act(asker, roster, "send", undertaking="1")
    for name, fields in (
        ("remove", {"number": "2"}),
        ("discard", {}),
        ("add", fields_of(RECORDED)),
        ("send", {"undertaking": "1"}),
    ):
        assert act(asker, roster, name, **fields).status_code == 409
    work_off()
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        roster.persons.all().delete()
    assert Inquiry.objects.count() == 1
    other = entered(asker, RECORDED)
    assert act(asker, other, "discard").status_code == 302
    assert not Roster.objects.filter(pk=other.pk).exists()


def test_a_roster_never_sent_is_removed_with_everybody_on_it(asker):
    old, kept = entered(asker, RECORDED), sent(asker, UNRECORDED)
    later = timezone.now() + rosters.DRAFT_KEPT_FOR
    assert rosters.expire(now=later - timedelta(minutes=1)) == 0
    assert rosters.expire(now=later + timedelta(minutes=1)) == 1
    assert not RosterPerson.objects.filter(roster=old.pk).exists()
    assert list(Roster.objects.all()) == [kept]


def test_another_unit_and_an_official_not_named_are_told_that_nothing_is_there(asker, judge):
    roster = sent(asker, RECORDED)
    other = signed_in(User.objects.get(number="E3"))
    absent = "2" * 20
    for client in (judge, other):
        for name in ("", "progress/", "add/", "paste/", "remove/", "discard/", "send/"):
            send = client.get if name in ("", "progress/") else client.post
            theirs = send(f"/inquiries/rosters/{roster.receipt}/{name}")
            none = send(f"/inquiries/rosters/{absent}/{name}")
            assert theirs.status_code == none.status_code == 404
            assert theirs.content.decode().replace(roster.receipt, absent) == none.content.decode()
        assert roster.receipt not in client.get("/inquiries/rosters/").content.decode()


def test_the_second_official_looks_on_and_only_the_maker_enters(asker):
    roster = entered(asker, RECORDED)
    second = signed_in(User.objects.get(number="E2"))
    assert "roster_add" not in page(second, roster)
    assert "<form" not in page(second, roster).split("<main")[1]
    assert act(second, roster, "add", **fields_of(UNRECORDED)).status_code == 409
    assert act(second, roster, "send", undertaking="1").status_code == 409
    assert roster.persons.count() == 1


def test_sent_again_or_twice_at_once_nobody_is_asked_about_twice(asker, monkeypatch):
    """A worker that dies anywhere leaves the roster to the next one; here it dies after each step there is."""
    roster = entered(asker, *PEOPLE)
    act(asker, roster, "send", undertaking="1")
    real, calls = roster_sending.RosterPerson.objects, []

    class Dying:
        """Dies between an inquiry and the giving up of the copy."""

        @staticmethod
        def filter(**of):
            calls.append(of)
            raise KeyboardInterrupt

    for _person in PEOPLE:
        monkeypatch.setattr(roster_sending.RosterPerson, "objects", Dying)
        with pytest.raises(KeyboardInterrupt):
            roster_sending.work(roster.pk)
        monkeypatch.setattr(roster_sending.RosterPerson, "objects", real)
    assert Inquiry.objects.count() == 1
    assert roster_sending.work(roster.pk) == len(PEOPLE)
    assert roster_sending.work(roster.pk) == 0
    work_off()
    assert Inquiry.objects.count() == len(log(kind="inquiry")) == len(PEOPLE)


def test_a_log_that_cannot_be_written_leaves_the_rest_for_later(asker):
    roster = entered(asker, *PEOPLE)
    act(asker, roster, "send", undertaking="1")
    with broken_log(), pytest.raises(Exception, match="could not be written"):
        roster_sending.work(roster.pk)
    assert not Inquiry.objects.exists()
    assert roster_sending.unfinished() == [roster.pk]
    assert roster_sending.work(roster.pk) == len(PEOPLE)


def test_a_role_taken_away_meanwhile_stops_the_roster(asker, official):
    roster = entered(asker, *PEOPLE)
    act(asker, roster, "send", undertaking="1")
    withdraw(user=official, role=Role.INQUIRER, by="test")
    work_off()
    roster.refresh_from_db()
    assert roster.state == "stopped"
    assert not Inquiry.objects.exists()
    second = signed_in(User.objects.get(number="E2"))
    assert "Sending stopped" in page(second, roster)
    with pytest.raises(PermissionDenied):
        rosters.confirm(roster=roster, by=official, today=timezone.localdate())


def test_an_authorisation_suspended_meanwhile_denies_the_rest(asker):
    roster = entered(asker, *PEOPLE[:2])
    act(asker, roster, "send", undertaking="1")
    Authorisation.objects.update(suspended_at=timezone.now())
    work_off()
    assert {one.status for one in Inquiry.objects.all()} == {"denied"}
    assert page(asker, roster).count("Denied") == 2


def test_the_job_names_the_roster_and_nobody_on_it(asker):
    roster = entered(asker, *PEOPLE)
    act(asker, roster, "send", undertaking="1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs")
        assert [json.loads(args) for (args,) in cursor.fetchall()] == [{"roster": str(roster.pk)}]


def test_nothing_of_the_people_lies_in_the_clear(asker, superuser_connection):
    entered(asker, *PEOPLE)
    for table in ("access_roster", "access_rosterperson"):
        text = str(superuser_connection.execute(f"SELECT * FROM {table}").fetchall())
        for stated in (*(part for person in PEOPLE for part in person), "教师", "年度核查"):
            assert stated not in text
            assert stated.encode().hex() not in text


def test_named_shows_nobody():
    assert RECORDED[1] not in repr(Named(Person("resident_id", *RECORDED), "教师"))
