"""The command: a new version for everything there is, gone on with where it was cut off, old versions out of the ring."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from registry.models import ViolationRecord
from sealing import cipher, key_versions, keyring, rotation
from sealing.fields import sealed_models
from sealing.keyring import Purpose
from sealing.models import AuditEntry

from .rows import RECORDS, draft, new_subject, sealed_record


@pytest.fixture
def ring(settings: Any, tmp_path: Any) -> Any:
    """A key ring of the test's own."""
    settings.REGISTRY_KEYRING = tmp_path / "keyring.json"
    keyring.make(settings.REGISTRY_KEYRING)
    yield settings.REGISTRY_KEYRING
    keyring.forget()


@pytest.fixture
def rows(ring: Any, keeper_alias: str) -> list[ViolationRecord]:
    """A record that another ends, that one, and two drafts of which one is withdrawn."""
    subject = new_subject()
    old = sealed_record(subject)
    made = [old, sealed_record(subject, outcome="revoked", replaces=old.pk)]
    gone = draft(new_subject(), stage="withdrawn", content_digest=b"-")
    return [*made, draft(new_subject()), gone]


def rotated(*options: Any) -> None:
    call_command("rotate_keys", *map(str, options))


def versions() -> set[int]:
    return {version for of in rotation.held().values() for version in of}


def log() -> list[tuple[str, Any]]:
    found = AuditEntry.objects.using("audit").filter(kind="rotation").order_by("id")
    return [(entry.outcome, json.loads(bytes(entry.body))["details"]) for entry in found]


def test_every_value_is_under_the_new_version_and_new_ones_are_made_with_it(rows, capsys):
    assert versions() == {1}
    with translation.override("en"):
        rotated()
    assert versions() == {2}
    draft(new_subject())
    assert versions() == {2}
    assert "4 rows" in capsys.readouterr().out
    assert ViolationRecord.objects.get(pk=rows[2].pk).name == rows[2].name


def test_each_batch_is_entered_by_its_rows_before_and_by_what_was_done_after(rows):
    rotated()
    (_, made), (opened, before), (_, after) = log()
    assert made["act"] == "key_made"
    assert opened == "granted"
    assert before["rows"] == sorted(str(row.pk) for row in rows)
    assert (after["act"], after["rewritten"], after["left"]) == ("rekeyed", 4, [])


def test_a_row_that_does_not_say_what_was_filed_is_left_and_named(
    rows, capsys, superuser_connection
):
    superuser_connection.execute("SET session_replication_role = replica")
    sql = f"UPDATE {RECORDS} SET detention_days = 15 WHERE id = %s"
    superuser_connection.execute(sql, [rows[0].pk])
    before = rotation.held()[RECORDS][1]
    with pytest.raises(SystemExit) as left:
        rotated()
    assert left.value.code == 3
    assert str(rows[0].pk) in capsys.readouterr().err
    assert 0 < rotation.held()[RECORDS][1] < before
    assert [details["left"] for _, details in log() if "left" in details] == [[str(rows[0].pk)]]


def test_what_was_cut_off_is_gone_on_with_and_makes_no_new_version(rows, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH_ROWS", 1)
    with monkeypatch.context() as cutting:
        cutting.setattr(rotation, "_write", cut_off_after(2, rotation._write))
        with pytest.raises(CommandError):
            rotated()
    assert versions() == {1, 2}
    rotated()
    assert versions() == {2}
    rotated()
    assert versions() == {3}


def cut_off_after(batches: int, write: Any) -> Any:
    left = iter(range(batches))

    def written(*args: Any, **named: Any) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return write(*args, **named)

    return written


def test_a_prepared_version_waits_until_the_next_rotation(rows, ring):
    rotated("--prepare")
    assert keyring.Keyring.load(ring).current(Purpose.CONTENT).id == 1
    rotated("--prepare")
    rotated()
    assert versions() == {2}


def refused(*options: Any) -> str:
    with pytest.raises(CommandError) as refusal:
        rotated(*options)
    assert refusal.value.returncode == 1
    return str(refusal.value)


def test_a_version_is_moved_out_when_nothing_needs_it_and_never_deleted(
    rows, ring, tmp_path, monkeypatch
):
    kept = tmp_path / "retired.json"
    rotated()
    assert refused("--retire", 1)
    assert refused("--retire", 1, "--to", kept), "too soon"
    later, settled = datetime.now(UTC) + timedelta(minutes=11), key_versions.settled
    monkeypatch.setattr(key_versions, "settled", lambda *of: settled(*of, now=later))
    assert refused("--retire", 2, "--to", kept), "needed and in use"
    rotated("--retire", 1, "--to", kept)
    keyring.forget()
    assert keyring.keyring().versions(Purpose.CONTENT) == [2]
    assert kept.stat().st_mode & 0o777 == 0o600
    assert ViolationRecord.objects.get(pk=rows[2].pk).name == rows[2].name
    rotated("--take-back", kept)
    assert log()[-1][1] == {"act": "key_taken_back", "versions": ["content 1"]}
    keyring.forget()
    assert keyring.keyring().versions(Purpose.CONTENT) == [1, 2]


def test_a_version_that_a_row_needs_is_not_moved_out(rows, ring, tmp_path, monkeypatch, capsys):
    key_versions.put_to_use(ring, Purpose.CONTENT, key_versions.add(ring, Purpose.CONTENT))
    monkeypatch.setattr(key_versions, "settled", lambda *_: True)
    assert refused("--retire", 1, "--to", tmp_path / "retired.json")
    assert not (tmp_path / "retired.json").exists()
    rotated("--status")
    counted = capsys.readouterr().out
    assert f"{RECORDS} {rotation.held()[RECORDS][1]}" in counted
    assert " 0" not in counted, "what a version does not hold is not told"


def test_two_rotations_do_not_run_at_once(rows, keeper_connection):
    keeper_connection.execute("SELECT pg_advisory_lock(%s)", [rotation._ONE_ROTATION])
    assert refused()
    assert versions() == {1}


def test_log_or_stop(rows, superuser_connection):
    superuser_connection.execute("REVOKE INSERT ON sealing_auditentry FROM registry_keeper")
    try:
        assert refused()
    finally:
        superuser_connection.execute("GRANT INSERT ON sealing_auditentry TO registry_keeper")
    assert versions() == {1}
    assert keyring.keyring().current(Purpose.CONTENT).id == 1


def test_every_table_with_a_sealed_column_is_rotated(rows):
    assert set(rotation.held()) == {model._meta.db_table for model in sealed_models()}
    assert len(rotation.held()) >= 3


def test_a_process_with_the_old_ring_opens_what_was_written_with_the_new(ring):
    place = ("t", "c", "1")
    old = keyring.keyring()
    key_versions.put_to_use(ring, Purpose.CONTENT, key_versions.add(ring, Purpose.CONTENT))
    keyring.forget()
    envelope = cipher.seal(b"x", place=place)
    assert cipher.version_of(envelope) == 2
    keyring._held[ring] = keyring._Loaded(old, (), keyring.time.monotonic())
    assert keyring.keyring() is old
    assert cipher.opened(envelope, place=place) == b"x"
