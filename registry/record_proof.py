"""Whether a record says what was filed: its keyed digest, made anew from what its columns say now.

The digest covers the sealed texts and what stands in the clear, so neither can be changed unseen. Knows no officer
and no lock.
"""

import hmac

from registry.models import Stage, ViolationRecord
from registry.record_contents import IN_THE_CLEAR, correction_of, row_of
from registry.record_keys import content_digest, correction_digest, subject
from sealing.cipher import Unopenable
from sealing.keyring import KeyringError
from sealing.rotation import Proof, proofs

COLUMNS = (
    *("content_digest", "law", "stage", "sealed_at", "outcome", "outcome_on", "replaces"),
    *IN_THE_CLEAR,
)


class Altered(Exception):
    """A record does not say what was filed. Says nothing of its content."""


def digest_now(record: ViolationRecord) -> bytes | None:
    """Return the digest of what a record says; None for a withdrawn draft, which no longer says what it was made of."""
    if record.stage == Stage.WITHDRAWN and record.sealed_at is None:
        return None
    if record.outcome:
        return correction_digest(correction_of(record), law=record.law)
    return content_digest(row_of(record), law=record.law)


def prove(record: ViolationRecord) -> None:
    """Raise Altered unless a sealed record says what was filed, of the person it stands under; opens all of it."""
    try:
        stated, of = digest_now(record), subject(record)
    except (Unopenable, KeyringError, ValueError):
        stated, of = None, b""
    if (
        stated is None
        or not hmac.compare_digest(stated, bytes(record.content_digest))
        or not hmac.compare_digest(of, bytes(record.subject))
    ):
        raise Altered("A record does not say what was filed.")


def prove_person(record: ViolationRecord) -> None:
    """Raise Altered unless a sealed record stands under the person it is of; opens the document's type and number."""
    try:
        of = subject(record)
    except (Unopenable, KeyringError, ValueError):
        of = b""
    if not hmac.compare_digest(of, bytes(record.subject)):
        raise Altered("A record stands under another person.")


def teach() -> None:
    """Let a rotation of keys prove each record before it is encrypted anew; called once, at start-up."""
    proofs[ViolationRecord._meta.db_table] = Proof(COLUMNS, digest_now)
