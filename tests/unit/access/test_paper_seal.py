"""The code of a paper: signed here it is read back, and one changed bit makes it nobody's."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import pytest

from access import paper_seal
from access.paper_seal import PaperKind, Stated, checked, sealed
from sealing import signature

STATED = Stated(
    PaperKind.ANSWER,
    "23456789abcdefghjkmn",
    UUID(int=2**120 + 7),
    bytes(range(32)),
    datetime(2026, 11, 23, 9, 30, 15, tzinfo=UTC),
)


@pytest.mark.parametrize("kind", PaperKind)
def test_a_code_says_what_was_stated(kind):
    stated = Stated(kind, STATED.receipt, STATED.entry, STATED.leaf_hash, STATED.made_at)
    code = sealed(stated)
    assert checked(code) == stated
    assert len(code) == 187
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_every_changed_bit_is_noticed():
    signed = base64.urlsafe_b64decode(sealed(STATED) + "==")
    for bit in range(0, len(signed) * 8, 5):
        changed = bytearray(signed)
        changed[bit // 8] ^= 1 << bit % 8
        assert checked(base64.urlsafe_b64encode(changed).decode().rstrip("=")) is None


@pytest.mark.parametrize("code", ["", "x", "é", "A" * 186, "A" * 187, "=" * 186, "%00" * 62])
def test_what_is_no_code_is_nobodys(code):
    assert checked(code) is None


def test_a_code_is_written_in_one_way_only():
    code = sealed(STATED)
    assert checked(code + "=") is None
    assert checked(code.replace("-", "+").replace("_", "/") + " ") is None
    assert checked(code[:-1]) is None
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(code) % 4 == 3
    twin = code[:-1] + last[last.index(code[-1]) ^ 1]
    assert checked(twin) is None


def test_a_signature_of_another_paper_is_none(monkeypatch):
    monkeypatch.setattr(paper_seal, "SIGNED_AS", "receipt")
    other = sealed(STATED)
    monkeypatch.undo()
    assert checked(other) is None


def test_whoever_has_the_public_key_can_check_without_the_registry():
    code = sealed(STATED)
    signed = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
    by = signature.public_key(int.from_bytes(signed[2:4]))
    assert signature.is_signed("paper", signed[:76], signature=signed[76:], by=by)
