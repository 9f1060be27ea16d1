"""Taking a unit's authorisation away, at once, and giving it back.

Whoever relies on an authorisation shares its lock while doing so; here it is held alone. So when `suspend`
returns, no inquiry and no lookup that began before can still be granted under it. Knows no inquiry and no record.
"""

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from access import authorisation_lock
from access.accounts import User
from access.exceptions import StatutoryException
from access.roles import Role, holds
from access.units import Authorisation
from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome


def suspend(*, authorisation: Authorisation, by: User) -> None:
    """Take an authorisation away from this moment on (暂停授权) and enter it in the audit log."""
    _set(authorisation, suspended=True, by=by)


def resume(*, authorisation: Authorisation, by: User) -> None:
    """Give a suspended authorisation back and enter it in the audit log."""
    _set(authorisation, suspended=False, by=by)


def _set(authorisation: Authorisation, *, suspended: bool, by: User) -> None:
    """PermissionDenied for all but security administrators; NotEntered, and no change, if the log fails."""
    if not holds(by, Role.SECURITY_ADMINISTRATOR):
        raise PermissionDenied
    with audit_log.committed():
        authorisation_lock.exclusive(unit_id=authorisation.unit_id, ground=authorisation.ground)
        authorisation.refresh_from_db()
        if (authorisation.suspended_at is not None) is suspended:
            return
        authorisation.suspended_at = timezone.now() if suspended else None
        authorisation.save(update_fields=["suspended_at"])
        enter(authorisation, act="suspended" if suspended else "resumed", by=by.number)


def enter(authorisation: Authorisation, *, act: str, by: str) -> None:
    """Enter what was done to an authorisation in the audit log, in the transaction that is open."""
    case = authorisation.ground == StatutoryException.CASE_HANDLING
    exception = StatutoryException.CASE_HANDLING if case else StatutoryException.STATE_REGULATION
    numbers = authorisation.officials.order_by("number").values_list("number", flat=True)
    audit_log.enter(
        Entry(
            kind=Kind.AUTHORISATION,
            outcome=Outcome.DONE,
            unit=authorisation.unit.code,
            official=by,
            exception=exception.value,
            provision="" if case else authorisation.ground,
            details={
                "act": act,
                "valid_from": authorisation.valid_from.isoformat(),
                "valid_to": authorisation.valid_to.isoformat(),
                "officials": list(numbers),
            },
        )
    )
