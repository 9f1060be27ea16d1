"""An authorisation has force when a second administrator approves it; one alone may only cut down."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from access import authorisations, standing
from access.models import Authorisation, AuthorisationProposal, Unit, User
from sealing.audit_log import NotEntered
from tests.integration.admin.approving import (  # noqa: F401 - fixtures
    APPROVALS,
    AUTHORISATIONS,
    LETTER_NUMBER,
    browser,
    fixture_form,
    fixture_guards,
    fixture_held,
    fixture_people,
    told,
    waiting,
)


def test_an_authorisation_has_force_when_a_second_administrator_approves_it(
    guards: tuple[User, User], form: dict[str, Any], unit: Unit
) -> None:
    first, second = (browser(guard) for guard in guards)
    page = first.post(AUTHORISATIONS + "add/", form, follow=True).content.decode()
    assert "another security administrator approves" in page
    assert not Authorisation.objects.exists()
    assert standing.grounds_held(unit, today=timezone.localdate()) == frozenset()
    one = waiting()
    shown = second.get(f"{APPROVALS}{one.pk}/").content.decode()
    assert LETTER_NUMBER in shown
    assert "Approve" in shown
    assert "1 proposal waits for your approval" in second.get("/admin/").content.decode()
    assert "waits for your approval" not in first.get("/admin/").content.decode()
    second.post(f"{APPROVALS}{one.pk}/approve/")
    made = Authorisation.objects.get()
    assert authorisations.terms_of(made).officials == {"F1", "F2"}
    assert standing.grounds_held(unit, today=timezone.localdate()) == {"MINORS-62"}
    (by, proposed), (approver, approved) = told()
    assert (by, proposed["act"], approver, approved["act"]) == ("G1", "proposed", "G2", "made")
    assert (approved["proposed_by"], approved["officials"]) == ("G1", ["F1", "F2"])


def test_no_letter_is_in_the_log_or_readable_in_the_database(
    guards: tuple[User, User], form: dict[str, Any], superuser_connection: Any
) -> None:
    browser(guards[0]).post(AUTHORISATIONS + "add/", form)
    assert LETTER_NUMBER not in json.dumps(told(), ensure_ascii=False)
    rows = superuser_connection.execute(
        "SELECT to_jsonb(p)::text FROM access_authorisationproposal AS p"
    ).fetchall()
    assert len(rows) == 1
    assert LETTER_NUMBER.encode().hex() not in rows[0][0]
    assert LETTER_NUMBER not in rows[0][0]


def test_nobody_approves_his_own_proposal(guards: tuple[User, User], form: dict[str, Any]) -> None:
    own = browser(guards[0])
    own.post(AUTHORISATIONS + "add/", form)
    one = waiting()
    page = own.get(f"{APPROVALS}{one.pk}/").content.decode()
    assert "/approve/" not in page
    assert own.post(f"{APPROVALS}{one.pk}/approve/").status_code == 403
    assert not Authorisation.objects.exists()
    with pytest.raises(DatabaseError, match="another security administrator"):
        AuthorisationProposal.objects.filter(pk=one.pk).update(
            state="approved", decided_by=guards[0]
        )


def test_without_the_application_letter_nothing_is_proposed(
    guards: tuple[User, User], form: dict[str, Any]
) -> None:
    answer = browser(guards[0]).post(AUTHORISATIONS + "add/", form | {"letter_number": ""})
    assert "application letter are needed" in answer.content.decode()
    assert not AuthorisationProposal.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valid_to": "2026-01-01"}, "The last day must not be before the first."),
        ({"ground": "TRANSIT-31"}, "no right to inquire"),
        ({"ground": "case_handling"}, "no right to inquire"),
        ({"ground": "LAWYER-7"}, "Select a valid choice"),
    ],
)
def test_nothing_is_proposed_that_could_never_be_answered(
    guards: tuple[User, User], form: dict[str, Any], changes: dict[str, str], said: str
) -> None:
    page = browser(guards[0]).post(AUTHORISATIONS + "add/", form | changes).content.decode()
    assert said in page
    assert not AuthorisationProposal.objects.exists()


@pytest.mark.parametrize("more", ["later", "official"])
def test_what_is_held_stays_as_it_is_until_more_is_approved(
    guards: tuple[User, User],
    form: dict[str, Any],
    held: Authorisation,
    more: str,
) -> None:
    before = authorisations.terms_of(held)
    later = {"valid_to": (timezone.localdate() + timedelta(days=400)).isoformat()}
    wanted = later if more == "later" else {"officials": "F1 F2 F3"}
    browser(guards[0]).post(f"{AUTHORISATIONS}{held.pk}/change/", form | wanted)
    held.refresh_from_db()
    assert authorisations.terms_of(held) == before
    browser(guards[1]).post(f"{APPROVALS}{waiting().pk}/approve/")
    held.refresh_from_db()
    assert before.within(authorisations.terms_of(held))
    assert authorisations.terms_of(held) != before


def test_one_cuts_down_at_once_and_a_proposal_made_before_lapses(
    guards: tuple[User, User], form: dict[str, Any], held: Authorisation
) -> None:
    first, second = (browser(guard) for guard in guards)
    address = f"{AUTHORISATIONS}{held.pk}/change/"
    first.post(address, form | {"officials": "F1 F2 F3"})
    one = waiting()
    today = timezone.localdate().isoformat()
    less = {"valid_to": today, "officials": "F1", "letter_number": ""}
    first.post(address, form | less | {"letter_issued_on": ""})
    held.refresh_from_db()
    assert authorisations.terms_of(held).officials == {"F1"}
    assert held.valid_to == timezone.localdate()
    page = second.post(f"{APPROVALS}{one.pk}/approve/", follow=True).content.decode()
    assert "decided or lapsed" in page
    assert authorisations.terms_of(held).officials == {"F1"}


def test_giving_back_what_was_suspended_takes_two(
    guards: tuple[User, User], held: Authorisation
) -> None:
    first, second = (browser(guard) for guard in guards)
    first.post(f"{AUTHORISATIONS}{held.pk}/suspend/")
    first.post(f"{AUTHORISATIONS}{held.pk}/resume/")
    held.refresh_from_db()
    assert held.suspended_at is not None
    assert first.post(f"{APPROVALS}{waiting().pk}/approve/").status_code == 403
    second.post(f"{APPROVALS}{waiting().pk}/approve/")
    held.refresh_from_db()
    assert (held.suspended_at, held.suspended_by) == (None, "")
    acts = [details["act"] for _, details in told()]
    assert acts == ["made", "suspended", "proposed", "resumed"]


def test_refused_and_taken_back_proposals_change_nothing(
    guards: tuple[User, User], form: dict[str, Any]
) -> None:
    first, second = (browser(guard) for guard in guards)
    for decider, state in ((second, "refused"), (first, "withdrawn")):
        first.post(AUTHORISATIONS + "add/", form)
        one = waiting()
        decider.post(f"{APPROVALS}{one.pk}/close/")
        one.refresh_from_db()
        assert one.state == state
        page = second.post(f"{APPROVALS}{one.pk}/approve/", follow=True).content.decode()
        assert "decided or lapsed" in page
    assert not Authorisation.objects.exists()


def test_an_official_who_left_the_unit_meanwhile_is_not_approved(
    guards: tuple[User, User], form: dict[str, Any], people: list[User]
) -> None:
    browser(guards[0]).post(AUTHORISATIONS + "add/", form)
    User.objects.filter(pk=people[0].pk).update(unit=None)
    answer = browser(guards[1]).post(f"{APPROVALS}{waiting().pk}/approve/", follow=True)
    assert "no longer of the unit" in answer.content.decode()
    assert not Authorisation.objects.exists()


def test_an_approval_that_cannot_be_entered_does_not_happen(
    guards: tuple[User, User], form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser(guards[0]).post(AUTHORISATIONS + "add/", form)

    def broken(entry: object) -> None:
        raise NotEntered

    monkeypatch.setattr(authorisations.audit_log, "enter", broken)
    answer = browser(guards[1]).post(f"{APPROVALS}{waiting().pk}/approve/")
    assert answer.status_code == 503
    assert waiting().state == "open"
    assert not Authorisation.objects.exists()
