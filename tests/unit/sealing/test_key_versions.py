"""New versions in the ring's file: whole or not at all, of mode 0600, known to a running process within a second."""

import json

import pytest

from sealing import key_versions, keyring
from sealing.keyring import KeyringError, Purpose

CONTENT = Purpose.CONTENT


@pytest.fixture
def ring(tmp_path, settings):
    settings.REGISTRY_KEYRING = tmp_path / "keyring.json"
    keyring.make(settings.REGISTRY_KEYRING)
    keyring.forget()
    yield settings.REGISTRY_KEYRING
    keyring.forget()


def test_a_new_version_waits_before_it_is_used_and_the_others_stay(ring):
    before = json.loads(ring.read_text())["keys"]
    assert key_versions.add(ring, CONTENT) == 2
    held = keyring.Keyring.load(ring)
    assert (held.current(CONTENT).id, held.versions(CONTENT)) == (1, [1, 2])
    assert key_versions.add(ring, CONTENT) == 2, "one waits already"
    key_versions.put_to_use(ring, CONTENT, 2)
    held = keyring.Keyring.load(ring)
    assert held.current(CONTENT).id == 2
    assert held.current(Purpose.SUBJECT).id == 1
    assert json.loads(ring.read_text())["keys"][: len(before)] == before
    assert held.key(CONTENT, 1).secret != held.key(CONTENT, 2).secret


def test_the_file_keeps_its_mode_and_leaves_no_draft(ring):
    key_versions.add(ring, CONTENT)
    assert ring.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in ring.parent.iterdir()] == ["keyring.json"]


def test_an_interrupted_write_leaves_the_old_file(ring, monkeypatch):
    before = ring.read_bytes()
    monkeypatch.setattr(key_versions.os, "fsync", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        key_versions.add(ring, CONTENT)
    assert ring.read_bytes() == before


def test_a_running_process_uses_a_new_version_after_its_next_look(ring, monkeypatch):
    assert keyring.keyring().current(CONTENT).id == 1
    key_versions.put_to_use(ring, CONTENT, key_versions.add(ring, CONTENT))
    assert keyring.keyring().current(CONTENT).id == 1
    assert keyring.key(CONTENT, 2).id == 2, "an unknown version is looked for at once"
    assert keyring.keyring().current(CONTENT).id == 2
    key_versions.put_to_use(ring, CONTENT, key_versions.add(ring, CONTENT))
    monkeypatch.setattr(keyring, "LOOKS_EVERY", 0)
    assert keyring.keyring().current(CONTENT).id == 3


def test_a_file_that_is_gone_for_the_moment_takes_no_key_away(ring, monkeypatch):
    monkeypatch.setattr(keyring, "LOOKS_EVERY", 0)
    held = keyring.keyring()
    ring.rename(ring.with_suffix(".away"))
    assert keyring.keyring() is held
    with pytest.raises(KeyringError):
        keyring.key(CONTENT, 9)


def test_what_is_in_use_or_waits_is_not_retired_and_no_file_is_overwritten(ring, tmp_path):
    to = tmp_path / "retired.json"
    with pytest.raises(KeyringError):
        key_versions.retire(ring, CONTENT, version=1, to=to)
    key_versions.put_to_use(ring, CONTENT, key_versions.add(ring, CONTENT))
    to.write_text("something else")
    with pytest.raises(KeyringError, match="there already"):
        key_versions.retire(ring, CONTENT, version=1, to=to)
    assert keyring.Keyring.load(ring).versions(CONTENT) == [1, 2]
    assert to.read_text() == "something else"
    with pytest.raises(KeyringError):
        key_versions.put_to_use(ring, CONTENT, 7)
