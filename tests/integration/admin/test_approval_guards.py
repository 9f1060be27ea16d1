"""What no administrator and no program can do to an authorisation: the database refuses it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from access import authorisations, proposals
from access.models import Authorisation, AuthorisationProposal, User
from access.roles import Role
from access.terms import Terms
from tests.integration.admin.approving import (  # noqa: F401 - fixtures
    APPROVALS,
    AUTHORISATIONS,
    browser,
    fixture_form,
    fixture_guards,
    fixture_held,
    fixture_people,
    waiting,
)


@pytest.mark.parametrize("role", [None, Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR, Role.INQUIRER])
def test_nobody_else_sees_proposes_or_approves(
    guards: tuple[User, User],
    form: dict[str, Any],
    account: Callable[..., User],
    role: Role | None,
) -> None:
    browser(guards[0]).post(AUTHORISATIONS + "add/", form)
    one, other = waiting(), account("O1", *([role] if role else []))
    stranger = browser(other)
    assert stranger.get(APPROVALS).status_code == 403
    assert stranger.get(f"{APPROVALS}{one.pk}/").status_code == 403
    assert stranger.post(f"{APPROVALS}{one.pk}/approve/").status_code == 403
    with pytest.raises(PermissionDenied):
        proposals.approve(proposal=one, by=other)
    with pytest.raises(DatabaseError, match="another security administrator"):
        AuthorisationProposal.objects.filter(pk=one.pk).update(state="approved", decided_by=other)
    assert not Authorisation.objects.exists()


INSERT = "INSERT INTO access_authorisation (unit_id, ground, valid_from, valid_to, suspended_by, entry) VALUES"
GROWING = {
    "made without an entry": f"{INSERT} ({{unit}}, 'PRESCHOOL-44', '2026-01-01', '2030-01-01', '', NULL)",
    "made under an old entry": f"{INSERT} ({{unit}}, 'MINORS-62', '2026-01-01', '2030-01-01', '', '{{entry}}')",
    "extended": "UPDATE access_authorisation SET valid_to = '2040-01-01'",
    "begun earlier": "UPDATE access_authorisation SET valid_from = '2020-01-01'",
    "given back": "UPDATE access_authorisation SET suspended_at = NULL",
    "other ground": "UPDATE access_authorisation SET ground = 'case_handling'",
    "other unit": "UPDATE access_authorisation SET unit_id = unit_id + 1",
    "official": "INSERT INTO access_authorisation_officials (authorisation_id, user_id) VALUES ({held}, {third})",
    "official changed": "UPDATE access_authorisation_officials SET user_id = {third}",
}


def test_the_database_lets_no_authorisation_grow_whatever_the_program_says(
    held: Authorisation, people: list[User], guards: tuple[User, User]
) -> None:
    authorisations.suspend(authorisation=held, by=guards[0])
    values = {
        "unit": held.unit_id,
        "held": held.pk,
        "third": people[2].pk,
        "entry": held.entry,
    }
    for statement in GROWING.values():
        with (
            pytest.raises(DatabaseError, match="refused"),
            transaction.atomic(),
            connection.cursor() as sql,
        ):
            sql.execute(statement.format(**values))
    held.refresh_from_db()
    assert held.suspended_at is not None
    assert Authorisation.objects.count() == 1
    assert authorisations.terms_of(held).officials == {"F1", "F2"}


@pytest.mark.parametrize("lie", ["in_the_name_of_an_administrator", "no_load", "gives_back"])
def test_a_load_is_said_in_nobodys_name_and_gives_nothing_back(
    held: Authorisation, guards: tuple[User, User], lie: str
) -> None:
    """The entry is there and in the same transaction; what it says is not enough."""
    authorisations.suspend(authorisation=held, by=guards[0])
    terms = authorisations.terms_of(held)
    more = Terms(terms.valid_from, terms.valid_to + timedelta(days=1), terms.officials)
    by = "G1" if lie == "in_the_name_of_an_administrator" else "load_units"
    if lie == "gives_back":
        held.suspended_at = None
    with pytest.raises(DatabaseError, match="a second administrator"), transaction.atomic():
        authorisations.put(held, more, act="changed", by=by, more={"loaded": lie != "no_load"})
    kept = Authorisation.objects.get()
    assert (kept.valid_to, kept.suspended_at is None) == (terms.valid_to, False)


def test_an_approval_of_one_thing_is_no_approval_of_another(
    held: Authorisation, guards: tuple[User, User], people: list[User]
) -> None:
    """A program that approves what was proposed and stores more is refused, entry and all."""
    terms = authorisations.terms_of(held)
    day = timezone.localdate()
    made = proposals.propose(
        unit=held.unit,
        ground=held.ground,
        terms=Terms(terms.valid_from, terms.valid_to + timedelta(days=1), terms.officials),
        letter=proposals.Letter("x", day),
        by=guards[0],
        authorisation=held,
    )
    more = Terms(
        terms.valid_from, terms.valid_to + timedelta(days=1), frozenset({"F1", "F2", "F3"})
    )
    with pytest.raises(DatabaseError, match="a second administrator"), transaction.atomic():  # noqa: PT012
        made.state, made.decided_by = "approved", guards[1]
        made.save(update_fields=["state", "decided_by"])
        authorisations.put(held, more, act="changed", by="G2", more={"proposal": str(made.pk)})
    assert authorisations.terms_of(Authorisation.objects.get()) == terms
    assert waiting() == made


REWRITING = [
    "DELETE FROM access_authorisationproposal",
    "TRUNCATE access_authorisationproposal",
    "UPDATE access_authorisationproposal SET valid_to = valid_to + 1",
    "UPDATE access_authorisationproposal SET letter_number = ''",
    "UPDATE access_authorisationproposal SET state = 'refused', valid_to = valid_to + 1",
]


def test_a_proposal_is_never_rewritten(
    guards: tuple[User, User], form: dict[str, Any], superuser_connection: Any
) -> None:
    browser(guards[0]).post(AUTHORISATIONS + "add/", form)
    for act in REWRITING:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as sql:
            sql.execute(act)
        with pytest.raises(Exception, match="refused"):
            superuser_connection.execute(act)
    assert waiting().valid_to == date.fromisoformat(form["valid_to"])
