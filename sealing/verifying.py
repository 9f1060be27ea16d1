"""Verifications of the log that auditors asked for: carried out in the background, and in the log when done.

What was found is kept, with the checkpoint it was found against, in rows that nobody changes. Who asks for one is
`sealing.verification_request`.
"""

import os
import time
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext as _

from sealing import audit_log, cosignatures, tree
from sealing.audit_log import Entry, Kind, Outcome
from sealing.checkpoints import Checkpoint
from sealing.cosigning import witness_key
from sealing.log_export import ALIAS
from sealing.log_verification import verify
from sealing.models import Verification, VerificationRun
from sealing.signer import Signer, signer

PROGRESS_EVERY_SECONDS = 1.0
STALLED_AFTER = timedelta(minutes=5)
OF_SIZE = "SELECT origin, size, root, note, signed_at FROM sealing_checkpoint WHERE size = %s ORDER BY signed_at DESC LIMIT 1"


def carry_out(key: UUID) -> Verification:
    """Verify the whole log for who asked, and keep what was found with its entry; a second call finds it done."""
    run = VerificationRun.objects.get(pk=key)
    if done := Verification.objects.filter(pk=key).first():
        return done
    own = _signer()
    witness = witness_key() if settings.REGISTRY_WITNESS_KEY else None
    found = verify(own, on_progress=_Progress(run), witness=witness)
    result = Verification(
        id=key,
        asked_by=run.asked_by,
        size=found.size,
        trusted=found.trusted,
        checkpoints=found.checkpoints,
        cosigned=found.cosigned,
        with_memory=own is not None,
        note=_note_of(found.trusted) if found.checkpoints else "",
        findings=[{**asdict(one), "wrong": one.wrong.value} for one in found.findings],
    )
    with audit_log.committed():
        audit_log.enter(
            entry_of(
                key, by=run.asked_by, act="verified", size=found.size, findings=len(found.findings)
            )
        )
        result.save(force_insert=True)
    return result


def newest() -> Verification | None:
    """Return what was found last, or None when the log was never verified from here."""
    return Verification.objects.first()


def newest_first(most: int) -> list[Verification]:
    """Return what was found last, newest first."""
    return list(Verification.objects.all()[:most])


def told(run: VerificationRun) -> str:
    """Return how far a verification is, in words."""
    if not run.total:
        return _("The verification waits to be begun.")
    return _("%(done)d of %(total)d entries looked at") % {"done": run.done, "total": run.total}


def under_way() -> VerificationRun | None:
    """Return the newest verification that was asked for and has no result yet."""
    run = VerificationRun.objects.first()
    if run is None or Verification.objects.filter(pk=run.pk).exists():
        return None
    return run


def has_stalled(run: VerificationRun) -> bool:
    """Say whether a verification has not moved for five minutes: who works in the background is away, or it failed."""
    return timezone.now() - run.moved_at > STALLED_AFTER


class _Progress:
    """Writes down how far a run is, once a second at most."""

    def __init__(self, run: VerificationRun) -> None:
        self.run, self.written = run, 0.0

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self.written >= PROGRESS_EVERY_SECONDS:
            self.written = time.monotonic()
            moved: dict[str, Any] = {"done": done, "total": total, "moved_at": timezone.now()}
            VerificationRun.objects.filter(pk=self.run.pk).update(**moved)


def _signer() -> Signer | None:
    """Return the signer when its memory is here to be read; an installation may keep it from the site's account."""
    own = signer()
    return own if os.access(own.path, os.R_OK) else None


def _note_of(size: int) -> str:
    """Return the checkpoint of a size with the witnesses' lines under it."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(OF_SIZE, [size])
        found = cursor.fetchone()
    if found is None:
        return ""
    origin, _size, root, note, signed_at = found
    head = tree.SignedCheckpoint(Checkpoint(origin, size, bytes(root)), note, signed_at)
    return cosignatures.shown(head, alias=ALIAS)


def entry_of(key: UUID, *, by: str, act: str, unit: str = "", **details: Any) -> Entry:
    """Return the entry that something was done about a verification."""
    return Entry(
        kind=Kind.SEARCH,
        outcome=Outcome.DONE,
        official=by,
        unit=unit,
        details={"page": "verification", "verification": str(key), "act": act, **details},
    )
