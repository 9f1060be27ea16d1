"""A sealed value opens in its own place, with its own key, unchanged; and nowhere else."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from sealing import cipher, keyring
from sealing.cipher import Suite, Unopenable
from sealing.keyring import Keyring, KeyringError, Purpose

PLACE = ("registry_violationrecord", "name", "0192")


@pytest.fixture(autouse=True)
def ring(tmp_path, settings):
    path = tmp_path / "keyring.json"
    keyring.make(path)
    settings.REGISTRY_KEYRING = path
    keyring.forget()
    yield path
    keyring.forget()


@pytest.mark.parametrize("suite", list(Suite))
@pytest.mark.parametrize("plain", [b"", b"x", "样本人物甲".encode(), bytes(100_000)])
def test_what_was_sealed_opens_in_its_place(suite, plain):
    assert cipher.opened(cipher.seal(plain, place=PLACE, suite=suite), place=PLACE) == plain


@pytest.mark.parametrize("suite", list(Suite))
def test_moved_to_another_place_it_does_not_open(suite):
    envelope = cipher.seal(b"plain", place=PLACE, suite=suite)
    for place in [
        ("other_table", "name", "0192"),
        ("registry_violationrecord", "address", "0192"),
        ("registry_violationrecord", "name", "0193"),
        ("registry_violationrecordname", "", "0192"),
    ]:
        with pytest.raises(Unopenable):
            cipher.opened(envelope, place=place)


@pytest.mark.parametrize("suite", list(Suite))
def test_every_changed_byte_is_noticed(suite):
    envelope = cipher.seal(b"plain", place=PLACE, suite=suite)
    for position in range(len(envelope)):
        changed = bytearray(envelope)
        changed[position] ^= 1
        with pytest.raises((Unopenable, KeyringError)):
            cipher.opened(bytes(changed), place=PLACE)
    with pytest.raises(Unopenable):
        cipher.opened(envelope[:20], place=PLACE)


def test_a_key_of_another_purpose_does_not_open():
    envelope = cipher.seal(b"plain", place=PLACE, purpose=Purpose.SIGN_IN)
    with pytest.raises(Unopenable):
        cipher.opened(envelope, place=PLACE)


@given(st.binary(max_size=64))
def test_the_same_value_never_looks_the_same_twice(plain):
    assert cipher.seal(plain, place=PLACE) != cipher.seal(plain, place=PLACE)


def test_the_setting_chooses_the_suite(settings):
    settings.SEALING_SUITE = "SM4-GCM"
    assert cipher.seal(b"plain", place=PLACE)[1] == Suite.SM4_GCM
    settings.SEALING_SUITE = "AES-256-GCM"
    assert cipher.seal(b"plain", place=PLACE)[1] == Suite.AES_256_GCM


def test_sm4_gcm_gives_the_published_answer():
    """RFC 8998, appendix A.1."""
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    associated = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = b"".join(
        bytes([value]) * 8 for value in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA)
    )
    machine = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    machine.authenticate_additional_data(associated)
    machine.update(plain)
    machine.finalize()
    assert machine.tag.hex().upper() == "83DE3541E4C2B58177E065A9BF7B62EC"


def test_a_rotated_ring_opens_the_old_and_seals_with_the_new(ring):
    old = cipher.seal(b"plain", place=PLACE)
    held = Keyring.load(ring)
    newer = keyring.Key(Purpose.CONTENT, 2, bytes(range(32)))
    keys = {(p, i): held.key(p, i) for p in Purpose for i in held.versions(p)}
    rotated = Keyring(keys | {(Purpose.CONTENT, 2): newer})
    assert rotated.current(Purpose.CONTENT) is newer
    assert rotated.key(Purpose.CONTENT, 1).secret == held.current(Purpose.CONTENT).secret
    assert cipher.HEADER.unpack(old[: cipher.HEADER.size])[2] == 1


def test_the_ring_is_private_complete_and_never_overwritten(ring):
    assert ring.stat().st_mode & 0o077 == 0
    before = ring.read_text()
    assert keyring.make(ring) is False
    assert ring.read_text() == before
    assert len({key.secret for key in map(Keyring.load(ring).current, Purpose)}) == len(Purpose)
    ring.chmod(0o644)
    with pytest.raises(KeyringError, match="chmod 600"):
        Keyring.load(ring)


@pytest.mark.parametrize("text", ["", "{}", '{"keys": []}', '{"keys": [{"purpose": "content"}]}'])
def test_what_is_no_ring_is_refused_without_quoting_it(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyringError):
        Keyring.load(path)


def test_an_absent_ring_names_its_path(tmp_path):
    with pytest.raises(KeyringError, match=r"absent\.json"):
        Keyring.load(tmp_path / "absent.json")


def test_no_representation_shows_a_key(ring):
    key = Keyring.load(ring).current(Purpose.SUBJECT)
    assert key.secret.hex() not in repr(key)
    assert str(key.secret) not in repr(key)
