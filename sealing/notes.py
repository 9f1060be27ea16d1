"""Signed notes (C2SP signed-note) with Ed25519, and the timestamped cosignatures of witnesses (C2SP tlog-cosignature, v1).

A note is a text with lines of signatures under it. Signatures of unknown keys are ignored; one of a known key that
fails condemns the note. Parsing is strict: what this module reads it would write byte for byte. Knows nothing of
what a text says. Needs the standard library and `cryptography` only.
"""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519, COSIGNATURE = 0x01, 0x04
DASH = "\N{EM DASH} "
MOST_SIGNATURES, LONGEST = 64, 65_536
LATEST_TIME = 2**63 - 1
ID_BYTES, KEY_BYTES, SIGNATURE_BYTES = 4, 32, 64


class Malformed(ValueError):
    """What was read is no note, no key or no checkpoint; the message says which rule it breaks."""


class Untrusted(ValueError):
    """A note that no known key signed, or under which a known key's signature fails."""


@dataclass(frozen=True)
class VerifierKey:
    """A name with an Ed25519 public key of 32 bytes, for signatures of one type."""

    name: str
    public: bytes
    type: int = ED25519

    @property
    def id(self) -> bytes:
        """Return the key id: SHA-256(name || newline || type || key), first four bytes."""
        return hashlib.sha256(
            self.name.encode() + b"\n" + bytes([self.type]) + self.public
        ).digest()[:ID_BYTES]

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{material}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read `name+id+base64(type || key)`; Malformed when the id is not that of the key."""
        name, _, rest = text.partition("+")
        id, _, material = rest.partition("+")
        raw = exact_base64(material)
        if len(raw) != 1 + KEY_BYTES or raw[0] not in {ED25519, COSIGNATURE} or not is_name(name):
            raise Malformed("This is no verifier key for Ed25519.")
        key = cls(name, raw[1:], raw[0])
        if id != key.id.hex():
            raise Malformed("The id of this verifier key is not that of the key.")
        return key


@dataclass(frozen=True)
class Signature:
    """One line under a note: who is said to have signed, with which key (id of 4 bytes), and the signature."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{DASH}{self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"

    @classmethod
    def parse(cls, line: str) -> "Signature":
        """Read a line without its newline."""
        dash, name, material = line[: len(DASH)], *_two(line[len(DASH) :])
        raw = exact_base64(material)
        if dash != DASH or not is_name(name) or len(raw) <= ID_BYTES:
            raise Malformed("This is no line of a signature.")
        return cls(name, raw[:ID_BYTES], raw[ID_BYTES:])


@dataclass(frozen=True)
class Note:
    """A text that ends with a newline, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    @classmethod
    def parse(cls, raw: str | bytes) -> "Note":
        """Read a signed note; Malformed when it is anything else."""
        try:
            whole = raw.decode() if isinstance(raw, bytes) else raw
            size = len(whole.encode())
        except UnicodeError:
            raise Malformed("A note is UTF-8.") from None
        if size > LONGEST or any(ord(letter) < ord(" ") and letter != "\n" for letter in whole):
            raise Malformed("A note is at most 64 KiB and has no control characters.")
        text, divided, lines = whole.rpartition("\n\n")
        if not divided or not text or not lines.endswith("\n"):
            raise Malformed("A note is a text, an empty line and lines of signatures.")
        signatures = tuple(Signature.parse(line) for line in lines[:-1].split("\n"))
        if len(signatures) > MOST_SIGNATURES:
            raise Malformed("A note has at most 64 signatures.")
        return cls(text + "\n", signatures)

    def by(self, key: VerifierKey) -> list[Signature]:
        """Return the signatures that say they are this key's."""
        return [one for one in self.signatures if (one.name, one.key_id) == (key.name, key.id)]

    def is_signed_by(self, key: VerifierKey) -> bool:
        """Say whether this key signed; Untrusted when a signature said to be its own is not."""
        for one in self.by(key):
            _checked(key, one.value, self.text.encode())
        return bool(self.by(key))

    def cosigned_at(self, key: VerifierKey) -> int | None:
        """Return when this witness cosigned, in seconds since 1970 (the latest), or None; Untrusted as above."""
        times = []
        for one in self.by(key):
            if len(one.value) != 8 + SIGNATURE_BYTES:
                raise Untrusted(f"A cosignature of {key.name} is not of the right size.")
            (at,) = struct.unpack(">Q", one.value[:8])
            if at > LATEST_TIME:
                raise Untrusted(f"A cosignature of {key.name} has an impossible time.")
            _checked(key, one.value[8:], cosigned_bytes(self.text, at))
            times.append(at)
        return max(times, default=None)


def verifier_key(private: Ed25519PrivateKey, *, name: str, type: int = ED25519) -> VerifierKey:
    """Return the public side of a key."""
    return VerifierKey(name, private.public_key().public_bytes_raw(), type)


def signed(text: str, *, name: str, private: Ed25519PrivateKey) -> Note:
    """Return the note with one signature; the same text and key give the same bytes (RFC 8032)."""
    line = Signature(name, verifier_key(private, name=name).id, private.sign(text.encode()))
    return Note.parse(str(Note(text, (line,))))


def cosigned_bytes(text: str, at: int) -> bytes:
    """Return what a witness signs for a checkpoint's text at a time (seconds since 1970)."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def cosignature(text: str, *, name: str, private: Ed25519PrivateKey, at: int) -> Signature:
    """Return a witness's line for a checkpoint's text."""
    value = struct.pack(">Q", at) + private.sign(cosigned_bytes(text, at))
    return Signature(name, verifier_key(private, name=name, type=COSIGNATURE).id, value)


def is_name(text: str) -> bool:
    """Say whether this may be the name of a key: not empty, no space, no plus, no control character."""
    return bool(text) and "+" not in text and text.isprintable() and not any(map(str.isspace, text))


def exact_base64(text: str) -> bytes:
    """Return the bytes of standard Base64 in its only right spelling; Malformed for any other."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("This is no Base64.") from None
    if base64.b64encode(raw).decode() != text:
        raise Malformed("This is no Base64 in its usual spelling.")
    return raw


def _two(rest: str) -> tuple[str, str]:
    name, _, material = rest.partition(" ")
    return name, material


def _checked(key: VerifierKey, value: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(value, message)
    except (InvalidSignature, ValueError):
        raise Untrusted(f"The signature of {key.name} is false.") from None
