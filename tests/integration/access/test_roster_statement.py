"""What a roster may state and whom it may hold: refused in words by page, program and database."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from access import authorisations, denials, rosters
from access.inquiries import Person
from access.models import Authorisation, Inquiry, Roster, RosterPerson, Unit
from access.policy import Reason
from tests.integration.access.conftest import RECORDED, UNRECORDED
from tests.integration.access.rostering import (  # noqa: F401 - fixtures
    PEOPLE,
    act,
    begun,
    entered,
    fields_of,
    fixture_limit,
    page,
    sent,
    stated,
)
from tests.integration.test_jobs import work_off


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
