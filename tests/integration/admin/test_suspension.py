"""The emergency button, and the countdown before an authorisation ends."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm

from access import authorisations, countdown, proposals, standing
from access.models import Authorisation, AuthorisationProposal, Unit, User
from access.roles import Role
from access.terms import Terms
from tests.integration.admin.approving import (  # noqa: F401 - fixtures
    APPROVALS,
    AUTHORISATIONS,
    browser,
    fixture_guards,
    fixture_held,
    fixture_people,
    told,
    waiting,
)


def test_the_emergency_button_stops_the_unit_at_once_and_two_give_it_back(
    guards: tuple[User, User], held: Authorisation, unit: Unit, people: list[User]
) -> None:
    official, day = browser(people[1]), timezone.localdate()
    assert "Suspend everything now" in official.get("/inquiries/emergency/").content.decode()
    unsure = official.post("/inquiries/emergency/", {})
    assert "Confirm that everything" in unsure.content.decode()
    assert standing.grounds_held(unit, today=day) == {"MINORS-62"}
    official.post("/inquiries/emergency/", {"sure": "on"})
    assert standing.grounds_held(unit, today=day) == frozenset()
    by, details = told()[-1]
    assert (by, details["act"], details["cause"]) == ("F2", "suspended", "emergency")
    first, second = (browser(guard) for guard in guards)
    assert "suspended by its own unit" in first.get("/admin/").content.decode()
    assert "the unit itself" in first.get(APPROVALS).content.decode()
    assert official.post(f"{AUTHORISATIONS}{held.pk}/resume/").status_code == 403
    first.post(f"{AUTHORISATIONS}{held.pk}/resume/")
    # Pressed again, a return that was proposed before lapses.
    official.post("/inquiries/emergency/", {"sure": "on"})
    assert not AuthorisationProposal.objects.filter(state="open").exists()
    first.post(f"{AUTHORISATIONS}{held.pk}/resume/")
    second.post(f"{APPROVALS}{waiting().pk}/approve/")
    assert standing.grounds_held(unit, today=day) == {"MINORS-62"}


def test_taken_away_twice_the_first_time_stands_and_is_in_the_log_once(
    guards: tuple[User, User], held: Authorisation
) -> None:
    for guard in guards:
        browser(guard).post(f"{AUTHORISATIONS}{held.pk}/suspend/")
    stands = Authorisation.objects.get()
    assert stands.suspended_at is not None
    assert stands.suspended_by == "G1"
    by, details = told()[-1]
    assert [entry[1]["act"] for entry in told()] == ["made", "suspended"]
    assert (by, details["officials"]) == ("G1", ["F1", "F2"])
    days = (held.valid_from.isoformat(), held.valid_to.isoformat())
    assert (details["valid_from"], details["valid_to"]) == days


def test_an_extension_that_waits_goes_on_waiting(
    guards: tuple[User, User], held: Authorisation
) -> None:
    terms = authorisations.terms_of(held)
    proposals.propose(
        unit=held.unit,
        ground=held.ground,
        terms=Terms(terms.valid_from, terms.valid_to + timedelta(days=30), terms.officials),
        letter=proposals.Letter("样例函〔2026〕78号", timezone.localdate()),
        by=guards[0],
        authorisation=held,
    )
    authorisations.suspend(authorisation=held, by=guards[0])
    assert not waiting().resumes


def test_the_button_stops_no_other_unit(
    held: Authorisation, account: Callable[..., User], unit: Unit
) -> None:
    other = Unit.objects.create(code="U002", name="Other School", kind="school")
    stranger = account("F9", Role.INQUIRER, unit=other)
    assign_perm(standing.INQUIRE_FOR, stranger, other)
    browser(stranger).post("/inquiries/emergency/", {"sure": "on"})
    assert standing.grounds_held(unit, today=timezone.localdate()) == {"MINORS-62"}
    clerk = account("F8", Role.CLERK, unit=unit)
    assert browser(clerk).post("/inquiries/emergency/", {"sure": "on"}).status_code == 403
    assert standing.grounds_held(unit, today=timezone.localdate()) == {"MINORS-62"}


@pytest.mark.parametrize(
    ("days", "shown"), [(31, None), (30, "ends in 30 days"), (0, "ends today")]
)
def test_the_countdown_is_shown_before_the_end(
    guards: tuple[User, User],
    held: Authorisation,
    people: list[User],
    days: int,
    shown: str | None,
) -> None:
    terms = authorisations.terms_of(held)
    until = timezone.localdate() + timedelta(days=days)
    less = Terms(terms.valid_from, until, terms.officials)
    authorisations.narrow(authorisation=held, terms=less, by=guards[0])
    home = browser(people[0]).get("/").content.decode()
    desk = browser(guards[0]).get(APPROVALS).content.decode()
    assert ("end soon" in home) is (shown is not None)
    assert (f"<td>{days}</td>" in desk) is (shown is not None)
    assert shown is None or shown in home


def test_what_goes_on_under_another_authorisation_does_not_end(
    held: Authorisation, people: list[User], unit: Unit
) -> None:
    seen = held.valid_to - timedelta(days=5)
    assert [one.days for one in countdown.ending(today=seen)] == [5]
    later = {
        "valid_from": held.valid_to + timedelta(days=1),
        "valid_to": held.valid_to + timedelta(days=99),
    }
    authorisations.load(unit=unit, ground="MINORS-62", **later, officials=people, by="load_units")
    assert countdown.ending(today=seen) == []
