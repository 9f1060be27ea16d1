"""A staff roster: limited, sent once per person in the background, and its page says nothing about anybody's record."""

import json
import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from access import authorisations, denials, roster_sending, rosters
from access.inquiries import Person
from access.models import Authorisation, Inquiry, Roster, RosterPerson, Unit, User
from access.policy import Reason
from access.roles import Role, withdraw
from access.rosters import Named
from sealing.models import AuditEntry
from tests.integration.access.conftest import RECORDED, UNRECORDED, broken_log, signed_in
from tests.integration.test_jobs import work_off

#: Made-up persons of one surname, so that only the record tells them apart.
OTHERS = (
    ("110105194912310038", "样本人物丙"),
    ("110105194912310054", "样本人物戊"),
)
PEOPLE = (RECORDED, UNRECORDED, *OTHERS)


@pytest.fixture(name="limit", autouse=True)
def fixture_limit(school):
    Unit.objects.filter(pk=school.pk).update(roster_limit=4)


def stated(**changes):
    """Return the fields of a faultless statement."""
    return {
        "provision": "MINORS-62",
        "size": "4",
        "purpose": "年度核查",
        "official_1": "E1",
        "official_2": "E2",
        "letter_number": "函〔2026〕2号",
        "letter_issued_on": timezone.localdate().isoformat(),
    } | changes


def begun(client, **changes):
    """Begin a roster through the page."""
    answer = client.post("/inquiries/rosters/new/", stated(**changes))
    assert answer.status_code == 302, answer.context["form"].errors
    return Roster.objects.get(receipt=answer["Location"].split("/")[-2])


def act(client, roster, name, /, **fields):
    return client.post(f"/inquiries/rosters/{roster.receipt}/{name}/", fields)


def fields_of(person, post="教师"):
    return {"id_type": "resident_id", "id_number": person[0], "name": person[1], "post": post}


def entered(client, *people, **changes):
    """Begin a roster and enter persons one after the other."""
    roster = begun(client, **changes)
    for person in people:
        answer = act(client, roster, "add", **fields_of(person))
        assert answer.status_code == 302, answer.context["refused"]
    return roster


def page(client, roster):
    answer = client.get(f"/inquiries/rosters/{roster.receipt}/")
    assert answer.status_code == 200
    return answer.content.decode()


def sent(client, *people):
    """Enter a roster, send it, and let the worker do what waits."""
    roster = entered(client, *people)
    assert act(client, roster, "send", undertaking="1").status_code == 302
    work_off()
    roster.refresh_from_db()
    return roster


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


def test_size_beyond_the_limit_is_refused_by_page_program_and_database(asker, official, school):
    answer = asker.post("/inquiries/rosters/new/", stated(size="5"))
    assert list(answer.context["form"].errors) == ["size"]
    assert "At most 4" in answer.content.decode()
    known = {
        **{name: stated()[name] for name in ("provision", "purpose", "letter_number")},
        "officials": ["E1", "E2"],
        "letter_issued_on": timezone.localdate(),
    }
    with pytest.raises(rosters.Refused):
        rosters.begin(stated=known | {"size": 5}, by=official, today=timezone.localdate())
    with pytest.raises(DatabaseError, match="limit of its unit"), transaction.atomic():
        Roster.objects.create(unit=school, made_by=official, size=5, **known)
    assert not Roster.objects.exists()
    roster = begun(asker)
    with pytest.raises(DatabaseError, match="not changed"), transaction.atomic():
        Roster.objects.filter(pk=roster.pk).update(size=9)


def test_more_persons_than_staff_are_refused_by_direct_post_and_by_the_database(asker):
    roster = entered(asker, *PEOPLE[:2], size="2")
    answer = act(asker, roster, "add", **fields_of(PEOPLE[2]))
    assert "Nothing was changed" in answer.content.decode()
    lines = "\n".join(f"resident_id,{number},{name},教师" for number, name in PEOPLE[2:])
    act(asker, roster, "paste", rows=lines)
    assert roster.persons.count() == 2
    with pytest.raises(DatabaseError, match="nobody more"), transaction.atomic():
        RosterPerson.objects.create(roster=roster, number=3, person_key=b"x" * 32, name="样本")


def test_a_lowered_limit_holds_for_a_roster_that_was_begun(asker):
    roster = entered(asker, RECORDED)
    Unit.objects.update(roster_limit=3)
    answer = act(asker, roster, "send", undertaking="1")
    assert "more than the staff" in answer.content.decode()
    roster.refresh_from_db()
    assert roster.is_draft


def test_rosters_of_one_year_together_hold_no_more_than_the_limit(asker):
    sent(asker, *PEOPLE[:3])
    second = entered(asker, *PEOPLE[2:])
    answer = act(asker, second, "send", undertaking="1")
    assert "more persons this year" in answer.content.decode()
    work_off()
    assert Inquiry.objects.count() == 3


def test_without_a_limit_a_unit_files_no_roster(asker):
    Unit.objects.update(roster_limit=0)
    assert "No limit of staff is set" in asker.get("/inquiries/rosters/").content.decode()
    assert asker.post("/inquiries/rosters/new/", stated()).status_code == 302
    assert not Roster.objects.exists()


@pytest.mark.parametrize("provision", ["PRESCHOOL-44", "DRIVER-15", "SCHOOLBUS-23", "", "x"])
def test_only_a_provision_with_a_yearly_check_takes_a_roster(asker, school, provision):
    Unit.objects.filter(pk=school.pk).update(kind="kindergarten")
    today = timezone.localdate()
    authorisations.load(
        unit=school,
        ground="PRESCHOOL-44",
        valid_from=today,
        valid_to=today,
        officials=[],
        by="test",
    )
    answer = asker.post("/inquiries/rosters/new/", stated(provision=provision))
    assert "provision" in answer.context["form"].errors
    assert not Roster.objects.exists()


def test_a_unit_of_another_kind_or_without_authorisation_files_none(asker, judge):
    Unit.objects.update(roster_limit=4)
    judge.post("/inquiries/rosters/new/", stated(official_1="E7", official_2="E8"))
    Authorisation.objects.update(suspended_at=timezone.now())
    asker.post("/inquiries/rosters/new/", stated())
    assert not Roster.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"official_2": "E1"}, "official_2"),
        ({"official_1": "E3"}, "official_1"),
        ({"official_2": ""}, "official_2"),
        ({"letter_issued_on": "2025-01-02"}, "letter_issued_on"),
        ({"letter_number": ""}, "letter_number"),
        ({"purpose": " "}, "purpose"),
        ({"size": "0"}, "size"),
    ],
)
def test_a_statement_that_would_be_denied_is_refused_in_words(asker, changes, field):
    answer = asker.post("/inquiries/rosters/new/", stated(**changes))
    assert list(answer.context["form"].errors) == [field]


def test_what_would_be_denied_as_things_stand_is_not_sent(asker):
    roster = entered(asker, RECORDED, UNRECORDED, official_2="E9")
    answer = act(asker, roster, "send", undertaking="1")
    assert "As things stand" in answer.content.decode()
    Unit.objects.update(daily_budget=1)
    fitting = entered(asker, *PEOPLE[:2])
    answer = act(asker, fitting, "send", undertaking="1")
    assert answer.context["refused"][1:] == [denials.TEXTS[Reason.BUDGET_EXHAUSTED]]
    work_off()
    assert not Inquiry.objects.exists()


def test_nobody_or_no_undertaking_is_not_sent(asker):
    roster = begun(asker)
    assert "nobody on the roster" in act(asker, roster, "send", undertaking="1").content.decode()
    act(asker, roster, "add", **fields_of(RECORDED))
    assert act(asker, roster, "send").context["form"].errors
    roster.refresh_from_db()
    assert roster.is_draft


def test_a_person_twice_is_refused_however_the_number_is_typed(asker):
    roster = entered(asker, RECORDED)
    for number in (RECORDED[0], "１１０１０５ 19491231 002x"):
        answer = act(asker, roster, "add", **fields_of((number, "样本人物丁")))
        assert "on the roster already" in answer.content.decode()
    line = f"resident_id,{UNRECORDED[0]},{UNRECORDED[1]},教师"
    answer = act(asker, roster, "paste", rows=f"{line}\n\n{line}")
    assert answer.context["refused_lines"] == [3]
    assert roster.persons.count() == 1


def test_a_person_who_was_on_a_roster_within_a_year_is_marked(asker, court):
    sent(asker, RECORDED)
    second = entered(asker, RECORDED, UNRECORDED)
    assert page(asker, second).count("Ask again only with a reason") == 1
    assert rosters.asked_before(second, now=timezone.now() + timedelta(days=366)) == {}
    person = Person("resident_id", *RECORDED)
    assert rosters.key_of(court, person) != rosters.key_of(second.unit, person)


def test_pasted_lines_are_taken_whole_or_refused_by_line_without_repeating_them(asker):
    roster = begun(asker)
    sound = (
        "id_type,id_number,name,post\n"
        f"resident_id,{RECORDED[0]},{RECORDED[1]},教师\n"
        f"Resident identity card\t{UNRECORDED[0]}\t{UNRECORDED[1]}\t厨师\n"
    )
    spoilt = sound + "resident_id,110105194912310099,样本错号,教师\n样本错类,1,2,3\nresident_id,1\n"
    answer = act(asker, roster, "paste", rows=spoilt)
    errors = " ".join(answer.context["form"].errors["rows"])
    assert [f"Line {line}:" in errors for line in (2, 3, 4, 5, 6)] == [False, False, *[True] * 3]
    assert not re.search("样本|110105", errors)
    assert not roster.persons.exists()
    assert act(asker, roster, "paste", rows=sound).status_code == 302
    assert [(one.name, one.post) for one in roster.persons.all()] == [
        (RECORDED[1], "教师"),
        (UNRECORDED[1], "厨师"),
    ]


@pytest.mark.parametrize("rows", ["", " \n", "x" * 200_001, "\x00", '"', "，，，", "\t\t\t"])
def test_a_paste_that_is_none_is_an_error_and_nothing_more(asker, rows):
    roster = begun(asker)
    assert act(asker, roster, "paste", rows=rows).context["form"].errors["rows"]
    assert not roster.persons.exists()


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
