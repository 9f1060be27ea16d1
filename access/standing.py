"""Who stands where: which unit an official may ask for, which inquiries he may see, what the unit has used today.

Standing is not legal ground: it says whose request this is, never whether the law permits it (`access.policy`).
Superusers are refused first, because object permissions say yes to every one of them. Knows no record.
"""

from collections.abc import Sequence
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from guardian.models import UserObjectPermission
from guardian.shortcuts import assign_perm

from access.accounts import User
from access.exceptions import StatutoryException
from access.facts import AuthorisationFacts, UnitStanding
from access.inquiry import Inquiry
from access.roles import Role, holds
from access.units import Authorisation, Unit

INQUIRE_FOR = "access.inquire_for"
VIEW_INQUIRY = "access.view_inquiry"
REVIEW_INQUIRY = "access.review_inquiry"
#: So many inquiries a day may begin with the same fourteen characters of a resident ID.
SWEEP_LIMIT = 20


def inquiring_unit(user: User | AnonymousUser) -> Unit:
    """Return the unit an account may ask for; PermissionDenied for everybody else, superusers first.

    A sandbox is for programs only: nobody asks for it on the pages.
    """
    if not isinstance(user, User) or user.is_superuser or not holds(user, Role.INQUIRER):
        raise PermissionDenied
    own = Unit.objects.filter(people=user, active=True, sandbox=False)
    unit = own.filter(allowed(user, INQUIRE_FOR)).first()
    if unit is None:
        raise PermissionDenied
    return unit


def official_of(unit: Unit, numbers: Sequence[str], *, ground: str = "") -> User | None:
    """Return the first of these officials who has an open account of the unit; None when none has.

    With a ground, those whom an authorisation of today for it names come first.
    """
    today = timezone.localdate()
    naming = Q(
        authorisations__unit=unit,
        authorisations__ground=ground,
        authorisations__suspended_at=None,
        authorisations__valid_from__lte=today,
        authorisations__valid_to__gte=today,
    )
    open_accounts = User.objects.filter(number__in=numbers, unit=unit, is_active=True)
    found = open_accounts.annotate(named=Count("authorisations", filter=naming))
    by_rank = sorted(found, key=lambda user: (not user.named, numbers.index(user.number)))
    return by_rank[0] if by_rank else None


def visible_inquiries(user: User, *, unit: Unit) -> QuerySet[Inquiry]:
    """Return the inquiries of the account's unit that it made or is named in, newest first."""
    return Inquiry.objects.filter(allowed(user, VIEW_INQUIRY), unit=unit).order_by("-id")


def allowed(user: User, permission: str) -> Exists:
    """The row's own object permission, held by the account itself: no group and no superuser stands in for it."""
    app, codename = permission.split(".")
    return Exists(
        UserObjectPermission.objects.filter(
            user=user,
            permission__codename=codename,
            permission__content_type__app_label=app,
            object_pk=Cast(OuterRef("pk"), CharField()),
        )
    )


def let_see(inquiry: Inquiry) -> None:
    """Let its maker and the other named officials of the unit see an inquiry."""
    named = Q(number__in=inquiry.officials, unit=inquiry.unit_id) | Q(pk=inquiry.made_by_id)
    assign_perm(VIEW_INQUIRY, User.objects.filter(named, is_superuser=False), inquiry)


def standing_of(
    *,
    unit: Unit,
    ground: str,
    officials: tuple[str, ...],
    today: date,
    sweep_key: bytes | None = None,
) -> UnitStanding:
    """Return how a unit stands today: its authorisations, and what it has used before this inquiry.

    `ground` is the provision that the inquiry states, or `case_handling`; `sweep_key` stands for the first characters
    of a resident ID, None for any other document.
    """
    numbers = sorted(set(officials))
    used = _used(unit, ground, numbers, today, sweep_key)
    return UnitStanding(
        code=unit.code,
        kind=unit.kind,
        authorisations=tuple(_authorisations(unit)),
        unit_used=used["unit"],
        unit_limit=unit.daily_budget,
        official_used={number: used[f"official_{at}"] for at, number in enumerate(numbers)},
        official_limit=unit.official_budget,
        ground_used=used["ground"],
        sweep_stopped=sweep_key is not None and used["sweep"] >= SWEEP_LIMIT,
    )


def _used(
    unit: Unit, ground: str, numbers: list[str], today: date, sweep_key: bytes | None
) -> dict[str, int]:
    """Count the unit's inquiries of the day, whatever became of them, in one statement."""
    by_official = {
        f"official_{at}": Count("pk", filter=Q(officials__contains=[number]))
        for at, number in enumerate(numbers)
    }
    if sweep_key is not None:
        by_official["sweep"] = Count("pk", filter=Q(sweep_key=sweep_key))
    asked = Inquiry.objects.filter(unit=unit, made_on=today)
    return asked.aggregate(
        unit=Count("pk"), ground=Count("pk", filter=_under(ground)), **by_official
    )


def persons_of_one_prefix(inquiry: Inquiry) -> int:
    """Return about how many persons of one county and birth date its officials have asked today, this inquiry included.

    The most of any one of them; 0 when the document has no such prefix.
    """
    if inquiry.sweep_key is None:
        return 0
    alike = Inquiry.objects.filter(
        unit=inquiry.unit_id, made_on=inquiry.made_on, sweep_key=inquiry.sweep_key
    )
    by_official = {
        f"official_{at}": Count("person_key", distinct=True, filter=Q(officials__contains=[number]))
        for at, number in enumerate(sorted(set(inquiry.officials)))
    }
    return max(alike.aggregate(**by_official).values(), default=0)


def _under(ground: str) -> Q:
    """Inquiries under a ground; a provision that the catalogue does not know is no ground, and has none."""
    if ground == StatutoryException.CASE_HANDLING:
        return Q(exception=ground)
    return Q(exception=StatutoryException.STATE_REGULATION, provision=ground) & ~Q(provision="")


def _authorisations(unit: Unit) -> list[AuthorisationFacts]:
    """An official whose account was closed is named no longer."""
    held = Authorisation.objects.filter(unit=unit).annotate(
        named=ArrayAgg(
            "officials__number", filter=Q(officials__is_active=True), default=[], distinct=True
        ),
        is_suspended=Q(suspended_at__isnull=False),
    )
    return [
        AuthorisationFacts(
            ground=row["ground"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            officials=frozenset(row["named"]),
            suspended=row["is_suspended"],
            daily_budget=row["daily_budget"],
        )
        for row in held.values(
            "ground", "valid_from", "valid_to", "daily_budget", "named", "is_suspended", n=F("pk")
        )
    ]


def grounds_held(unit: Unit, *, today: date) -> frozenset[str]:
    """Return the grounds the unit is authorised for today: ids of provisions, or `case_handling`."""
    return frozenset(held.ground for held in _authorisations(unit) if held.valid(today))
