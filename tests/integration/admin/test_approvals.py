"""Whatever gives a unit more needs two security administrators; the database holds them to it. One suspends, at once."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from access import authorisations, countdown, proposals, standing
from access.models import Authorisation, AuthorisationProposal, Unit, User
from access.roles import Role, grant
from access.terms import Terms
from sealing.audit_log import NotEntered
from sealing.models import AuditEntry
from tests.integration.admin.conftest import ENGLISH

AUTHORISATIONS, APPROVALS = "/admin/access/authorisation/", "/admin/approvals/"
LETTER_NUMBER = "样例函〔2026〕77号"


def browser(user: User) -> Client:
    client = Client(headers=ENGLISH)
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def told() -> list[tuple[str, dict[str, Any]]]:
    """Return who did what to authorisations, as the log has it."""
    found = AuditEntry.objects.using("audit").filter(kind="authorisation").order_by("id")
    return [(entry.official, json.loads(bytes(entry.body))["details"]) for entry in found]


@pytest.fixture
def guards(account: Callable[..., User]) -> tuple[User, User]:
    """Return two security administrators."""
    role = Role.SECURITY_ADMINISTRATOR
    return account("G1", role), account("G2", role)


@pytest.fixture
def people(unit: Unit) -> list[User]:
    """Return three officials of the school, the first two of whom are named."""
    made = [User.objects.create_user(number, unit=unit) for number in ("F1", "F2", "F3")]
    for user in made:
        grant(user=user, role=Role.INQUIRER, by="tests")
        assign_perm(standing.INQUIRE_FOR, user, unit)
    return made


@pytest.fixture
def form(unit: Unit, people: list[User]) -> dict[str, Any]:
    """Return what the form for an authorisation is sent."""
    today = timezone.localdate()
    return {
        "unit": unit.pk,
        "ground": "MINORS-62",
        "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=90)).isoformat(),
        "officials": "F1 F2",
        "letter_number": LETTER_NUMBER,
        "letter_issued_on": today.isoformat(),
    }


@pytest.fixture
def held(unit: Unit, people: list[User]) -> Authorisation:
    """Return an authorisation in force, loaded from the operators' file."""
    today = timezone.localdate()
    return authorisations.load(
        unit=unit,
        ground="MINORS-62",
        valid_from=today,
        valid_to=today + timedelta(days=90),
        officials=people[:2],
        by="load_units",
    )


def waiting() -> AuthorisationProposal:
    return AuthorisationProposal.objects.get(state="open")


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
