"""What the database and the order refuse: no term, no archive, one person, another key."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from psycopg import errors

from sealing import retention
from sealing.audit_log import INSERT, Entry, Kind, Outcome, row
from sealing.models import DropProposal
from sealing.orders import Order
from sealing.retention import NotDroppable
from sealing.sequencing import Sequencer
from tests.database import TestDatabase
from tests.integration.sealing.dropping import (  # noqa: F401 - fixtures
    Connection,
    fixture_dropped,
    fixture_in_english,
    fixture_old,
    fixture_ordered,
    hand,
)

from .conftest import sequence
from .old_months import (
    APPROVER,
    OLD,
    OPERATOR,
    PROPOSER,
    WORDS,
    as_owner,
    enter_old,
    part,
    prepare,
    proposed,
    set_term,
)

HEX = "0" * 64


@pytest.mark.parametrize("role", ["app", "auditor", "sequencer", "keeper"])
def test_nobody_but_the_owner_calls_the_function(
    ordered: tuple[DropProposal, Path], connect: Callable[[str], Connection], role: str
) -> None:
    for call in (
        "SELECT sealing_drop_month(%s, 'X', gen_random_uuid())",
        "INSERT INTO sealing_dropped (proposal, dropped_by, entry) VALUES (%s, 'X', gen_random_uuid())",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            connect(role).execute(call, [ordered[0].pk])
    with pytest.raises(errors.InsufficientPrivilege):
        connect(role).execute(f"DROP TABLE {part(OLD)}")


def test_the_owner_drops_nothing_without_an_order_or_an_entry(
    ordered: tuple[DropProposal, Path], owner_connection: Connection
) -> None:
    call = "SELECT sealing_drop_month(%s, 'X', gen_random_uuid())"
    with pytest.raises(errors.InsufficientPrivilege, match="no order"):
        owner_connection.execute(call, [str(ordered[0].entry)])
    with pytest.raises(errors.InsufficientPrivilege, match="without an entry"):
        owner_connection.execute(call, [ordered[0].pk])


def younger(above: Connection, owner: Connection, made: DropProposal) -> None:
    above.execute("UPDATE sealing_dropdecision SET at = clock_timestamp() - interval '6 days'")


def no_term(above: Connection, owner: Connection, made: DropProposal) -> None:
    above.execute("DELETE FROM sealing_term")


def a_longer_term(above: Connection, owner: Connection, made: DropProposal) -> None:
    owner.execute("INSERT INTO sealing_term VALUES (2, 90, 'another rule')")


def one_account(above: Connection, owner: Connection, made: DropProposal) -> None:
    above.execute("UPDATE sealing_dropdecision SET decided_by = %s", [PROPOSER])


def refused(above: Connection, owner: Connection, made: DropProposal) -> None:
    above.execute("UPDATE sealing_dropdecision SET approved = false, note = ''")


def one_more_entry(above: Connection, owner: Connection, made: DropProposal) -> None:
    enter_old(above, OLD)


def one_entry_less(above: Connection, owner: Connection, made: DropProposal) -> None:
    above.execute(
        "DELETE FROM sealing_auditentry WHERE id = (SELECT entry FROM sealing_leaf WHERE index = 2)"
    )


def an_older_month(above: Connection, owner: Connection, made: DropProposal) -> None:
    prepare(owner, "1989-12")


def not_signed(above: Connection, owner: Connection, made: DropProposal) -> None:
    above.execute("DELETE FROM sealing_leaf WHERE entry = (SELECT entry FROM sealing_dropdecision)")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (younger, "younger than seven days"),
        (no_term, "without end"),
        (a_longer_term, "younger than the term"),
        (one_account, "two accounts"),
        (refused, "two accounts"),
        (one_more_entry, "not every entry"),
        (one_entry_less, "not about these entries"),
        (an_older_month, "not the oldest"),
        (not_signed, "not under a checkpoint"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_the_database_refuses_by_itself(
    ordered: tuple[DropProposal, Path],
    superuser_connection: Connection,
    owner_connection: Connection,
    spoil: Callable[..., None],
    why: str,
) -> None:
    """Called by hand as the owner, with nothing of the site in between."""
    superuser_connection.execute("SET session_replication_role = replica")
    spoil(superuser_connection, owner_connection, ordered[0])
    with pytest.raises(errors.InsufficientPrivilege, match=why):
        hand(owner_connection, ordered[0])
    assert superuser_connection.execute(f"SELECT to_regclass('{part(OLD)}')").fetchone()[0]


def test_nothing_is_dropped_without_its_archive(
    ordered: tuple[DropProposal, Path],
    database: TestDatabase,
    superuser_connection: Connection,
    tmp_path: Path,
) -> None:
    made, archive = ordered
    shorter = tmp_path / "shorter"
    shorter.write_bytes(b"".join(archive.read_bytes().splitlines(keepends=True)[:-1]))
    for wrong in (shorter, tmp_path / "none"):
        with as_owner(database), pytest.raises(CommandError, match="The archive"):
            call_command("drop_month", str(made.pk), archive=wrong, by=OPERATOR)
    assert superuser_connection.execute(f"SELECT to_regclass('{part(OLD)}')").fetchone()[0]
    with as_owner(database):
        call_command("drop_month", str(made.pk), archive=archive, by=OPERATOR)
    assert superuser_connection.execute(f"SELECT to_regclass('{part(OLD)}')").fetchone()[0] is None


def test_whoever_proposes_does_not_decide(
    old: None, owner_connection: Connection, app_connection: Connection, tmp_path: Path
) -> None:
    set_term(owner_connection)
    made, _archive = proposed(tmp_path)
    with pytest.raises(NotDroppable, match="same_account"):
        retention.approve(made, by=PROPOSER)
    into = "INSERT INTO sealing_dropdecision (proposal, approved, note, decided_by, entry)"
    with pytest.raises(errors.InsufficientPrivilege, match="does not decide"):
        app_connection.execute(
            f"{into} VALUES (%s, true, 'x', %s, %s)", [made.pk, PROPOSER, made.entry]
        )
    with pytest.raises(errors.InsufficientPrivilege, match="without its entry"):
        app_connection.execute(f"{into} VALUES (%s, true, 'x', 'X', %s)", [made.pk, made.entry])
    retention.refuse(made, by=APPROVER)
    with pytest.raises(NotDroppable, match="decided"):
        retention.approve(made, by=APPROVER)


def test_an_order_says_what_was_proposed(
    old: None, owner_connection: Connection, app_connection: Connection, tmp_path: Path
) -> None:
    """The application cannot make an order about something else than what the auditor proposed."""
    set_term(owner_connection)
    made, _archive = proposed(tmp_path)
    other = Order(**{**made.document, "entries": 4}, approved_by="X")
    said = {"act": "drop_approved", "order": str(made.pk)}
    entry = Entry(kind=Kind.RETENTION, outcome=Outcome.DONE, official="X", details=said)
    with app_connection.transaction():
        app_connection.execute(INSERT, row(entry))
        with (
            pytest.raises(errors.CheckViolation, match="not what was"),
            app_connection.transaction(),
        ):
            app_connection.execute(
                "INSERT INTO sealing_dropdecision (proposal, approved, note, decided_by, entry)"
                " VALUES (%s, true, %s, 'X', %s)",
                [made.pk, other.text(), entry.id],
            )


def test_what_cannot_be_proposed(
    old: None,
    owner_connection: Connection,
    superuser_connection: Connection,
    worker: Sequencer,
    tmp_path: Path,
) -> None:
    def refusal() -> str:
        with pytest.raises(NotDroppable) as caught:
            retention.propose(archive=HEX, by=PROPOSER, **WORDS)
        return caught.value.code

    assert refusal() == "no_term"
    owner_connection.execute("INSERT INTO sealing_term VALUES (1, 90, 'a made-up rule')")
    assert refusal() == "too_young"
    owner_connection.execute("INSERT INTO sealing_term VALUES (2, 30, 'a made-up rule')")
    enter_old(superuser_connection, OLD)
    assert refusal() == "not_sequenced"
    sequence(worker)
    proposed(tmp_path)
    assert refusal() == "standing"


def test_the_term_is_the_owners_and_not_below_thirty_years(
    db: None, owner_connection: Connection, connect: Callable[[str], Connection]
) -> None:
    with pytest.raises(errors.CheckViolation):
        set_term(owner_connection, years=29)
    for role in ("app", "auditor", "sequencer", "keeper"):
        with pytest.raises(errors.InsufficientPrivilege):
            set_term(connect(role))


@pytest.mark.parametrize(
    "table", ["sealing_term", "sealing_dropproposal", "sealing_dropdecision", "sealing_dropped"]
)
def test_orders_are_never_changed_or_removed(
    dropped: DropProposal, connect: Callable[[str], Connection], table: str
) -> None:
    for role in ("app", "owner", "auditor", "bootstrap"):
        for act in (
            f"UPDATE {table} SET at = at",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connect(role).execute(act)
