"""Who reviews which inquiry: the object permission on the inquiry is the assignment, and nothing else is.

Two officers are assigned when an inquiry goes under review, by load and then by lot; a third when two disagree. None
is of the asking unit and none stands behind the inquiry. Where there are too few, the inquiry waits and the security
administrators are told. Every assignment is an audit entry in the same transaction. Knows no vote's content.
"""

import secrets
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from guardian.models import UserObjectPermission
from guardian.shortcuts import assign_perm, remove_perm

from access import review_clock, review_entries, standing
from access.accounts import User
from access.inquiry import Inquiry
from access.review import ReviewQuestion, ReviewVote
from access.reviewing import MOST_REVIEWERS, REVIEWERS, Verdict, Vote, verdict
from access.roles import Role, holds
from sealing import audit_log

OPEN = Inquiry.Status.UNDER_REVIEW
AUTOMATIC = "assignment"
CAUSES = ("absent", "overdue")


class NotAssignable(Exception):
    """Nobody else can review this inquiry, or the officer named is not one of its open reviewers."""


def may_review(user: Any, inquiry: Inquiry) -> bool:
    """Say whether an account could review an inquiry at all: role, unit, and no part in it."""
    return (
        isinstance(user, User)
        and not user.is_superuser
        and holds(user, Role.REVIEWING_OFFICER)
        and user.unit_id != inquiry.unit_id
        and user.pk != inquiry.made_by_id
        and user.number not in inquiry.officials
    )


def assigned_inquiries(user: Any) -> QuerySet[Inquiry]:
    """Return the inquiries assigned to an account by its own object permission; none for whoever may not review."""
    if not isinstance(user, User) or user.is_superuser or not holds(user, Role.REVIEWING_OFFICER):
        return Inquiry.objects.none()
    return (
        Inquiry.objects.filter(standing.allowed(user, standing.REVIEW_INQUIRY))
        .exclude(unit=user.unit_id)
        .exclude(made_by=user.pk)
        .exclude(officials__contains=[user.number])
    )


def assigned_to(inquiries: Iterable[Inquiry]) -> dict[UUID, list[User]]:
    """Return who is assigned to each inquiry, by its key, in the order of assignment."""
    found: dict[UUID, list[User]] = {inquiry.pk: [] for inquiry in inquiries}
    held = _permissions().filter(object_pk__in=[str(key) for key in found])
    officers: dict[int, User] = {}
    for permission in held.select_related("user__unit").order_by("pk"):
        officer = officers.setdefault(permission.user_id, permission.user)
        found[UUID(permission.object_pk)].append(officer)
    return found


def _permissions() -> "QuerySet[UserObjectPermission]":
    app, codename = standing.REVIEW_INQUIRY.split(".")
    return UserObjectPermission.objects.filter(
        permission__codename=codename, permission__content_type__app_label=app
    )


def staff(inquiry: Inquiry, *, by: str = AUTOMATIC) -> int:
    """Assign officers until an inquiry has as many as it needs; return how many seats stay empty.

    Must run in the transaction that sends the inquiry to review, or with the inquiry's row locked.
    """
    holding = assigned_to([inquiry])[inquiry.pk]
    lacking = _lacking(inquiry, holding, _votes([inquiry])[inquiry.pk])
    chosen = _chosen(inquiry, without=holding, count=lacking)
    for officer in chosen:
        _assign(inquiry, officer, by=by)
    return lacking - len(chosen)


def staff_waiting() -> int:
    """Assign officers to every inquiry that waits for some; return how many inquiries still have too few."""
    waiting = 0
    for key in [inquiry.pk for inquiry, _lack in too_few()]:
        with audit_log.committed():
            inquiry = Inquiry.objects.select_for_update(of=("self",)).get(pk=key)
            waiting += inquiry.status == OPEN and staff(inquiry) > 0
    return waiting


def too_few() -> list[tuple[Inquiry, int]]:
    """Return the inquiries under review that lack reviewers, each with how many it lacks; the oldest first."""
    waiting = Inquiry.objects.filter(status=OPEN, unit__sandbox=False)
    inquiries = list(waiting.select_related("unit").order_by("id"))
    held, votes = assigned_to(inquiries), _votes(inquiries)
    lacking = [(one, _lacking(one, held[one.pk], votes[one.pk])) for one in inquiries]
    return [(inquiry, count) for inquiry, count in lacking if count]


def _lacking(inquiry: Inquiry, holding: Sequence[User], votes: "list[ReviewVote]") -> int:
    """A third seat is needed as soon as a round went two ways; who has voted keeps his seat."""
    by_round: dict[int, list[Vote]] = {}
    for cast in votes:
        by_round.setdefault(cast.round, []).append(Vote(cast.vote))
    is_split = any(
        len(round_) == MOST_REVIEWERS or verdict(round_) is Verdict.THIRD
        for round_ in by_round.values()
    )
    latest = max(by_round, default=0)
    seated = {cast.officer_id for cast in votes if cast.round == latest}
    seated |= {user.pk for user in holding if may_review(user, inquiry)}
    return max((MOST_REVIEWERS if is_split else REVIEWERS) - len(seated), 0)


def _votes(inquiries: Iterable[Inquiry]) -> "dict[UUID, list[ReviewVote]]":
    found: dict[UUID, list[ReviewVote]] = {inquiry.pk: [] for inquiry in inquiries}
    for cast in ReviewVote.objects.filter(inquiry__in=list(found)).defer("text", "scope"):
        found[cast.inquiry_id].append(cast)
    return found


def reassign(*, inquiry: Inquiry, officer: User | None, cause: str, by: User) -> User:
    """Give one officer's open review to another and enter both; NotAssignable when there is nobody.

    Only for who has not voted in this round: a vote that was cast stays with its officer.
    """
    if cause not in CAUSES or not holds(by, Role.SECURITY_ADMINISTRATOR) or by.is_superuser:
        raise NotAssignable
    with audit_log.committed():
        locked = Inquiry.objects.select_for_update(of=("self",)).get(pk=inquiry.pk)
        holding = assigned_to([locked])[locked.pk]
        if (
            cause == "overdue"
            and not review_clock.clock(locked, today=timezone.localdate()).overdue
        ):
            raise NotAssignable
        if (
            officer is None
            or officer not in holding
            or officer.pk in voted(locked)
            or locked.status != OPEN
        ):
            raise NotAssignable
        chosen = _chosen(locked, without=holding, count=1)
        if not chosen:
            raise NotAssignable
        remove_perm(standing.REVIEW_INQUIRY, officer, locked)
        review_entries.enter(
            locked,
            by=by.number,
            act="unassigned",
            details={"reviewer": officer.number, "cause": cause},
        )
        _assign(locked, chosen[0], by=by.number)
    return chosen[0]


def round_of(inquiry: Inquiry) -> int:
    """Return the number of the round that is open or comes next, from 1."""
    return ReviewQuestion.objects.filter(inquiry=inquiry).count() + 1


def voted(inquiry: Inquiry) -> set[int]:
    """Return the keys of the officers who have voted in the present round."""
    cast = ReviewVote.objects.filter(inquiry=inquiry, round=round_of(inquiry))
    return set(cast.values_list("officer", flat=True))


def _assign(inquiry: Inquiry, officer: User, *, by: str) -> None:
    assign_perm(standing.REVIEW_INQUIRY, officer, inquiry)
    review_entries.enter(inquiry, by=by, act="assigned", details={"reviewer": officer.number})


def _chosen(inquiry: Inquiry, *, without: Sequence[User], count: int) -> list[User]:
    """The least loaded first; among equals the lot decides, so that nobody can foresee a pair."""
    if not count:
        return []
    able = list(_eligible(inquiry).exclude(pk__in=[user.pk for user in without]))
    secrets.SystemRandom().shuffle(able)
    return sorted(able, key=attrgetter("load"))[:count]


def _eligible(inquiry: Inquiry) -> QuerySet[User]:
    """Active reviewing officers with no part in the inquiry, each with the number of reviews under way."""
    under_review = Inquiry.objects.filter(status=OPEN).annotate(text_pk=Cast("pk", CharField()))
    held = (
        _permissions()
        .filter(Exists(under_review.filter(text_pk=OuterRef("object_pk"))), user=OuterRef("pk"))
        .order_by()
        .values("user")
        .annotate(held=Count("pk"))
        .values("held")
    )
    return (
        User.objects.filter(
            groups__name=Role.REVIEWING_OFFICER.value, is_active=True, is_superuser=False
        )
        .exclude(
            Q(unit=inquiry.unit_id) | Q(pk=inquiry.made_by_id) | Q(number__in=inquiry.officials)
        )
        .annotate(load=Coalesce(Subquery(held), Value(0)))
    )
