"""What the keeper of the keys may do with one table of sealed columns, as SQL for that table's migration.

The keeper (`registry_keeper`) puts ciphertext made with a newer key in the place of ciphertext of the same text.
It reads what that takes, and of a table with a lock only the rows that a committed entry of its own names. A
trigger holds it to the sealed columns, whatever rights it might be given. Each item is one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.migrations.operations import RunSQL

from sealing.lock_sql import DEFINER

KEEPER = "registry_keeper"
KEEPING = "id = ANY (ARRAY(SELECT sealing_keeping()))"


@dataclass(frozen=True, kw_only=True)
class KeptTable:
    """A table, its sealed columns, its key, and which clear columns prove that a row says what it said."""

    table: str
    sealed: Sequence[str]
    key: str = "id"
    key_type: str = "uuid"
    proof: Sequence[str] = ()


def keeper_operations(
    kept: KeptTable, *, locked: bool = False, added_only: bool = False
) -> list[RunSQL]:
    """Return the operations for one table; none has a reverse.

    `locked` says that the lock's trigger is there, `added_only` that rows are added and never changed: its trigger
    `kept` then refuses deletion, and another one every change but rekeying.
    """
    table, columns = kept.table, ", ".join(kept.sealed)
    readable = ", ".join((kept.key, *kept.proof, *kept.sealed))
    versions, due = f"{table}_versions()", f"{table}_due(integer, {kept.key_type}, integer)"
    statements = [
        f"REVOKE ALL ON {table} FROM {KEEPER}",
        f"GRANT SELECT ({readable}), UPDATE ({columns}) ON {table} TO {KEEPER}",
        *(_locked(kept) if locked else _open(kept, added_only=added_only)),
        _versions(kept),
        f"REVOKE ALL ON FUNCTION {versions} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {versions} TO {KEEPER}",
        f"ALTER FUNCTION {versions} OWNER TO {DEFINER}",
        _due(kept),
        f"REVOKE ALL ON FUNCTION {due} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {due} TO {KEEPER}",
        f"ALTER FUNCTION {due} OWNER TO {DEFINER}",
    ]
    return [RunSQL(statement) for statement in statements]


def _locked(kept: KeptTable) -> list[str]:
    """The subquery is evaluated once a statement, and flushes the entry once."""
    return [
        f"CREATE POLICY read_by_keeper ON {kept.table} FOR SELECT TO {KEEPER} USING ({KEEPING})",
        f"CREATE POLICY rekeyed_by_keeper ON {kept.table} FOR UPDATE TO {KEEPER}"
        f" USING ({KEEPING}) WITH CHECK ({KEEPING})",
        f"CREATE OR REPLACE TRIGGER changed BEFORE UPDATE ON {kept.table} FOR EACH ROW"
        f" EXECUTE FUNCTION sealing_row_changed({_quoted(kept.sealed)})",
    ]


def _open(kept: KeptTable, *, added_only: bool) -> list[str]:
    statements = [
        f"GRANT SELECT ({', '.join((kept.key, *kept.sealed))}) ON {kept.table} TO {DEFINER}"
    ]
    if added_only:
        statements.append(
            f"CREATE OR REPLACE TRIGGER kept BEFORE DELETE ON {kept.table} FOR EACH ROW"
            " EXECUTE FUNCTION sealing_refuse()"
        )
    judged = "sealing_row_only_rekeyed" if added_only else "sealing_row_rekeyed"
    statements.append(
        f"CREATE TRIGGER rekeyed BEFORE UPDATE ON {kept.table} FOR EACH ROW"
        f" EXECUTE FUNCTION {judged}({_quoted(kept.sealed)})"
    )
    return statements


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f"'{column}'" for column in columns)


def _versions(kept: KeptTable) -> str:
    values = ", ".join(f"({column})" for column in kept.sealed)
    return f"""
CREATE FUNCTION {kept.table}_versions() RETURNS TABLE (version integer, held bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT sealing_version(envelope), count(*)
    FROM {kept.table}, LATERAL (VALUES {values}) AS sealed (envelope)
   WHERE envelope IS NOT NULL GROUP BY 1
$$
"""  # noqa: S608 - names of our own models only


def _due(kept: KeptTable) -> str:
    older = " OR ".join(f"sealing_version({column}) < wanted" for column in kept.sealed)
    return f"""
CREATE FUNCTION {kept.table}_due(wanted integer, after {kept.key_type}, most integer) RETURNS SETOF {kept.key_type}
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT {kept.key} FROM {kept.table} WHERE (after IS NULL OR {kept.key} > after) AND ({older})
   ORDER BY {kept.key} LIMIT most
$$
"""  # noqa: S608 - names of our own models only
