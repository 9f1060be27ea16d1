"""Two security administrators (双人核准): one proposes an authorisation, more of one, or its return; another approves it.

Until then nothing has changed. What is approved is put into force in the transaction of the approval, under the entry
that names both. The database refuses an authorisation that grows in any other way. Knows no inquiry and no record.
"""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from access import authorisation_lock, authorisations
from access.accounts import User
from access.proposal import AuthorisationProposal
from access.terms import Terms
from access.units import Authorisation, Unit
from sealing import audit_log

State = AuthorisationProposal.State


class NotOpen(Exception):
    """The proposal is decided, or lapsed, or another one about the same authorisation waits already."""


class Stale(Exception):
    """What it rests on has changed: an official is closed or gone, or an authorisation from that day exists."""


@dataclass(frozen=True, slots=True)
class Letter:
    """The unit's application letter (申请函)."""

    number: str = field(repr=False)
    issued_on: date


@transaction.atomic
def propose(
    *,
    unit: Unit,
    ground: str,
    terms: Terms,
    letter: Letter | None,
    by: User,
    authorisation: Authorisation | None = None,
    resumes: bool = False,
) -> AuthorisationProposal:
    """Keep a proposal and enter it; nothing has force yet. Only a return from suspension needs no letter.

    Raises PermissionDenied, NotOpen when one waits already, or Stale when officials are not of the unit.
    """
    authorisations.administrator(by)
    authorisation_lock.exclusive(unit_id=unit.pk, ground=ground)
    waiting = _same(unit, ground, terms, authorisation)
    if waiting.filter(state=State.OPEN).exists():
        raise NotOpen
    _check_officials(unit, terms)
    made = AuthorisationProposal.objects.create(
        authorisation=authorisation,
        unit=unit,
        ground=ground,
        valid_from=terms.valid_from,
        valid_to=terms.valid_to,
        officials=sorted(terms.officials),
        daily_budget=terms.daily_budget,
        resumes=resumes,
        letter_number=letter.number if letter else "",
        letter_issued_on=letter.issued_on if letter else None,
        made_by=by,
    )
    _enter(made, act="proposed", by=by)
    return made


def propose_return(*, authorisation: Authorisation, by: User) -> AuthorisationProposal:
    """Propose that a suspended authorisation is given back as it stands; Stale when it is not suspended."""
    if authorisation.suspended_at is None:
        raise Stale
    return propose(
        unit=authorisation.unit,
        ground=authorisation.ground,
        terms=authorisations.terms_of(authorisation),
        letter=None,
        by=by,
        authorisation=authorisation,
        resumes=True,
    )


def approve(*, proposal: AuthorisationProposal, by: User) -> Authorisation:
    """Put a proposal of somebody else into force, at once.

    Raises PermissionDenied for its maker and for whoever is no security administrator, NotOpen, Stale, or NotEntered;
    nothing has changed then.
    """
    authorisations.administrator(by)
    with audit_log.committed():
        found = _locked(proposal)
        if found.made_by_id == by.pk:
            raise PermissionDenied
        held = found.authorisation or Authorisation(unit=found.unit, ground=found.ground)
        _check_officials(found.unit, found.terms)
        if not held.pk and _taken(found):
            raise Stale
        found.state, found.decided_by = State.APPROVED, by
        found.save(update_fields=["state", "decided_by"])
        if found.resumes:
            held.suspended_at, held.suspended_by = None, ""
        act = "resumed" if found.resumes else "changed" if held.pk else "made"
        more = {"proposal": str(found.pk), "proposed_by": found.made_by.number}
        return authorisations.put(held, found.terms, act=act, by=by.number, more=more)


def close(*, proposal: AuthorisationProposal, by: User) -> None:
    """Refuse somebody else's proposal, or withdraw one's own; PermissionDenied, NotOpen, or NotEntered."""
    authorisations.administrator(by)
    with audit_log.committed():
        found = _locked(proposal)
        is_own = found.made_by_id == by.pk
        found.state, found.decided_by = State.WITHDRAWN if is_own else State.REFUSED, by
        found.save(update_fields=["state", "decided_by"])
        _enter(found, act="proposal_withdrawn" if is_own else "refused", by=by)


def waiting() -> "QuerySet[AuthorisationProposal]":
    """Return the proposals that wait for a second administrator, the oldest first."""
    open_ones = AuthorisationProposal.objects.filter(state=State.OPEN)
    return open_ones.select_related("unit", "made_by", "authorisation")


def _locked(proposal: AuthorisationProposal) -> AuthorisationProposal:
    """Return an open proposal with its row locked, while nobody relies on the authorisation."""
    authorisation_lock.exclusive(unit_id=proposal.unit_id, ground=proposal.ground)
    key: UUID = proposal.pk
    found = AuthorisationProposal.objects.select_for_update(of=("self",)).filter(
        pk=key, state=State.OPEN
    )
    one = found.select_related("unit", "made_by", "authorisation__unit").first()
    if one is None:
        raise NotOpen
    return one


def _same(
    unit: Unit, ground: str, terms: Terms, authorisation: Authorisation | None
) -> "QuerySet[AuthorisationProposal]":
    """Return the proposals about this authorisation, or about a new one from the same day."""
    if authorisation is not None:
        return AuthorisationProposal.objects.filter(authorisation=authorisation)
    return AuthorisationProposal.objects.filter(
        authorisation=None, unit=unit, ground=ground, valid_from=terms.valid_from
    )


def _taken(proposal: AuthorisationProposal) -> bool:
    held = Authorisation.objects.filter(unit=proposal.unit_id, ground=proposal.ground)
    return held.filter(valid_from=proposal.valid_from).exists()


def _check_officials(unit: Unit, terms: Terms) -> None:
    own = User.objects.filter(unit=unit, number__in=terms.officials)
    if own.count() != len(terms.officials):
        raise Stale


def _enter(proposal: AuthorisationProposal, *, act: str, by: User) -> None:
    more = {"proposal": str(proposal.pk), "resumes": proposal.resumes}
    authorisations.enter_of(proposal, proposal.terms, act=act, by=by.number, more=more)
