"""Which pages each role works with: the links at the top of every page and the cards of the first one.

Says where a role's work is, not what it may do: each page checks that for itself.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import is_valid_path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.roles import NAMES, Role, roles_of

Text = str | Promise


@dataclass(frozen=True)
class Door:
    """A page that a role works with: its place in the navigation and its card on the first page."""

    role: Role
    href: str
    title: Text
    text: Text


DOORS = (
    Door(
        Role.CLERK,
        "/records/new/",
        _("Enter a decision"),
        _(
            "Key in a penalty decision from the paper. A second officer verifies it, then it is sealed."
        ),
    ),
    Door(
        Role.CLERK,
        "/records/drafts/",
        _("Drafts"),
        _("Your own decisions that are not sealed yet, and those returned with remarks."),
    ),
    Door(
        Role.CLERK,
        "/records/corrections/new/",
        _("Correct or revoke"),
        _("What happened to a record on file: a correction, or the outcome of a remedy."),
    ),
    Door(
        Role.VERIFYING_OFFICER,
        "/records/verify/",
        _("Verify and seal"),
        _("Compare what was keyed in with the paper decision. Confirming seals it for ever."),
    ),
    Door(
        Role.VERIFYING_OFFICER,
        "/records/import/",
        _("Bulk filing"),
        _("Upload a file of decisions from the case system. A second officer confirms it."),
    ),
    Door(
        Role.VERIFYING_OFFICER,
        "/records/completeness/",
        _("Completeness"),
        _("Decision numbers issued against those on file, the gaps, and the day's statement."),
    ),
    Door(
        Role.VERIFYING_OFFICER,
        "/records/statistics/",
        _("Statistics"),
        _("Rounded counts by month, article, organ and penalty. Small ones are withheld."),
    ),
    Door(
        Role.VERIFYING_OFFICER,
        "/notifications/",
        _("Notices under Article 134"),
        _(
            "Notify a supervisory organ, and notify it again when the record was changed or revoked."
        ),
    ),
    Door(
        Role.INQUIRER,
        "/inquiries/new/",
        _("New inquiry"),
        _("Ask about one person under one of the two exceptions of Article 136."),
    ),
    Door(
        Role.INQUIRER,
        "/inquiries/",
        _("Inquiries"),
        _("The inquiries of your unit, what was decided, and how to contest it."),
    ),
    Door(
        Role.INQUIRER,
        "/inquiries/copies/",
        _("Copies to confirm"),
        _("Where the copies of your answers are and until when, or that there is none."),
    ),
    Door(
        Role.INQUIRER,
        "/inquiries/emergency/",
        _("Stop inquiries"),
        _("If an account is misused: suspend everything your unit is authorised for, at once."),
    ),
    Door(
        Role.REVIEWING_OFFICER,
        "/reviews/",
        _("Reviews"),
        _("Inquiries that two independent officers decide. No record is ever shown here."),
    ),
    Door(
        Role.AUDITOR,
        "/admin/desk/",
        _("Auditor's desk"),
        _("Health of the log, what was denied and why, random samples, and what auditors did."),
    ),
    Door(
        Role.AUDITOR,
        "/admin/",
        _("Audit log"),
        _("Every granted and denied lookup: by unit, official, exception, provision and reason."),
    ),
    Door(
        Role.SECURITY_ADMINISTRATOR,
        "/admin/",
        _("Units and authorisations"),
        _("Units, accounts, roles, and what each unit is authorised to ask for."),
    ),
    Door(
        Role.SYSTEM_ADMINISTRATOR,
        "/admin/",
        _("Operations"),
        _("The running of the system. No record and no log content is shown here."),
    ),
)


def cards(user: Any) -> list[Door]:
    """Return the doors of an account's roles that the site has."""
    held = roles_of(user)
    return [door for door in DOORS if door.role in held and is_valid_path(door.href)]


def items(user: Any, path: str) -> list[dict[str, Any]]:
    """Return the links at the top of a page; the one that leads to `path` is marked."""
    if not user.is_authenticated:
        return []
    doors = [("/", _("Today")), *((door.href, door.title) for door in cards(user))]
    inside = [href for href, _title in doors if path.startswith(href)]
    here = max(inside, key=len, default="") if path != "/" else "/"
    return [
        {"href": href, "title": title, "current": href == path, "active": href == here != "/"}
        for href, title in doors
    ]


def account(user: Any) -> dict[str, Any] | None:
    """Return who is signed in: number, unit code and roles in words; no name."""
    if not user.is_authenticated:
        return None
    return {
        "number": user.number,
        "unit": user.unit.code if user.unit_id else "",
        "roles": [NAMES[role] for role in Role if role in roles_of(user)],
    }


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Give templates `navigation` and `account`; asked of the database only when a page shows them.

    A call that is refused before anybody is known, as one to an unknown host, is nobody's.
    """
    user = getattr(request, "user", None)
    if user is None:
        return {}
    return {
        "navigation": lambda: items(user, request.path),
        "account": lambda: account(user),
    }
