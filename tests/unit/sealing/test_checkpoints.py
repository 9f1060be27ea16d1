"""Checkpoints and signed notes are those of the specifications, and nothing that is nearly one is taken for one."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sealing import checkpoints, notes
from sealing.checkpoints import Checkpoint
from sealing.merkle import EMPTY_ROOT
from sealing.notes import COSIGNATURE, Malformed, Note, Untrusted, VerifierKey

ORIGIN, WITNESS = "log.example/audit", "witness.example/w1"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
ROOT = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
# The example of C2SP tlog-cosignature; its checkpoint is that of tlog-checkpoint.
PUBLISHED = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""
# A key with its note as other implementations of signed notes publish them in their documentation.
PUBLISHED_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
PUBLISHED_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7"
    "Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def log_key(private: Ed25519PrivateKey = KEY, name: str = ORIGIN) -> VerifierKey:
    return notes.verifier_key(private, name=name)


def signed(size: int = 3, root: bytes = ROOT) -> Note:
    return checkpoints.signed(Checkpoint(ORIGIN, size, root), KEY)


def test_the_published_checkpoint_reads_and_writes_as_it_is() -> None:
    note = Note.parse(PUBLISHED)
    assert str(note) == PUBLISHED
    assert Checkpoint.parse(note.text) == Checkpoint("example.com/behind-the-sofa", 20852163, ROOT)
    assert [one.key_id.hex() for one in note.signatures] == ["033de0ae", "8d66cf3f"]
    assert int.from_bytes(note.signatures[1].value[:8], "big") == 1679315147


def test_the_published_signature_is_true() -> None:
    key = VerifierKey.parse(PUBLISHED_KEY)
    assert str(key) == PUBLISHED_KEY
    assert Note.parse(PUBLISHED_NOTE).is_signed_by(key)
    with pytest.raises(Untrusted, match="false"):
        Note.parse(PUBLISHED_NOTE.replace("example message", "exemple message")).is_signed_by(key)


def test_a_signed_checkpoint_opens_with_the_key_and_no_other() -> None:
    note = Note.parse(str(signed()))
    assert checkpoints.opened(note, [log_key()]) == Checkpoint(ORIGIN, 3, ROOT)
    assert checkpoints.opened(note, [log_key(OTHER), log_key()]).size == 3
    for keys in ([], [log_key(OTHER)], [log_key(KEY, "log.example/other")]):
        with pytest.raises(Untrusted, match="No known key"):
            checkpoints.opened(note, keys)
    elsewhere = notes.signed(note.text, name="log.example/other", private=KEY)
    with pytest.raises(Untrusted, match="another log"):
        checkpoints.opened(elsewhere, [log_key(KEY, "log.example/other")])


def test_every_changed_letter_is_noticed() -> None:
    whole = str(signed())
    for at, letter in enumerate(whole):
        changed = whole[:at] + chr(ord(letter) ^ 1) + whole[at + 1 :]
        with pytest.raises((Malformed, Untrusted)):
            checkpoints.opened(Note.parse(changed), [log_key()])


def test_a_false_signature_of_a_known_key_condemns_the_note() -> None:
    note = signed()
    false = notes.Signature(ORIGIN, log_key(OTHER).id, bytes(64))
    both = Note(note.text, (*note.signatures, false))
    assert checkpoints.opened(both, [log_key()]).size == 3, "an unknown key is ignored"
    with pytest.raises(Untrusted, match="false"):
        checkpoints.opened(both, [log_key(), log_key(OTHER)])


def test_a_witness_cosigns_with_its_time() -> None:
    note = signed()
    line = notes.cosignature(note.text, name=WITNESS, private=OTHER, at=1_790_000_000)
    both = Note.parse(str(Note(note.text, (*note.signatures, line))))
    witness = notes.verifier_key(OTHER, name=WITNESS, type=COSIGNATURE)
    assert VerifierKey.parse(str(witness)) == witness
    assert both.cosigned_at(witness) == 1_790_000_000
    assert checkpoints.opened(both, [log_key()]).size == 3
    assert note.cosigned_at(witness) is None
    later = notes.Signature(
        line.name, line.key_id, (1_790_000_001).to_bytes(8, "big") + line.value[8:]
    )
    for false in (later, notes.Signature(line.name, line.key_id, line.value[8:])):
        with pytest.raises(Untrusted):
            Note(note.text, (*note.signatures, false)).cosigned_at(witness)
    plain = notes.verifier_key(OTHER, name=WITNESS)
    assert not both.is_signed_by(plain), "a cosignature is no signature of the log"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n\n",
        "text\n\n— name AAAAAAAA",
        "text\n\n- name AAAAAAAA\n",
        "text\n\n—  name AAAAAAAA\n",
        "text\n\n— na+me AAAAAAAA\n",
        "text\n\n— na\u00a0me AAAAAAAA\n",
        "text\n\n— name AAAA\n",
        "text\n\n— name AAAAAAA\n",
        "text\n\n— name AAAAAAAB==\n",
        "text\n\n— name AAAAAAB=\n",
        "text\n\n— name AAAA AAAA\n",
        "te\txt\n\n— name AAAAAAAA\n",
        "text\r\n\n— name AAAAAAAA\n",
        "text\n\n" + "— name AAAAAAAA\n" * 65,
        "x" * 70_000 + "\n\n— name AAAAAAAA\n",
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Note.parse(text)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Malformed):
        Note.parse(b"\xff\n\n")


B64 = base64.b64encode(ROOT).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n3\n{B64}",
        f"{ORIGIN}\n3\n{B64}\n\n",
        f"{ORIGIN}\n3\n{B64}\nextension\n",
        f"\n3\n{B64}\n",
        f"{ORIGIN}\n03\n{B64}\n",
        f"{ORIGIN}\n-3\n{B64}\n",
        f"{ORIGIN}\n+3\n{B64}\n",
        f"{ORIGIN}\n3.0\n{B64}\n",
        f"{ORIGIN}\n\u0663\n{B64}\n",
        f"{ORIGIN}\n{'9' * 19}\n{B64}\n",
        f"{ORIGIN}\n3\n{B64[:-4]}\n",
        f"{ORIGIN}\n3\n{B64[:-1]}\n",
        f"{ORIGIN}\n0\n{B64}\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        str(log_key()).replace("+", "+0", 1),
        str(log_key())[:-4],
        str(log_key()) + "A",
        str(VerifierKey(ORIGIN, bytes(32), 2)),
        str(VerifierKey("two words", bytes(32))),
        str(log_key()).replace("log", "lag"),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        VerifierKey.parse(text)


@given(st.integers(0, 10**18 - 1), st.binary(min_size=32, max_size=32))
def test_any_checkpoint_reads_back(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root if size else EMPTY_ROOT)
    assert Checkpoint.parse(checkpoint.text()) == checkpoint
