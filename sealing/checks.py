"""Start-up checks: the site does not run on a database or a key file that cannot keep the promises."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sealing import cosignatures, guards, keeper_guards, retention_guards, standstill
from sealing.guarantees import Guarantee, enlist, role, rows
from sealing.guards import LOG
from sealing.keyring import Keyring, KeyringError
from sealing.tree import latest_checkpoint

MONTHS_AHEAD = 2
POWERS = ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "CREATEDB", "REPLICATION")
HELD = """
SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication
  FROM pg_roles WHERE rolname = current_user
"""
# Roles whose member could step around the guards: owners of tables and functions, and PostgreSQL's own keys.
STRONGER = """
SELECT DISTINCT r.rolname FROM pg_roles r
 WHERE r.rolname <> current_user AND pg_has_role(current_user, r.oid, 'MEMBER')
   AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
   AND (r.rolsuper OR r.rolbypassrls OR r.rolname = 'registry_keeper' OR r.rolname LIKE 'pg\\_%'
        OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace)
        OR EXISTS (SELECT FROM pg_proc p WHERE p.proowner = r.oid AND p.pronamespace = 'public'::regnamespace))
"""
OWNED = """
SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
 WHERE r.rolname = current_user AND c.relnamespace = 'public'::regnamespace
"""


def key_ring() -> Iterator[CheckMessage]:
    """Yield an error when the key ring is absent, unreadable, incomplete or open to others."""
    try:
        Keyring.load(Path(settings.REGISTRY_KEYRING))
    except KeyringError as error:
        hint = _(
            "Set REGISTRY_KEYRING to the key ring of this installation, a file of mode 0600 of the site's user."
        )
        yield Error(str(error), hint=hint, id="sealing.E008")


def login_roles() -> Iterator[CheckMessage]:
    """Yield an error for each power by which a login role of the site could step around the guards."""
    for alias in ("default", "audit"):
        name = role(alias)
        for power, has_it in zip(POWERS, rows(alias, HELD)[0], strict=True):
            if has_it:
                yield _too_strong(alias, name, power)
        for (other,) in rows(alias, STRONGER):
            yield _too_strong(alias, name, _("member of %(role)s") % {"role": other})
        if rows(alias, OWNED)[0][0]:
            yield _too_strong(alias, name, _("owner of tables"))
        if rows(alias, "SELECT has_schema_privilege(current_user, 'public', 'CREATE')")[0][0]:
            yield _too_strong(alias, name, _("may create in the schema"))


def _too_strong(alias: str, name: str, power: str) -> Error:
    return Error(
        _("The alias %(alias)s signs in as %(role)s, which is too strong: %(power)s.")
        % {"alias": alias, "role": name, "power": power},
        hint=_(
            "Use the roles of config/roles.sql: registry_app for `default`, registry_auditor for `audit`."
        ),
        id="sealing.E001",
    )


def rights_of_the_site() -> Iterator[CheckMessage]:
    """Yield an error for each right on log and records that the site's own role must not have."""
    for table in (LOG, *guards.partitions()):
        for right in ("SELECT", "UPDATE", "DELETE", "TRUNCATE"):
            if _has(alias="default", table=table, right=right):
                yield _too_much("sealing.E009", role("default"), right, table)
    for table in guards.TREE:
        for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            if _has(alias="default", table=table, right=right):
                yield _too_much("sealing.E009", role("default"), right, table)
    for table in guards.sealed_tables():
        for right in ("DELETE", "TRUNCATE", "TRIGGER"):
            if _has(alias="default", table=table, right=right):
                yield _too_much("sealing.E009", role("default"), right, table)


def rights_of_auditors() -> Iterator[CheckMessage]:
    """Yield an error when the auditors' role reads the lock's column or a record, or writes anything there."""
    name = role("audit")
    if _reads_subject():
        yield _too_much("sealing.E010", name, "SELECT (subject)", LOG)
    for table in (LOG, *guards.partitions(), *guards.TREE):
        for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            if _has(alias="audit", table=table, right=right):
                yield _too_much("sealing.E010", name, right, table)
    for table in guards.sealed_tables():
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            if _has(alias="audit", table=table, right=right):
                yield _too_much("sealing.E010", name, right, table)


def _reads_subject() -> bool:
    tables = [LOG, *guards.partitions()]
    sql = "SELECT bool_or(has_column_privilege(current_user, t, 'subject', 'SELECT')) FROM unnest(%s::text[]) AS t"
    return bool(rows("audit", sql, [tables])[0][0])


def _has(*, alias: str, table: str, right: str) -> bool:
    """Say whether a role has a right on a table or on any of its columns."""
    by_column = right in {"SELECT", "INSERT", "UPDATE"}
    function = "has_any_column_privilege" if by_column else "has_table_privilege"
    return bool(rows(alias, f"SELECT {function}(current_user, %s, %s)", [table, right])[0][0])


def _too_much(id: str, name: str, right: str, table: str) -> Error:
    return Error(
        _("%(role)s has the right %(right)s on %(table)s.")
        % {"role": name, "right": right, "table": table},
        hint=_("As registry_owner: REVOKE %(right)s ON %(table)s FROM %(role)s.")
        % {"right": right, "table": table, "role": name},
        id=id,
    )


def months_ahead() -> int:
    """Return for how many whole months after this one the log has partitions already, without a gap; -1 for none now."""
    there = {name.rpartition("_")[2] for name in guards.partitions()}
    now = datetime.now(UTC)
    ahead = -1
    while (
        month := now.year * 12 + now.month + ahead
    ) and f"{month // 12:04}{month % 12 + 1:02}" in there:
        ahead += 1
    return ahead


def months_prepared() -> Iterator[CheckMessage]:
    """Yield an error when this month has no partition, a warning when fewer than two months ahead have one."""
    ahead = months_ahead()
    hint = _("Call SELECT sealing_prepare_months(36) as registry_app or registry_owner.")
    if ahead < 0:
        yield Error(
            _("The audit log has no partition for this month."), hint=hint, id="sealing.E011"
        )
    elif ahead < MONTHS_AHEAD:
        words = _("The audit log has partitions for only %(count)d months ahead.") % {
            "count": ahead
        }
        yield Warning(words, hint=hint, id="sealing.W001")


MAY_ASK = "SELECT has_function_privilege('sealing_provable()', 'EXECUTE')"


def sequenced() -> Iterator[CheckMessage]:
    """Yield a warning while entries wait too long for the tree, and in production when there is no tree yet."""
    hint = _("Run manage.py sequence_log as a service beside the site; see docs/operations.md.")
    if not rows("default", MAY_ASK)[0][0]:
        return  # signed in as another role than the site's, which has an error of its own
    if standstill.step() is not None:
        words = _("No sealed record can be disclosed: the audit log is not sequenced and signed.")
        yield Warning(words, hint=hint, id="sealing.W002")
        return
    if settings.PRODUCTION and latest_checkpoint() is None:
        words = _("The audit log was never signed, so nobody could prove that it was rewritten.")
        yield Warning(words, hint=hint, id="sealing.W003")


def cosigned() -> Iterator[CheckMessage]:
    """Yield a warning when the witness has not cosigned for an hour, or never, and in production when there is none."""
    if not rows("default", MAY_ASK)[0][0]:
        return  # as above
    found = cosignatures.latest()
    hint = _(
        "See the chapter on the witness in docs/operations.md; the sequencer says what the witness answers."
    )
    if found is not None and found.is_late:
        words = _(
            "The witness has not cosigned the audit log for more than an hour. After four hours nothing is disclosed."
        )
        yield Warning(words, hint=hint, id="sealing.W004")
    elif found is None and (settings.REGISTRY_WITNESS_KEY or settings.PRODUCTION):
        words = _(
            "No witness has cosigned the audit log: who holds database and signing key could rewrite it unseen."
        )
        yield Warning(words, hint=hint, id="sealing.W005")


GUARANTEES = (
    Guarantee(
        gettext_lazy("The key ring is there, whole, and readable by the site alone."),
        key_ring,
        False,
    ),
    Guarantee(
        gettext_lazy("The site's database roles cannot step around the guards."), login_roles
    ),
    Guarantee(
        gettext_lazy("Row security is on and forced on every sealed table."), guards.row_security
    ),
    Guarantee(gettext_lazy("The policies of sealed tables are the lock's own."), guards.policies),
    Guarantee(
        gettext_lazy("Log and records refuse change, deletion and truncation."), guards.triggers
    ),
    Guarantee(gettext_lazy("Functions with their owner's rights are closed."), guards.functions),
    Guarantee(
        gettext_lazy("The site can add to the audit log, and neither read nor change it."),
        rights_of_the_site,
    ),
    Guarantee(
        gettext_lazy("Auditors can read the audit log, and neither change it nor see a record."),
        rights_of_auditors,
    ),
    Guarantee(
        gettext_lazy("The keeper of the keys can replace ciphertext, and nothing else."),
        keeper_guards.rights_of_the_keeper,
    ),
    Guarantee(
        gettext_lazy("Every sealed column is held to its text when keys are rotated."),
        keeper_guards.sealed_columns_watched,
    ),
    Guarantee(
        gettext_lazy("Every sealed row can be proven when keys are rotated."),
        keeper_guards.proofs_taught,
        False,
    ),
    Guarantee(
        gettext_lazy("No month of the audit log is gone without an order."),
        retention_guards.no_month_gone,
    ),
    Guarantee(
        gettext_lazy("Orders to drop a month refuse change and deletion."),
        retention_guards.orders_kept,
    ),
    Guarantee(gettext_lazy("The audit log has partitions for the coming months."), months_prepared),
    Guarantee(gettext_lazy("The audit log is sequenced and signed in time."), sequenced),
    Guarantee(gettext_lazy("A witness outside the database cosigns the audit log."), cosigned),
)

enlist(GUARANTEES)
