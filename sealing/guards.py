"""Which guards the database must have (row security, policies, triggers, functions), and which are missing.

A sealed table is every model's table with the columns subject, sealed_at and entry. Reads the catalogue only.
"""

from collections.abc import Iterator

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext as _

from sealing.fields import sealed_models
from sealing.guarantees import rows
from sealing.indexed import indexes
from sealing.keeper_sql import KEEPER
from sealing.lock_sql import APP, DEFINER

LOG = "sealing_auditentry"
SEALED_COLUMNS = {"subject", "sealed_at", "entry"}

# pg_trigger.tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate.
KEPT_WHOLE = ("kept_whole", "sealing_refuse", 2 + 32)
INDEX_TRIGGERS = {("moved", "sealing_index_moved", 1 + 2 + 4 + 8 + 16), KEPT_WHOLE}
LOG_TRIGGERS = {
    ("stamped", "sealing_entry_stamped", 1 + 2 + 4),
    ("of_its_role", "sealing_entry_of_its_role", 1 + 2 + 4),
    ("kept", "sealing_refuse", 1 + 2 + 8 + 16),
    KEPT_WHOLE,
}
TABLE_TRIGGERS = {
    ("born", "sealing_row_born", 1 + 2 + 4),
    ("changed", "sealing_row_changed", 1 + 2 + 16),
    ("kept", "sealing_refuse", 1 + 2 + 8),
    KEPT_WHOLE,
}
ADDED_ONLY_TRIGGERS = {
    ("kept", "sealing_refuse", 1 + 2 + 8),
    ("rekeyed", "sealing_row_only_rekeyed", 1 + 2 + 16),
    KEPT_WHOLE,
}
TREE = (
    "sealing_leaf",
    "sealing_node",
    "sealing_batch",
    "sealing_checkpoint",
    "sealing_cosignature",
)
TREE_TRIGGERS = {
    ("sequenced", "sealing_sequenced", 1 + 2 + 4),
    ("kept", "sealing_refuse", 1 + 2 + 8 + 16),
    KEPT_WHOLE,
}
STAFF_LOG_TRIGGERS = {("kept", "sealing_refuse", 1 + 2 + 8 + 16), KEPT_WHOLE}
POLICIES = {
    ("drafts", "SELECT", APP),
    ("opened", "SELECT", APP),
    ("entered", "INSERT", APP),
    ("revised", "UPDATE", APP),
    ("seen_by_definer", "SELECT", DEFINER),
    ("sealed_by_definer", "UPDATE", DEFINER),
    ("read_by_keeper", "SELECT", KEEPER),
    ("rekeyed_by_keeper", "UPDATE", KEEPER),
    ("reindexed_by_definer", "UPDATE", DEFINER),
}
REINDEX_FUNCTIONS = ("reindex", "reindex_begun", "unindexed", "index_counts")
DEFINER_FUNCTIONS = (
    "sealing_open",
    "sealing_provable",
    "sealing_place",
    "sealing_filing_entered",
    "registry_filed",
    "registry_in_force",
    "registry_corrects",
    "registry_day_state",
    "registry_counts",
    "access_notification_entered",
    "access_notifications_due",
    "access_copies_entered",
    "sealing_keeping",
    "sealing_retention_entered",
    "sealing_reindexing",
    "registry_next_index_outdated",
)

TRIGGERS = """
SELECT t.tgname, p.proname, t.tgtype::integer FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE t.tgrelid = to_regclass(%s) AND t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL
"""
FUNCTIONS = """
SELECT p.proname, pg_get_userbyid(p.proowner), p.prosecdef,
       EXISTS (SELECT FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search_path=%%'),
       EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS given
                WHERE given.grantee = 0)
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
   AND (p.prosecdef OR p.proname = ANY (%s))
"""


def sealed_tables() -> list[str]:
    """Return the tables that the lock must be on."""
    return sorted(
        model._meta.db_table
        for model in apps.get_models()
        if {field.name for field in model._meta.local_fields} >= SEALED_COLUMNS
    )


def partitions() -> list[str]:
    """Return the log's partitions, oldest month first."""
    found = rows(
        "default",
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = to_regclass(%s) ORDER BY c.relname",
        [LOG],
    )
    return [name for (name,) in found]


def row_security() -> Iterator[CheckMessage]:
    """Yield each sealed table on which row security is off or does not bind its owner."""
    for table in sealed_tables():
        found = rows(
            "default",
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = to_regclass(%s)",
            [table],
        )
        on, forced = found[0] if found else (False, False)
        if not on:
            yield missing(
                "sealing.E002", _("Row security is not enabled on %(table)s."), table=table
            )
        elif not forced:
            yield missing(
                "sealing.E003",
                _("Row security is not forced on %(table)s: its owner is not bound."),
                table=table,
            )


def policies() -> Iterator[CheckMessage]:
    """Yield each sealed table whose policies are not the lock's own."""
    for table in sealed_tables():
        found = rows(
            "default",
            "SELECT policyname, cmd, array_to_string(roles, ','), coalesce(qual, '') FROM pg_policies"
            " WHERE schemaname = 'public' AND tablename = %s",
            [table],
        )
        there = {(name, command, roles) for name, command, roles, _qual in found}
        for name, _command, roles in sorted(there ^ POLICIES):
            words = _(
                "Policy %(name)s for %(roles)s on %(table)s is missing or is not one of the lock's."
            )
            yield missing("sealing.E004", words, name=name, roles=roles, table=table)
        conditions = {name: qual for name, _command, _roles, qual in found}
        if not _are_the_locks(conditions):
            words = _("The conditions of the policies on %(table)s are not the lock's.")
            yield missing("sealing.E004", words, table=table)


def _are_the_locks(conditions: dict[str, str]) -> bool:
    opened = conditions.get("opened", "")
    return (
        conditions.get("drafts") == conditions.get("revised") == "(sealed_at IS NULL)"
        and "sealing_open(subject)" in opened
        and "sealing.subject" in opened
        and " OR " not in opened
        and "sealing_reindexing()" in conditions.get("reindexed_by_definer", "")
        and " OR " not in conditions.get("reindexed_by_definer", "")
        and all(
            "sealing_keeping()" in conditions.get(name, "")
            and " OR " not in conditions.get(name, "")
            for name in ("read_by_keeper", "rekeyed_by_keeper")
        )
    )


def triggers() -> Iterator[CheckMessage]:
    """Yield each trigger of the log, its partitions, its tree and the sealed tables that is missing or disabled."""
    yield from missing_triggers(LOG, LOG_TRIGGERS)
    yield from missing_triggers("sealing_index", INDEX_TRIGGERS)
    for table in TREE:
        yield from missing_triggers(table, TREE_TRIGGERS)
    for partition in partitions():
        yield from missing_triggers(partition, LOG_TRIGGERS)
    for table in sealed_tables():
        yield from missing_triggers(table, TABLE_TRIGGERS)


def missing_triggers(table: str, wanted: set[tuple[str, str, int]]) -> Iterator[CheckMessage]:
    """Yield each wanted trigger (name, function, type) that a table does not have, or has disabled."""
    for name, _function, _kind in sorted(wanted - set(rows("default", TRIGGERS, [table]))):
        words = _("Trigger %(name)s on %(table)s is missing, changed or disabled.")
        yield missing("sealing.E005", words, name=name, table=table)


def functions() -> Iterator[CheckMessage]:
    """Yield each function with its owner's rights that is not closed, and each that is not the definer's."""
    kept = [model._meta.db_table for model in sealed_models()]
    wanted = {
        *DEFINER_FUNCTIONS,
        *(f"{table}_seal" for table in sealed_tables()),
        *(f"{table}_{what}" for table in kept for what in ("versions", "due")),
        *(f"{indexed.table}_{what}" for indexed in indexes() for what in REINDEX_FUNCTIONS),
    }
    found = rows("default", FUNCTIONS, [sorted(wanted)])
    for name in sorted(wanted - {name for name, *_rest in found}):
        yield missing("sealing.E006", _("Function %(name)s is missing."), name=name)
    for name, owner, definer, path_fixed, public in found:
        if name in wanted and (owner != DEFINER or not definer):
            words = _("Function %(name)s is not owned by %(role)s or does not run with its rights.")
            yield missing("sealing.E006", words, name=name, role=DEFINER)
        if not path_fixed:
            words = _(
                "Function %(name)s runs with its owner's rights and without a fixed search_path."
            )
            yield missing("sealing.E007", words, name=name)
        if public:
            words = _("Function %(name)s may be called by everybody.")
            yield missing("sealing.E007", words, name=name)


def missing(id: str, words: str, **named: str) -> Error:
    """Return the error that says which guard is missing."""
    hint = _(
        "Put it back as the migrations made it, and find out who changed it before the site starts again."
    )
    return Error(words % named, hint=hint, id=id)
