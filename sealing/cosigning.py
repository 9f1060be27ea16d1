"""Has the log's checkpoints cosigned: asks the witness (C2SP tlog-witness), looks at its answer and keeps it.

Signs in as the sequencer and works beside it, so that a witness that is slow or away holds nothing up. A state that has
grown is shown every ten seconds, one that has not every half hour: the age of the last cosignature is what counts.
A witness that has seen another history refuses, and nothing that is done here can make it agree.
"""

import base64
import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections

from sealing import tree
from sealing.audit_log import committed
from sealing.notes import COSIGNATURE, Malformed, Note, Signature, Untrusted, VerifierKey
from sealing.tree import NotInTree, SignedCheckpoint

ALIAS = "sequencer"
TIMEOUT_SECONDS = 20
GROWN_EVERY, SAME_EVERY = 10.0, 1800.0
# A line that says it was made at another time than now may be an old one, sent again.
SECONDS_APART = 300
LONGEST_ANSWER = 16 * 1024

KNOWN = """
SELECT size, extract(epoch FROM clock_timestamp() - received_at)::float FROM sealing_cosignature
 WHERE origin = %s AND witness = %s ORDER BY received_at DESC LIMIT 1
"""
KEEP = """
INSERT INTO sealing_cosignature (witness, origin, size, cosigned_at, line) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING
"""

Asked = Callable[[bytes], tuple[int, str]]


class NotCosigned(Exception):
    """The witness gave no cosignature that can be kept: it is away, or knows no such log; it is asked again."""


class WitnessRefuses(NotCosigned):
    """The witness has cosigned another history of this log, or more of it."""


@dataclass
class Cosigner:
    """Asks one witness, by its verifier key; `ask` posts a request and returns status and body."""

    witness: VerifierKey
    ask: Asked

    def step(self) -> int | None:
        """Have the newest checkpoint cosigned when it is time; return its size, or None when it was not.

        Raises NotCosigned when the witness gives nothing that can be kept.
        """
        head = tree.latest_checkpoint(alias=ALIAS)
        if head is None:
            return None
        size, age = self._known(head)
        if age < (SAME_EVERY if size == head.checkpoint.size else GROWN_EVERY):
            return None
        return self.cosign(head, known=size)

    def cosign(self, head: SignedCheckpoint, *, known: int = 0) -> int:
        """Have a checkpoint cosigned by a witness that is thought to have seen a size; keep the line, return the size."""
        size = head.checkpoint.size
        status, said = self.ask(_request(min(known, size), head))
        if status == HTTPStatus.CONFLICT:
            status, said = self.ask(_request(_size_it_has(said, size), head))
        if status in {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}:
            raise WitnessRefuses(
                f"The witness has cosigned another history than that of these {size} entries."
            )
        if status != HTTPStatus.OK:
            raise NotCosigned(f"The witness answered {status}.")
        self._keep(head, said)
        return size

    def _known(self, head: SignedCheckpoint) -> tuple[int, float]:
        """Return the size that was cosigned last, and how many seconds ago."""
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(KNOWN, [head.checkpoint.origin, str(self.witness)])
            found = cursor.fetchone()
        return (found[0], found[1]) if found else (0, float("inf"))

    def _keep(self, head: SignedCheckpoint, said: str) -> None:
        """Keep the witness's own line, when it is true and of now."""
        line, at = self._line(head, said)
        if abs(at - time.time()) > SECONDS_APART:
            raise NotCosigned(
                "The witness's cosignature says another time than now: compare clocks."
            )
        values: list[str | int] = [
            str(self.witness),
            head.checkpoint.origin,
            head.checkpoint.size,
            at,
            line,
        ]
        with committed(using=ALIAS), connections[ALIAS].cursor() as cursor:
            cursor.execute(KEEP, values)

    def _line(self, head: SignedCheckpoint, said: str) -> tuple[str, int]:
        try:
            note = Note.parse(head.note)
            lines = tuple(Signature.parse(line) for line in said.splitlines())
            both = Note(note.text, lines)
            at = both.cosigned_at(self.witness)
        except (Malformed, Untrusted) as problem:
            raise NotCosigned(f"The witness's answer cannot be used: {problem}") from None
        if at is None:
            raise NotCosigned("The answer is not signed with the witness's key.")
        alone = [
            one
            for one in both.by(self.witness)
            if Note(note.text, (one,)).cosigned_at(self.witness) == at
        ]
        return str(alone[0]), at


def cosigner() -> Cosigner | None:
    """Return who asks this installation's witness, or None when it has none."""
    if not settings.REGISTRY_WITNESS_URL:
        return None
    return Cosigner(witness_key(), posting_to(settings.REGISTRY_WITNESS_URL))


def witness_key() -> VerifierKey:
    """Return the verifier key of this installation's witness; Malformed when it is none for cosignatures."""
    key = VerifierKey.parse(settings.REGISTRY_WITNESS_KEY)
    if key.type != COSIGNATURE:
        raise Malformed("REGISTRY_WITNESS_KEY is no key for cosignatures.")
    return key


def posting_to(url: str) -> Asked:
    """Return a function that posts to a witness's submission prefix; NotCosigned when nobody answers there."""
    parts = urlsplit(url)
    opened = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}[
        parts.scheme
    ]

    def ask(body: bytes) -> tuple[int, str]:
        connection = opened(parts.netloc, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", f"{parts.path.rstrip('/')}/add-checkpoint", body)
            answer = connection.getresponse()
            return answer.status, answer.read(LONGEST_ANSWER).decode()
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise NotCosigned(f"The witness did not answer ({type(error).__name__}).") from None
        finally:
            connection.close()

    return ask


def _request(old: int, head: SignedCheckpoint) -> bytes:
    """Return the body of add-checkpoint; WitnessRefuses when the tree has no proof from there."""
    size = head.checkpoint.size
    try:
        proof = tree.stored_proof(old, size, alias=ALIAS)
    except NotInTree as problem:
        raise WitnessRefuses(
            f"The tree cannot be proved to continue what was cosigned: {problem}"
        ) from None
    lines = [f"old {old}", *(base64.b64encode(hash).decode() for hash in proof), "", head.note]
    return "\n".join(lines).encode()


def _size_it_has(said: str, size: int) -> int:
    """Return the size that the witness says it has; WitnessRefuses when the log is smaller."""
    text = said.removesuffix("\n")
    if not (text.isascii() and text.isdecimal()):
        raise NotCosigned("The witness's answer cannot be used.")
    if int(text) > size:
        raise WitnessRefuses(
            f"The witness has cosigned {int(text)} entries, and the tree has {size}: entries are missing from its end."
        )
    return int(text)
