"""What one hand may do to an authorisation: take it away at once, cut it down, or load it from the operators' file.

Whatever gives a unit more, or gives back what was taken, needs two (`access.proposals`). Whoever relies on an
authorisation shares its lock; here it is held alone. So when `suspend` returns, no inquiry and no lookup that began
before can still be granted under it. Knows no inquiry and no record.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from access import authorisation_lock
from access.accounts import User
from access.exceptions import StatutoryException
from access.proposal import AuthorisationProposal
from access.roles import Role, holds
from access.terms import Terms
from access.units import Authorisation, Unit
from sealing import audit_log
from sealing.audit_log import Entered, Entry, Kind, Outcome

State = AuthorisationProposal.State
EMERGENCY = "emergency"
# In one statement, because every lookup under the authorisation waits until it has ended: a proposal to give it back
# lapses, what is still held is taken away, and its terms are told as the entry states them.
TAKE_AWAY = """
WITH lapsed AS (
  UPDATE access_authorisationproposal SET state = 'superseded'
   WHERE authorisation_id = %(authorisation)s AND state = 'open' AND resumes
)
UPDATE access_authorisation AS held SET suspended_at = %(at)s, suspended_by = %(by)s
 WHERE id = %(authorisation)s AND suspended_at IS NULL
RETURNING valid_from, valid_to, daily_budget, ARRAY(
  SELECT number FROM access_user AS official
    JOIN access_authorisation_officials AS named ON named.user_id = official.id WHERE named.authorisation_id = held.id
)
"""


def suspend(*, authorisation: Authorisation, by: User) -> None:
    """Take an authorisation away from this moment on (暂停授权) and enter it in the audit log.

    PermissionDenied for all but security administrators; NotEntered, and no change, if the log fails.
    """
    administrator(by)
    with audit_log.committed():
        _take_away(authorisation, by=by.number, cause="administrator")


def suspend_all_of(*, unit: Unit, by: User) -> list[Authorisation]:
    """Take away all that a unit is authorised for, because one of its officials says that it is misused (紧急停用).

    Returns what was taken away. Only security administrators, two of them, give it back.
    """
    with audit_log.committed():
        held = Authorisation.objects.filter(unit=unit, valid_to__gte=timezone.localdate())
        held = held.order_by("ground", "pk")
        return [one for one in held if _take_away(one, by=by.number, cause=EMERGENCY)]


def _take_away(authorisation: Authorisation, *, by: str, cause: str) -> bool:
    """Say whether it was taken away now; a proposal to give it back lapses either way."""
    unit = authorisation.unit  # the entry names it, and lookups are not to wait until it is fetched
    authorisation_lock.exclusive(unit_id=unit.pk, ground=authorisation.ground)
    at = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(TAKE_AWAY, {"authorisation": authorisation.pk, "at": at, "by": by})
        taken = cursor.fetchone()
    if taken is None:
        return False
    valid_from, valid_to, daily_budget, officials = taken
    terms = Terms(valid_from, valid_to, frozenset(officials), daily_budget)
    enter_of(authorisation, terms, act="suspended", by=by, more={"cause": cause})
    authorisation.suspended_at, authorisation.suspended_by = at, by
    return True


@transaction.atomic
def narrow(*, authorisation: Authorisation, terms: Terms, by: User) -> None:
    """Cut an authorisation down: fewer days, officials or inquiries. Open proposals about it lapse.

    ValueError for terms that allow anything more: those need two (`access.proposals`).
    """
    administrator(by)
    _hold(authorisation)
    if not terms.within(terms_of(authorisation)):
        raise ValueError("more than is held needs a second administrator")
    supersede(authorisation)
    authorisation.valid_from, authorisation.valid_to = terms.valid_from, terms.valid_to
    authorisation.daily_budget = terms.daily_budget
    authorisation.save(update_fields=["valid_from", "valid_to", "daily_budget"])
    authorisation.officials.set(User.objects.filter(number__in=terms.officials))
    enter_of(authorisation, terms, act="changed", by=by.number)


@transaction.atomic
def load(
    *,
    unit: Unit,
    ground: str,
    valid_from: date,
    valid_to: date,
    officials: Iterable[User],
    by: str,
    daily_budget: int | None = None,
    kept: Authorisation | None = None,
) -> Authorisation:
    """Put into force what the operators state in a file, at once; the entry says that it was loaded.

    `by` names the program and never an account: the database refuses a load in a person's name, one without its
    entry, and one that ends a suspension. `kept` is the authorisation that it changes.
    """
    authorisation_lock.exclusive(unit_id=unit.pk, ground=ground)
    named = frozenset(user.number for user in officials)
    terms = Terms(valid_from, valid_to, named, daily_budget)
    if kept is not None:
        supersede(kept)
    held = kept or Authorisation(unit=unit, ground=ground)
    return put(held, terms, act="changed" if kept else "made", by=by, more={"loaded": True})


def put(
    authorisation: Authorisation, terms: Terms, *, act: str, by: str, more: Mapping[str, Any]
) -> Authorisation:
    """Enter new terms and put them into force under that entry; the lock is held.

    The database compares both, and looks for the approval that the entry names.
    """
    entered = enter_of(authorisation, terms, act=act, by=by, more=more)
    authorisation.entry = entered.id
    authorisation.valid_from, authorisation.valid_to = terms.valid_from, terms.valid_to
    authorisation.daily_budget = terms.daily_budget
    authorisation.save()
    authorisation.officials.set(User.objects.filter(number__in=terms.officials))
    return authorisation


def supersede(authorisation: Authorisation, **only: Any) -> None:
    """Close the open proposal about an authorisation: it was made for what is now no longer so."""
    waiting = AuthorisationProposal.objects.filter(authorisation=authorisation, state=State.OPEN)
    waiting.filter(**only).update(state=State.SUPERSEDED)


def terms_of(authorisation: Authorisation) -> Terms:
    """Return what an authorisation allows, suspended or not."""
    numbers = authorisation.officials.values_list("number", flat=True)
    return Terms(
        authorisation.valid_from,
        authorisation.valid_to,
        frozenset(numbers),
        authorisation.daily_budget,
    )


def administrator(user: User) -> None:
    """PermissionDenied for all but security administrators, superusers first."""
    if user.is_superuser or not holds(user, Role.SECURITY_ADMINISTRATOR):
        raise PermissionDenied


def _hold(authorisation: Authorisation) -> None:
    """Wait for whoever relies on it, then read it as it is now."""
    authorisation_lock.exclusive(unit_id=authorisation.unit_id, ground=authorisation.ground)
    authorisation.refresh_from_db(from_queryset=Authorisation.objects.select_related("unit"))


def enter_of(
    about: Authorisation | AuthorisationProposal,
    terms: Terms,
    *,
    act: str,
    by: str,
    more: Mapping[str, Any] | None = None,
) -> Entered:
    """Enter what was done to an authorisation in the transaction that is open; no letter is part of it."""
    case = about.ground == StatutoryException.CASE_HANDLING
    exception = StatutoryException.CASE_HANDLING if case else StatutoryException.STATE_REGULATION
    return audit_log.enter(
        Entry(
            kind=Kind.AUTHORISATION,
            outcome=Outcome.DONE,
            unit=about.unit.code,
            official=by,
            exception=exception.value,
            provision="" if case else about.ground,
            details={"act": act, **terms.as_details(), **(more or {})},
        )
    )
