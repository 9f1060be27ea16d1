"""Who looks a second time: reviewing officers who had no part in the denial, by object permission on the contest.

None is of the asking unit, stands behind the inquiry, or was assigned to its review. Two by load and then by lot, a
third when two differ. Where there are too few, the contest waits and the security administrators are told.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from uuid import UUID

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from guardian.models import UserObjectPermission
from guardian.shortcuts import assign_perm, remove_perm

from access import holiday_years, review_entries, reviewers, second_look, standing
from access.accounts import User
from access.contest import Contest, ContestVote
from access.reviewers import NotAssignable
from access.reviewing import MOST_REVIEWERS, REVIEWERS, Verdict, Vote, verdict
from access.roles import Role, holds
from access.working_days import Due, due
from sealing import audit_log

REVIEW_CONTEST = "access.review_contest"


@dataclass(frozen=True, slots=True)
class Clock:
    """Until when a second look is to be decided."""

    due: Due | None
    overdue: bool


def clock(made: Contest, *, today: date | None = None) -> Clock:
    """Return the clock of a second look: working days from the day after it was contested."""
    calendar = holiday_years.calendar()
    end = due(made.made_on, days=second_look.DAYS_TO_LOOK, calendar=calendar)
    return Clock(end, end is not None and (today or timezone.localdate()) > end.on)


def assigned_contests(officer: User) -> QuerySet[Contest]:
    """Return the contests assigned to an account by its own object permission; none for whoever has a part in it."""
    if officer.is_superuser or not holds(officer, Role.REVIEWING_OFFICER):
        return Contest.objects.none()
    return (
        Contest.objects.filter(standing.allowed(officer, REVIEW_CONTEST))
        .exclude(inquiry__unit=officer.unit_id)
        .exclude(Q(inquiry__made_by=officer.pk) | Q(made_by=officer.pk))
        .exclude(inquiry__officials__contains=[officer.number])
        .exclude(inquiry__votes__officer=officer.pk)
        .select_related("inquiry__unit")
    )


def open_to(officer: User) -> QuerySet[Contest]:
    """Return the contests on which an officer has to vote."""
    cast = ContestVote.objects.filter(officer=officer).values("contest")
    return assigned_contests(officer).filter(state=Contest.State.OPEN).exclude(pk__in=cast)


def staff(made: Contest, *, by: str = reviewers.AUTOMATIC) -> int:
    """Assign officers until a contest has as many as it needs; return how many seats stay empty.

    Must run in the transaction that makes the contest, or with its row locked.
    """
    held = _assigned([made])[made.pk]
    lacking = _lacking(made, held)
    chosen = _chosen(made, without=held, count=lacking)
    for officer in chosen:
        _assign(made, officer, by=by)
    return lacking - len(chosen)


def _assign(made: Contest, officer: User, *, by: str) -> None:
    assign_perm(REVIEW_CONTEST, officer, made)
    details = {"reviewer": officer.number, "second_look": True}
    review_entries.enter(made.inquiry, by=by, act="assigned", details=details)


def staff_waiting() -> int:
    """Assign officers to every contest that lacks some; return how many contests still have too few."""
    waiting = 0
    for key in [made.pk for made, _lack in too_few()]:
        with audit_log.committed():
            made = Contest.objects.select_for_update(of=("self",)).get(pk=key)
            waiting += made.state == Contest.State.OPEN and staff(made) > 0
    return waiting


def reassign(*, made: Contest, officer: User | None, cause: str, by: User) -> User:
    """Give one officer's open second look to another and enter both; NotAssignable when there is nobody.

    Only for who has not voted: a vote that was cast stays with its officer.
    """
    if (
        cause not in reviewers.CAUSES
        or not holds(by, Role.SECURITY_ADMINISTRATOR)
        or by.is_superuser
    ):
        raise NotAssignable
    with audit_log.committed():
        found = Contest.objects.select_for_update(of=("self",)).get(pk=made.pk)
        held = _assigned([found])[found.pk]
        if officer is None or officer not in held or officer.pk in voted(found):
            raise NotAssignable
        if found.state != Contest.State.OPEN or (cause == "overdue" and not clock(found).overdue):
            raise NotAssignable
        chosen = _chosen(found, without=held, count=1)
        if not chosen:
            raise NotAssignable
        remove_perm(REVIEW_CONTEST, officer, found)
        details = {"reviewer": officer.number, "cause": cause, "second_look": True}
        review_entries.enter(found.inquiry, by=by.number, act="unassigned", details=details)
        _assign(found, chosen[0], by=by.number)
    return chosen[0]


def assigned(made: Contest) -> list[User]:
    """Return who is to look at a contest, in the order of assignment."""
    return _assigned([made])[made.pk]


def voted(made: Contest) -> set[int]:
    """Return the keys of the officers who have voted on a contest."""
    return set(ContestVote.objects.filter(contest=made).values_list("officer", flat=True))


def under_way() -> QuerySet[Contest]:
    """Return the contests that are not decided, the oldest first."""
    return Contest.objects.filter(state=Contest.State.OPEN).select_related("inquiry__unit")


def too_few() -> list[tuple[Contest, int]]:
    """Return the contests under way that lack officers, each with how many it lacks."""
    found = list(under_way())
    held = _assigned(found)
    lacking = [(made, _lacking(made, held[made.pk])) for made in found]
    return [(made, count) for made, count in lacking if count]


def _lacking(made: Contest, held: Iterable[User]) -> int:
    """Who has voted keeps his seat; one who may look no longer does not fill one."""
    votes = list(ContestVote.objects.filter(contest=made).values_list("officer", "vote"))
    is_split = verdict([Vote(vote) for _officer, vote in votes]) is Verdict.THIRD
    seated = {officer for officer, _vote in votes}
    seated |= {user.pk for user in held if reviewers.may_review(user, made.inquiry)}
    return max((MOST_REVIEWERS if is_split else REVIEWERS) - len(seated), 0)


def _permissions(permission: str) -> "QuerySet[UserObjectPermission]":
    app, codename = permission.split(".")
    return UserObjectPermission.objects.filter(
        permission__codename=codename, permission__content_type__app_label=app
    )


def _assigned(contests: Iterable[Contest]) -> dict[UUID, list[User]]:
    found: dict[UUID, list[User]] = {made.pk: [] for made in contests}
    held = _permissions(REVIEW_CONTEST).filter(object_pk__in=[str(key) for key in found])
    for permission in held.select_related("user__unit").order_by("pk"):
        found[UUID(permission.object_pk)].append(permission.user)
    return found


def _chosen(made: Contest, *, without: Iterable[User], count: int) -> list[User]:
    """The least loaded first; among equals the lot decides."""
    if not count:
        return []
    able = list(_eligible(made).exclude(pk__in=[user.pk for user in without]))
    secrets.SystemRandom().shuffle(able)
    return sorted(able, key=attrgetter("load"))[:count]


def _eligible(made: Contest) -> QuerySet[User]:
    """Active reviewing officers with no part in the inquiry or in its denial, each with the contests he holds."""
    inquiry = made.inquiry
    took_part = (
        _permissions(standing.REVIEW_INQUIRY).filter(object_pk=str(inquiry.pk)).values("user")
    )
    open_ones = Contest.objects.filter(state=Contest.State.OPEN)
    held = (
        _permissions(REVIEW_CONTEST)
        .filter(
            Exists(
                open_ones.annotate(text_pk=Cast("pk", CharField())).filter(
                    text_pk=OuterRef("object_pk")
                )
            ),
            user=OuterRef("pk"),
        )
        .order_by()
        .values("user")
        .annotate(held=Count("pk"))
        .values("held")
    )
    return (
        User.objects.filter(
            groups__name=Role.REVIEWING_OFFICER.value, is_active=True, is_superuser=False
        )
        .exclude(Q(unit=inquiry.unit_id) | Q(pk__in=[inquiry.made_by_id, made.made_by_id]))
        .exclude(number__in=inquiry.officials)
        .exclude(pk__in=took_part)
        .exclude(votes__inquiry=inquiry)
        .annotate(load=Coalesce(Subquery(held), Value(0)))
    )
