"""Start-up checks of accounts, of reviews, of the staff change log, of the registers of notices and of copies."""

from collections.abc import Iterator

from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access import paper_fonts
from sealing.guarantees import Guarantee, enlist, role, rows
from sealing.guards import (
    ADDED_ONLY_TRIGGERS,
    KEPT_WHOLE,
    LOG,
    STAFF_LOG_TRIGGERS,
    missing_triggers,
    partitions,
)

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
#: Rows may be changed within the rules of another trigger, and are never removed.
KEPT_ROWS = {("kept", "sealing_refuse", 1 + 2 + 8), KEPT_WHOLE}
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


def authorisations_approved() -> Iterator[CheckMessage]:
    """Yield an error when an authorisation could grow without a second administrator, or a proposal be rewritten."""
    held = ("approved", "access_authorisation_approved", 1 + 2 + 4 + 16)
    named = ("approved", "access_official_approved", 1 + 2 + 4 + 16)
    proposed = ("allowed", "access_proposal_allowed", 1 + 2 + 4 + 16)
    yield from missing_triggers("access_authorisation", {held})
    yield from missing_triggers("access_authorisation_officials", {named})
    yield from missing_triggers("access_authorisationproposal", {proposed, *KEPT_ROWS})


def denials_stand() -> Iterator[CheckMessage]:
    """Yield an error when a denial could be set aside by fewer than two others, or their votes be changed."""
    made = ("allowed", "access_contest_allowed", 1 + 2 + 4 + 16)
    looked = ("allowed", "access_contest_vote_allowed", 1 + 2 + 4)
    denied = ("set_aside", "access_denial_set_aside", 1 + 2 + 16)
    yield from missing_triggers("access_contest", {made, *KEPT_ROWS})
    yield from missing_triggers("access_contestvote", {looked, *ADDED_ONLY_TRIGGERS})
    yield from missing_triggers("access_inquiry", {denied})


def desk_kept() -> Iterator[CheckMessage]:
    """Yield an error when a sample, a judgement or an auditor's reason could be changed or removed."""
    for table in DESK_TABLES:
        yield from missing_triggers(table, STAFF_LOG_TRIGGERS)
    for table in DESK_SEALED:
        yield from missing_triggers(table, ADDED_ONLY_TRIGGERS)


def sandboxes_apart() -> Iterator[CheckMessage]:
    """Yield an error when a unit could become a sandbox, or a sandbox have a lookup that opens the lock."""
    apart = ("sandbox_apart", "access_sandbox_apart", 1 + 2 + 4)
    yield from missing_triggers(
        "access_unit", {("sandbox_kept", "access_sandbox_kept", 1 + 2 + 16)}
    )
    for table in (LOG, *partitions()):
        yield from missing_triggers(table, {apart})


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
        gettext_lazy("No single administrator gives a unit more than it has."),
        authorisations_approved,
    ),
    Guarantee(
        gettext_lazy("A denial stands until two officers without a part in it set it aside."),
        denials_stand,
    ),
    Guarantee(
        gettext_lazy("What auditors drew, judged and gave as reasons is kept as it was."),
        desk_kept,
    ),
    Guarantee(
        gettext_lazy("A sandbox stays one and has no lookup, so no record can be reached from it."),
        sandboxes_apart,
    ),
    Guarantee(gettext_lazy("The database refuses a mix of exclusive roles."), roles_exclude),
    Guarantee(
        gettext_lazy("No superuser holds a role or belongs to a unit."), superusers_have_no_part
    ),
    Guarantee(
        gettext_lazy("Answers and denials can be had as PDF, with their font embedded."),
        paper_fonts.is_there,
        asks_database=False,
    ),
)

enlist(GUARANTEES)
