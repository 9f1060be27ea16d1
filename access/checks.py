"""Start-up checks of accounts, of reviews, of the staff change log, of the registers of notices and of copies."""

from collections.abc import Iterator

from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sealing.guarantees import Guarantee, enlist, role, rows
from sealing.guards import ADDED_ONLY_TRIGGERS, STAFF_LOG_TRIGGERS, missing_triggers

STAFF_LOG = "auditlog_logentry"
# pg_trigger.tgtype: 1 row, 2 before, 4 insert, 16 update.
ROLE_TRIGGER = {("roles_exclusive", "access_roles_exclusive", 1 + 4 + 16)}
SUPERUSER_TRIGGER = {("superuser_holds_no_role", "access_superuser_holds_no_role", 1 + 2 + 16)}
REVIEW_TABLES = ("access_reviewvote", "access_reviewquestion", "access_reviewreply")
DESK_TABLES = ("access_sample", "access_drawninquiry")
DESK_SEALED = ("access_judgement", "access_readingreason")
VOTE_TRIGGER = {("allowed", "access_vote_allowed", 1 + 2 + 4)}
DECISION_TRIGGER = {("reviewed", "access_review_decided", 1 + 2 + 16)}
SUPERUSERS_WITH_ROLES = """
SELECT count(*) FROM access_user AS account
 WHERE account.is_superuser
   AND (account.unit_id IS NOT NULL
        OR EXISTS (SELECT FROM access_user_groups AS held WHERE held.user_id = account.id))
"""
NOTIFICATIONS = "access_notification"
NOTIFICATION_TRIGGERS = {
    *ADDED_ONLY_TRIGGERS,
    ("entered", "access_notification_entered", 1 + 2 + 4),
}

COPIES = "access_copystatement"
COPIES_TRIGGERS = {*ADDED_ONLY_TRIGGERS, ("entered", "access_copies_entered", 1 + 2 + 4)}


def copies_kept() -> Iterator[CheckMessage]:
    """Yield an error when a statement on copies could be changed, removed, or made without its audit entry."""
    yield from missing_triggers(COPIES, COPIES_TRIGGERS)


def notifications_kept() -> Iterator[CheckMessage]:
    """Yield an error when a notice could be changed, removed, or registered without its audit entry."""
    yield from missing_triggers(NOTIFICATIONS, NOTIFICATION_TRIGGERS)


def staff_changes_kept() -> Iterator[CheckMessage]:
    """Yield an error when a row of the staff change log could be changed or removed."""
    yield from missing_triggers(STAFF_LOG, STAFF_LOG_TRIGGERS)
    for right in ("UPDATE", "DELETE", "TRUNCATE"):
        if rows("default", "SELECT has_table_privilege(current_user, %s, %s)", [STAFF_LOG, right])[
            0
        ][0]:
            yield Error(
                _("%(role)s has the right %(right)s on %(table)s.")
                % {"role": role("default"), "right": right, "table": STAFF_LOG},
                hint=_("As registry_owner: REVOKE %(right)s ON %(table)s FROM %(role)s.")
                % {"right": right, "table": STAFF_LOG, "role": role("default")},
                id="access.E001",
            )


def reviews_kept() -> Iterator[CheckMessage]:
    """Yield an error when a vote could be changed, or one opinion could decide an inquiry under review."""
    for table in REVIEW_TABLES:
        extra = VOTE_TRIGGER if table == "access_reviewvote" else set()
        yield from missing_triggers(table, ADDED_ONLY_TRIGGERS | extra)
    yield from missing_triggers("access_inquiry", DECISION_TRIGGER)


def desk_kept() -> Iterator[CheckMessage]:
    """Yield an error when a sample, a judgement or an auditor's reason could be changed or removed."""
    for table in DESK_TABLES:
        yield from missing_triggers(table, STAFF_LOG_TRIGGERS)
    for table in DESK_SEALED:
        yield from missing_triggers(table, ADDED_ONLY_TRIGGERS)


def roles_exclude() -> Iterator[CheckMessage]:
    """Yield an error when the database would accept a mix of exclusive roles."""
    yield from missing_triggers("access_user_groups", ROLE_TRIGGER)
    yield from missing_triggers("access_user", SUPERUSER_TRIGGER)


def superusers_have_no_part() -> Iterator[CheckMessage]:
    """Yield an error when a superuser holds a role or belongs to a unit."""
    count = rows("default", SUPERUSERS_WITH_ROLES)[0][0]
    if count:
        yield Error(
            _("%(count)d superuser accounts hold a role or belong to a unit.") % {"count": count},
            hint=_(
                "Take the roles away, or take `is_superuser` away: nobody stands above the registry."
            ),
            id="access.E002",
        )


GUARANTEES = (
    Guarantee(
        gettext_lazy("The staff change log refuses change, deletion and truncation."),
        staff_changes_kept,
    ),
    Guarantee(
        gettext_lazy("The register of notices is append-only, and no notice is without its entry."),
        notifications_kept,
    ),
    Guarantee(
        gettext_lazy("The register of copies is append-only, and no row is without its entry."),
        copies_kept,
    ),
    Guarantee(
        gettext_lazy("Votes are kept as they were cast, and no single officer decides a review."),
        reviews_kept,
    ),
    Guarantee(
        gettext_lazy("What auditors drew, judged and gave as reasons is kept as it was."),
        desk_kept,
    ),
    Guarantee(gettext_lazy("The database refuses a mix of exclusive roles."), roles_exclude),
    Guarantee(
        gettext_lazy("No superuser holds a role or belongs to a unit."), superusers_have_no_part
    ),
)

enlist(GUARANTEES)
