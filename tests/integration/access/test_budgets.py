"""Budgets and sweeps: counted for unit, official and ground, alike for everybody asked about."""

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from access import authorisations, proposals, standing
from access.models import Authorisation, Inquiry, Unit, User
from access.roles import Role, grant
from tests.integration.access.asking import (
    NO_RIGHT,
    entries,
    send,
)
from tests.integration.access.conftest import (
    RECORDED,
    UNRECORDED,
    ask,
    signed_in,
)


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
