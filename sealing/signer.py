"""The signer of the log's checkpoints, with a memory of its own outside the database.

It keeps the last checkpoint it signed in a file and signs nothing that does not continue it, so a database that was
put back, cut short or rewritten gets no signature. Knows no database: the tree is what it is told, and is proved.
"""

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sealing import checkpoints, notes
from sealing.checkpoints import Checkpoint
from sealing.keyring import Purpose, keyring
from sealing.merkle import is_consistent
from sealing.notes import Malformed, Note, Untrusted, VerifierKey


class Refused(Exception):
    """The signer does not sign: the message says what does not continue what."""


@dataclass(frozen=True)
class Signer:
    """Signs for one origin; `path` is its memory, `keys` every key it ever signed with."""

    path: Path
    origin: str
    private: Ed25519PrivateKey
    keys: tuple[VerifierKey, ...]

    def remembered(self) -> Checkpoint | None:
        """Return what was signed last, or None when nothing ever was; Refused when the file says something else."""
        try:
            found = checkpoints.opened(Note.parse(self.path.read_bytes()), self.keys)
        except FileNotFoundError:
            return None
        except (OSError, Malformed, Untrusted) as error:
            raise Refused(f"The signer's memory {self.path.name} cannot be used: {error}") from None
        if found.origin != self.origin:
            raise Refused(f"The signer's memory is of another log, {found.origin}.")
        return found

    def sign(self, head: Checkpoint, *, proof: Callable[[int, int], Sequence[bytes]]) -> Note:
        """Return the signed note of a state of the tree that continues the last one; it is remembered on disk first.

        `proof(first, second)` gives the consistency proof. Raises Refused for a tree that is smaller or has another history.
        """
        known = self.remembered()
        if known is not None:
            continues(known, head, proof=proof)
        note = checkpoints.signed(head, self.private)
        if known != head:
            _write(self.path, str(note))
        return note


def continues(
    known: Checkpoint, head: Checkpoint, *, proof: Callable[[int, int], Sequence[bytes]]
) -> None:
    """Raise Refused unless the tree of `head` begins with that of `known`."""
    if head.size < known.size:
        raise Refused(
            f"The tree has {head.size} entries, and {known.size} were signed: entries are missing from its end."
        )
    try:
        steps = proof(known.size, head.size)
    except LookupError:
        steps = [b""]
    if not is_consistent(
        first=known.size,
        second=head.size,
        first_root=known.root,
        second_root=head.root,
        proof=steps,
    ):
        raise Refused(
            f"The first {known.size} entries of the tree are not those that were signed: its history was changed."
        )


def signer() -> Signer:
    """Return the signer of this installation, with the key ring's newest key for checkpoints."""
    from django.conf import settings

    origin, ring = settings.REGISTRY_LOG_ORIGIN, keyring()
    private = Ed25519PrivateKey.from_private_bytes(ring.current(Purpose.CHECKPOINT).secret)
    return Signer(Path(settings.REGISTRY_SIGNER_STATE), origin, private, verifier_keys(origin))


def verifier_keys(origin: str) -> tuple[VerifierKey, ...]:
    """Return the public side of every key for checkpoints, under the name of a log; oldest first."""
    ring = keyring()
    held = [ring.key(Purpose.CHECKPOINT, id).secret for id in ring.versions(Purpose.CHECKPOINT)]
    return tuple(
        notes.verifier_key(Ed25519PrivateKey.from_private_bytes(secret), name=origin)
        for secret in held
    )


def _write(path: Path, text: str) -> None:
    """Put the text in place of the file, whole or not at all, and on disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
