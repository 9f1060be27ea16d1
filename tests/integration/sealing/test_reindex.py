"""Moving every record to a new version of the index keys: whom it finds afterwards, and who could bend it."""

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from registry import importing
from registry.drafting import save_draft, submit, withdraw
from registry.filing import NotFiled, file_record
from registry.findings import Refused
from registry.import_files import rows_of
from registry.models import ViolationRecord
from registry.record_index import values as made_anew
from registry.record_keys import subject
from sealing import index_version, key_versions, keyring, reindexing
from sealing.keyring import Purpose
from sealing.subject import NOBODY
from tests.generated_decisions import sound_rows, write_csv
from tests.integration.registry.conftest import decision
from tests.integration.registry.correcting import ASSAULT, correction

from .moving import NEXT, made_ready, moved, numbers, of, the_rest, values
from .rows import RECORDS


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
    for sql, given in (
        ("SELECT sealing_present(%s, %s, 1)", [entry, NOBODY]),
        ("SELECT sealing_index_held(1)", []),
        (f"INSERT INTO {RECORDS} (id, index_version) VALUES (gen_random_uuid(), 1)", []),
    ):
        with pytest.raises(psycopg.Error) as refused:
            app_connection.execute(sql, given)
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
        assert bytes(changed.decision_key) == made_anew(changed)[1]

    def test_a_correction_begun_before_is_filed_after_and_another_of_the_same_record_refused(
        self, persons, clerk, verifier, superuser_connection
    ):
        def submitted(row: Any) -> ViolationRecord:
            draft = save_draft(row=row, by=clerk)
            submit(draft=draft, by=clerk)
            return draft

        act = {"offence_code": ASSAULT, "fine": "", "detention_days": "5"}
        file_record(draft=submitted(decision(**act)), by=verifier)
        begun, late = (submitted(correction("revoked", **act)) for _ in range(2))
        moved()
        index_version.forget()
        file_record(draft=begun, by=verifier)
        with pytest.raises(Refused):
            file_record(draft=late, by=verifier)
        moved("--prepare")
        moved()
        with pytest.raises(Refused):
            file_record(draft=submitted(correction("revoked", **act)), by=verifier)
        ends = superuser_connection.execute(
            f"SELECT count(*) FROM {RECORDS} WHERE sealed AND outcome = 'revoked'"
        )
        assert ends.fetchone() == (1,)
        assert {row[3] for row in values(superuser_connection).values()} == {3}


def test_an_import_that_the_move_overtakes_goes_on_and_files_each_row_once(
    ring, keeper_alias, tmp_path, superuser_connection, monkeypatch
):
    monkeypatch.setattr(importing, "BATCH_ROWS", 5)
    made = list(sound_rows(20, day=timezone.localdate()))
    path = write_csv(tmp_path / "made-up.csv", made)
    moves = []

    def progress(done: int, total: int | None) -> None:
        if total and done == 10 and not moves:
            moves.append(done)
            moved()

    tally = importing.Import(
        rows_again=lambda: rows_of(path), today=timezone.localdate(), on_progress=progress
    ).run()
    assert (moves, tally.rows, tally.filed) == ([10], 20, 20)
    found = values(superuser_connection).values()
    assert (len(found), {row[3] for row in found}) == (20, {2})
    again = importing.Import(rows_again=lambda: rows_of(path), today=timezone.localdate()).run()
    assert (again.filed, again.codes) == (0, {"duplicate_decision": 20})


def test_killed_between_the_move_and_the_ring_the_next_run_ends_it(
    persons, ring, case_inquiry, officials, superuser_connection
):
    reindexing.Reindexing(version=reindexing.next_version(ring)).run()
    assert keyring.keyring().current(Purpose.SUBJECT).id == 1
    assert numbers(case_inquiry, persons[0], officials[0]) == of(persons[0], persons)
    moved()
    assert keyring.keyring().current(Purpose.SUBJECT).id == 2
    assert keyring.keyring().versions(Purpose.DUPLICATE) == [1, 2]
    assert {row[3] for row in values(superuser_connection).values()} == {2}
    assert numbers(case_inquiry, persons[0], officials[0]) == of(persons[0], persons)


def test_a_row_that_is_not_proven_holds_up_the_move_and_is_named(
    persons, case_inquiry, officials, superuser_connection, capsys
):
    superuser_connection.execute("SET session_replication_role = replica")
    sql = (
        f"UPDATE {RECORDS} SET fine = 7 WHERE id = (SELECT id FROM {RECORDS} LIMIT 1) RETURNING id"
    )
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
