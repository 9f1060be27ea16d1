"""Moving every record to a new version of the index keys: whom it finds afterwards, and who could bend it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from psycopg import errors

from access import lookups
from access.accounts import User
from access.inquiry import Inquiry
from registry.drafting import save_draft, submit, withdraw
from registry.filing import NotFiled, file_record
from registry.models import ViolationRecord
from registry.record_keys import subject
from registry.record_proof import Altered
from sealing import audit_log, index_version, key_versions, keyring, reindexing
from sealing.audit_log import Entry, Kind, Outcome
from sealing.keyring import Purpose
from sealing.subject import NOBODY
from tests.generated_decisions import sound_rows, write_csv
from tests.integration.lookups.conftest import (  # noqa: F401 - fixtures
    authorisation,
    case_inquiry,
    inquiry,
    officials,
    unit,
)
from tests.integration.registry.conftest import (  # noqa: F401 - fixtures
    clerk,
    decision,
    verifier,
)

from .rows import RECORDS

Connection = psycopg.Connection[Any]
NEXT = "registry_nextindex"


@pytest.fixture
def ring(settings: Any, tmp_path: Any) -> Iterator[Any]:
    """A key ring of the test's own; afterwards this process believes in the first version again."""
    settings.REGISTRY_KEYRING = tmp_path / "keyring.json"
    keyring.make(settings.REGISTRY_KEYRING)
    keyring.forget()
    index_version.forget()
    yield settings.REGISTRY_KEYRING
    keyring.forget()
    index_version.forget()


@pytest.fixture
def persons(ring: Any, keeper_alias: str, tmp_path: Any) -> list[dict[str, str]]:
    """Rows that were imported; some persons have several."""
    from django.utils import timezone

    made = list(sound_rows(12, day=timezone.localdate()))
    call_command("import_records", str(write_csv(tmp_path / "made-up.csv", made)))
    return made


def moved(*options: Any) -> None:
    call_command("rotate_keys", "--index", *map(str, options))


def numbers(asked: Inquiry, person: dict[str, str], by: User) -> list[str]:
    """Look a person up; return the numbers of the decisions that are told."""
    asked.id_number, asked.name, asked.views = person["id_number"], person["name"], 0
    asked.save()
    told = lookups.look_up(inquiry=asked, by=by).answer.lines
    return sorted(str(line.decision_number) for line in told)


def of(person: dict[str, str], persons: list[dict[str, str]]) -> list[str]:
    return sorted(
        row["decision_number"] for row in persons if row["id_number"] == person["id_number"]
    )


def values(superuser: Connection) -> dict[Any, tuple[Any, ...]]:
    sql = f"SELECT id, subject, decision_key, duplicate_key, index_version FROM {RECORDS}"
    return {row[0]: row[1:] for row in superuser.execute(sql)}


def the_rest(superuser: Connection) -> list[Any]:
    sql = f"""SELECT to_jsonb(r) - '{{subject,decision_key,duplicate_key,act_key,index_version}}'::text[]
                FROM {RECORDS} AS r ORDER BY id"""
    return superuser.execute(sql).fetchall()


def test_everybody_is_found_before_and_after_and_nothing_but_the_index_has_changed(
    persons, case_inquiry, officials, superuser_connection, capsys
):
    before, rest = values(superuser_connection), the_rest(superuser_connection)
    assert numbers(case_inquiry, persons[0], officials[0]) == of(persons[0], persons)
    moved()
    after = values(superuser_connection)
    assert {row[3] for row in after.values()} == {2}
    for key, row in before.items():
        assert not set(row[:3]) & set(after[key][:3])
    assert the_rest(superuser_connection) == rest
    for person in persons:
        assert numbers(case_inquiry, person, officials[0]) == of(person, persons)
    assert superuser_connection.execute(f"SELECT count(*) FROM {NEXT}").fetchone() == (0,)
    assert "12" in capsys.readouterr().out


def test_a_process_that_knows_the_old_version_only_answers_right_and_spends_one_view(
    persons, ring, case_inquiry, officials, monkeypatch
):
    """The database moves while the process still believes in version 1: after the entry, before the rows are read."""
    stale = keyring.Keyring.load(ring)
    moved()
    keyring.forget()
    index_version.forget()
    monkeypatch.setattr(keyring, "keyring", lambda: stale)
    assert index_version.current() == 1
    assert numbers(case_inquiry, persons[0], officials[0]) == of(persons[0], persons)
    case_inquiry.refresh_from_db()
    assert case_inquiry.views == 1


def test_without_the_new_key_a_lookup_is_an_error_and_never_an_empty_answer(
    persons, ring, case_inquiry, officials, tmp_path, settings
):
    old = tmp_path / "old.json"
    old.write_bytes(ring.read_bytes())
    old.chmod(0o600)
    moved()
    settings.REGISTRY_KEYRING = old
    keyring.forget()
    index_version.forget()
    with pytest.raises(keyring.KeyringError):
        numbers(case_inquiry, persons[0], officials[0])
    assert key_versions.add(old, Purpose.SUBJECT) == key_versions.add(old, Purpose.DUPLICATE) == 2
    keyring.forget()
    with pytest.raises(keyring.KeyringError, match="not those"):
        numbers(case_inquiry, persons[0], officials[0])


def test_stale_questions_and_rows_are_refused_with_an_error_of_their_own(
    persons, app_connection, superuser_connection
):
    moved()
    [entry] = superuser_connection.execute(
        "SELECT id FROM sealing_auditentry WHERE kind = 'filing' LIMIT 1"
    ).fetchone()
    for sql, values in (
        ("SELECT sealing_present(%s, %s, 1)", [entry, NOBODY]),
        ("SELECT sealing_index_held(1)", []),
        (f"INSERT INTO {RECORDS} (id, index_version) VALUES (gen_random_uuid(), 1)", []),
    ):
        with pytest.raises(psycopg.Error) as refused:
            app_connection.execute(sql, values)
        assert refused.value.sqlstate == index_version.STALE


class TestDrafts:
    """What was keyed in before the move is filed after it, and recognised."""

    def test_drafts_are_moved_changed_filed_and_their_like_refused(
        self, persons, clerk, verifier, superuser_connection
    ):
        kept = save_draft(row=decision(), by=clerk)
        twin = save_draft(row=decision(), by=clerk)
        gone = save_draft(row=replace(decision(), decision_number="样本〔2026〕9号"), by=clerk)
        withdraw(draft=gone, by=clerk)
        moved()
        index_version.forget()
        kept = save_draft(row=replace(decision(), facts="样本：改过"), by=clerk, draft=kept)
        assert bytes(ViolationRecord.objects.get(pk=kept.pk).subject) == subject(kept)
        for draft in (kept, twin):
            submit(draft=draft, by=clerk)
        file_record(draft=kept, by=verifier)
        with pytest.raises(NotFiled) as refusal:
            file_record(draft=twin, by=verifier)
        assert [finding.code for finding in refusal.value.findings] == ["duplicate_decision"]
        assert {row[3] for row in values(superuser_connection).values()} == {2}

    def test_what_waits_for_a_draft_is_thrown_away_when_it_is_changed(
        self, persons, ring, clerk, superuser_connection
    ):
        held = save_draft(row=decision(), by=clerk)
        made_ready(ring)
        waiting = f"SELECT count(*) FROM {NEXT} WHERE record = %s"
        assert superuser_connection.execute(waiting, [held.pk]).fetchone() == (1,)
        save_draft(row=replace(decision(), decision_number="样本〔2026〕8号"), by=clerk, draft=held)
        assert superuser_connection.execute(waiting, [held.pk]).fetchone() == (0,)
        moved()
        changed = ViolationRecord.objects.get(pk=held.pk)
        from registry.record_index import values as made_anew

        assert bytes(changed.decision_key) == made_anew(changed)[1]


def made_ready(ring: Any) -> reindexing.Reindexing:
    """Make every row ready, and do not move them."""
    run = reindexing.Reindexing(version=reindexing.next_version(ring))
    run._begin()
    run._make_ready()
    return run


def presenting(keeper: Connection, sql: str, values: Any = (), **details: Any) -> Any:
    """Run a statement as the keeper under a committed entry of its own."""
    entry = Entry(kind=Kind.ROTATION, outcome=Outcome.GRANTED, details=details)
    keeper.execute(audit_log.INSERT, audit_log.row(entry))
    with keeper.transaction():
        keeper.execute("SELECT sealing_present(%s, %s)", [entry.id, NOBODY])
        return keeper.execute(sql, values)


MOVE = f"SELECT {RECORDS}_reindex()"
FORGED = f"INSERT INTO {NEXT} VALUES (%s, 2, %s, %s, %s, NULL)"


class TestAttacks:
    """Rows stay where they are but for a move of all of them, by the keeper, entered before."""

    @pytest.mark.parametrize("details", [{}, {"index": 3}, {"rows": []}], ids=str)
    def test_no_move_without_its_entry(self, persons, ring, keeper_connection, details):
        made_ready(ring)
        with pytest.raises(errors.InsufficientPrivilege, match="entry"):
            presenting(keeper_connection, MOVE, **details)

    def test_no_move_while_a_row_is_not_ready(
        self, persons, ring, keeper_connection, superuser_connection
    ):
        made_ready(ring)
        superuser_connection.execute(f"DELETE FROM {NEXT} WHERE record = (SELECT min(record::text)::uuid FROM {NEXT})")
        with pytest.raises(errors.ObjectNotInPrerequisiteState):
            presenting(keeper_connection, MOVE, index=2)

    @pytest.mark.parametrize("who", ["owner_connection", "app_connection", "superuser_connection"])
    def test_nobody_else_moves_anything(self, persons, ring, who, request, superuser_connection):
        made_ready(ring)
        before = values(superuser_connection)
        attacker = request.getfixturevalue(who)
        for sql in (
            f"UPDATE {RECORDS} SET subject = waiting.subject, index_version = 2 FROM {NEXT} AS waiting",
            f"UPDATE {RECORDS} SET subject = sha256(subject)",
            f"UPDATE {RECORDS} SET index_version = 2",
            "UPDATE sealing_index SET version = 2, next_version = NULL, next_check = NULL",
            "DELETE FROM sealing_index",
            "TRUNCATE sealing_index",
        ):
            try:
                assert attacker.execute(sql).rowcount <= 0
            except psycopg.Error as refused:
                assert refused.sqlstate in (errors.InsufficientPrivilege.sqlstate, index_version.STALE)
        if who != "superuser_connection":
            with pytest.raises(errors.InsufficientPrivilege):
                attacker.execute(FORGED, [next(iter(before)), *[b"f" * 32] * 3])
            if who == "app_connection":
                with pytest.raises(errors.InsufficientPrivilege):
                    attacker.execute(MOVE)
        assert values(superuser_connection) == before

    def test_the_owner_in_the_definers_part_moves_nothing(
        self, persons, ring, owner_connection, superuser_connection
    ):
        made_ready(ring)
        before = values(superuser_connection)
        owner_connection.execute("SET ROLE registry_definer")
        sql = f"UPDATE {RECORDS} AS r SET subject = n.subject, index_version = 2 FROM {NEXT} AS n WHERE n.record = r.id"
        assert owner_connection.execute(sql).rowcount == 0
        for act in (MOVE, "UPDATE sealing_index SET version = 2, next_version = NULL, next_check = NULL"):
            with pytest.raises(errors.InsufficientPrivilege):
                owner_connection.execute(act)
        assert values(superuser_connection) == before

    def test_the_keeper_lays_ready_only_for_rows_it_has_entered_and_changes_none_itself(
        self, persons, ring, keeper_connection, superuser_connection
    ):
        key = next(iter(values(superuser_connection)))
        with pytest.raises(errors.InsufficientPrivilege):
            presenting(keeper_connection, FORGED, [key, *[b"f" * 32] * 3], rows=[])
        presenting(keeper_connection, FORGED, [key, *[b"f" * 32] * 3], rows=[str(key)])
        for act in (f"UPDATE {NEXT} SET subject = duplicate_key", f"DELETE FROM {NEXT}",
                    f"SELECT * FROM {NEXT}", f"UPDATE {RECORDS} SET subject = sha256('x')",
                    "UPDATE sealing_index SET version = 2"):
            with pytest.raises(errors.InsufficientPrivilege):
                presenting(keeper_connection, act, rows=[str(key)])

    def test_two_persons_are_not_made_one_nor_one_two(
        self, persons, ring, keeper_connection, superuser_connection
    ):
        made_ready(ring)
        superuser_connection.execute(f"UPDATE {NEXT} SET subject = %s", [b"f" * 32])
        with pytest.raises(errors.IntegrityConstraintViolation):
            presenting(keeper_connection, MOVE, index=2)

    def test_two_persons_exchanged_by_the_keeper_are_an_error_at_the_next_lookup(
        self, persons, ring, case_inquiry, officials, keeper_connection, superuser_connection
    ):
        """Whoever holds the keeper's password and entered the rows can lay ready what he likes."""
        run = made_ready(ring)
        one, other = persons[0], next(p for p in persons if p["id_number"] != persons[0]["id_number"])
        with index_version.under(2):
            from sealing.subject import lock_index

            a, b = (lock_index(p["id_type"], p["id_number"]) for p in (one, other))
        sql = f"UPDATE {NEXT} SET subject = CASE subject WHEN %s THEN %s ELSE %s END WHERE subject IN (%s, %s)"
        superuser_connection.execute(sql, [a, b, a, a, b])
        run._move()
        assert run.moved == 12
        reindexing.agree(ring)
        for person in (one, other):
            with pytest.raises(Altered):
                numbers(case_inquiry, person, officials[0])


def test_a_row_that_is_not_proven_holds_up_the_move_and_is_named(
    persons, case_inquiry, officials, superuser_connection, capsys
):
    superuser_connection.execute("SET session_replication_role = replica")
    sql = f"UPDATE {RECORDS} SET fine = 7 WHERE id = (SELECT id FROM {RECORDS} LIMIT 1) RETURNING id"
    [key] = superuser_connection.execute(sql).fetchone()
    superuser_connection.execute("RESET session_replication_role")
    with pytest.raises(SystemExit) as stopped:
        moved()
    assert stopped.value.code == 3
    assert str(key) in capsys.readouterr().err
    assert {row[3] for row in values(superuser_connection).values()} == {1}
    assert numbers(case_inquiry, persons[-1], officials[0]) == of(persons[-1], persons)


def test_another_key_of_the_same_number_starts_anew(persons, ring, superuser_connection):
    """A ring restored from before the version was made must not be mixed with what waits."""
    old = ring.read_bytes()
    made_ready(ring)
    first = superuser_connection.execute(f"SELECT subject FROM {NEXT} ORDER BY record").fetchall()
    ring.write_bytes(old)
    keyring.forget()
    run = made_ready(ring)
    assert run.ready == 12
    second = superuser_connection.execute(f"SELECT subject FROM {NEXT} ORDER BY record").fetchall()
    assert not set(first) & set(second)


def test_status_and_moving_the_old_keys_out(persons, ring, tmp_path, capsys):
    moved("--prepare")
    call_command("rotate_keys", "--status")
    assert "subject, duplicate" in capsys.readouterr().out
    moved()
    to = tmp_path / "retired.json"
    with pytest.raises(CommandError):
        moved("--retire", 1, "--to", to)
    assert not to.exists()
