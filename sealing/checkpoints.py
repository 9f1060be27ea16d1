"""Checkpoints (C2SP tlog-checkpoint): origin, size and root hash of the log's tree, as the text of a signed note.

Exactly three lines: extension lines, which nobody could audit, are refused. Needs the standard library and
`cryptography` only; knows no database.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sealing import notes
from sealing.merkle import EMPTY_ROOT, HASH_BYTES
from sealing.notes import Malformed, Note, Untrusted, VerifierKey

SIZE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)


@dataclass(frozen=True)
class Checkpoint:
    """A state of the log `origin`: the number of its leaves and the root hash (32 bytes) over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the text of a checkpoint's note; Malformed when it is anything else."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[-1] or not notes.is_name(lines[0]):  # noqa: PLR2004 - three lines and their end
            raise Malformed("A checkpoint is three lines: origin, size, root hash.")
        origin, size, root = lines[:3]
        if not SIZE.fullmatch(size):
            raise Malformed("The size of a checkpoint is a number without leading zeros.")
        found = cls(origin, int(size), notes.exact_base64(root))
        if len(found.root) != HASH_BYTES or (not found.size and found.root != EMPTY_ROOT):
            raise Malformed(
                "The root hash of a checkpoint is 32 bytes, and the empty tree has its own."
            )
        return found


def signed(checkpoint: Checkpoint, private: Ed25519PrivateKey) -> Note:
    """Return the log's own signed note for a checkpoint; the key's name is the origin."""
    return notes.signed(checkpoint.text(), name=checkpoint.origin, private=private)


def opened(note: Note, keys: Iterable[VerifierKey]) -> Checkpoint:
    """Return the checkpoint of a note that one of the log's keys signed.

    Raises Untrusted when none of them did, or when a signature said to be theirs is false; Malformed for no checkpoint.
    """
    if not [key for key in keys if note.is_signed_by(key)]:
        raise Untrusted("No known key of the log signed this checkpoint.")
    checkpoint = Checkpoint.parse(note.text)
    if not any(key.name == checkpoint.origin and note.by(key) for key in keys):
        raise Untrusted("This checkpoint is signed in another log's name.")
    return checkpoint
