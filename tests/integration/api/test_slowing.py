"""Who asks about many persons of one county and birth date waits: by count, after the commit, holding nothing."""

from datetime import timedelta
from itertools import islice

import pytest
from django.db import connection
from django.utils import timezone
from stdnum.iso7064 import mod_11_2

from access import slowing, standing
from access.models import Inquiry
from tests.integration.access.conftest import RECORDED, ask, signed_in
from tests.integration.api.conftest import stated as document_of

PREFIX = RECORDED[0][:14]
WHAT_THE_SITE_HOLDS = """
SELECT count(*) FROM pg_stat_activity AS held
 WHERE held.datname = current_database() AND held.usename = 'registry_app' AND held.state <> 'idle'
    OR held.datname = current_database() AND held.usename = 'registry_app' AND held.xact_start IS NOT NULL
"""
LOCKS = """
SELECT count(*) FROM pg_locks AS held JOIN pg_stat_activity AS holder USING (pid)
 WHERE holder.datname = current_database() AND holder.usename = 'registry_app'
   AND held.locktype IN ('advisory', 'transactionid', 'tuple')
"""


def numbers(leaving_out=RECORDED[0]):
    """ID numbers of one county and birth date, all good and of nobody recorded."""
    for sequence in range(100, 999):
        stem = f"{PREFIX}{sequence}"
        number = stem + mod_11_2.calc_check_digit(stem)
        if number != leaving_out:
            yield number


@pytest.fixture(name="waits")
def fixture_waits(monkeypatch, superuser_connection):
    """Every wait in its order, with what the site's connections held while it lasted."""
    superuser_connection.autocommit = True
    noted = []

    def note(seconds):
        held = [
            superuser_connection.execute(sql).fetchone()[0] for sql in (WHAT_THE_SITE_HOLDS, LOCKS)
        ]
        noted.append((round(seconds, 3), connection.in_atomic_block, *held))

    monkeypatch.setattr(slowing, "pause", note)
    monkeypatch.setattr(standing, "SWEEP_LIMIT", 13)
    return noted


def swept(send):
    """Ask about twelve persons, then a recorded one, then an unrecorded one, then the recorded one again."""
    people = [(number, "样本人物") for number in islice(numbers(), 13)]
    return [send(person) for person in (*people[:12], RECORDED, people[12], RECORDED)]


def free(waits):
    return [(wait, False, 0, 0) for wait in waits]


GROWING = [0.1, 0.2, 0.3, 0.4, 0.4]


@pytest.mark.usefixtures("record")
def test_the_pages_wait_by_count_and_hold_nothing_meanwhile(waits, asker, stated):
    made = swept(lambda person: ask(asker, stated(person)))
    assert waits == free(GROWING)
    assert [one.status for one in made] == ["granted"] * 13 + ["denied"] * 2


@pytest.mark.usefixtures("record")
def test_a_program_waits_alike_and_is_answered_the_same(waits, program):
    assert program.token
    answers = swept(lambda person: program.ask(document_of(person)))
    assert waits == free(GROWING)
    assert {answer.status_code for answer in answers} == {202}
    assert len({len(answer.content) for answer in answers}) == 1


def test_denied_inquiries_wait_as_granted_ones(waits, asker, stated):
    swept(lambda person: ask(asker, stated(person, purpose=" ")))
    assert waits == free(GROWING)


def test_each_official_is_counted_alone_and_the_same_person_once(waits, asker, school, stated):
    people = [(number, "样本人物") for number in islice(numbers(), 8)]
    for person in (*people, *people):
        ask(asker, stated(person))
    other = signed_in(school.people.get(number="E3"))
    for number in islice(numbers(), 20, 28):
        ask(other, stated((number, "样本人物"), official_1="E3", official_2="E4"))
    assert waits == []
    assert Inquiry.objects.count() == 24


def test_what_tells_persons_apart_says_nothing_the_next_day(asker, stated, monkeypatch):
    today = timezone.localdate()
    first = ask(asker, stated())
    monkeypatch.setattr(timezone, "localdate", lambda *of: today + timedelta(days=1))
    second = ask(asker, stated())
    assert bytes(first.person_key) != bytes(second.person_key)
