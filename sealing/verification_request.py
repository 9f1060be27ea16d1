"""An auditor asks for a verification of the log: entered, and left to the workers in the background.

How it is carried out is `sealing.verifying`.
"""

from procrastinate.exceptions import AlreadyEnqueued

from sealing import audit_log, jobs, verifying
from sealing.models import VerificationRun


class AlreadyAsked(Exception):
    """A verification waits to be begun; another would find the same."""


def ask(*, by: str, unit: str = "") -> VerificationRun:
    """Enter that an auditor wants the log verified, and have it done; AlreadyAsked while one waits, NotEntered as ever."""
    run = VerificationRun(asked_by=by)
    try:
        with audit_log.committed():
            audit_log.enter(verifying.entry_of(run.id, by=by, unit=unit, act="asked"))
            run.save(force_insert=True)
            jobs.verify_log.defer(run=str(run.id))
    except AlreadyEnqueued as error:
        raise AlreadyAsked("A verification waits to be begun.") from error
    return run
