"""The lock's own SQL for one table of sealed rows, for use in that table's migration.

The table needs the columns id uuid, subject bytea, sealed_at timestamptz, entry uuid and index_version integer. Each item is one
statement. What it promises, for every role: a draft may be changed but not removed; a row is
sealed once, by `<table>_seal` or by being born sealed, only together with its filing entry; a sealed row is
never changed; it is read only by a transaction that presents an entry.
"""

from django.db.migrations.operations import RunSQL

APP, DEFINER = "registry_app", "registry_definer"


def lock_operations(table: str) -> list[RunSQL]:
    """Return the operations that put the lock on `table`; none has a reverse: the lock is not taken off."""
    seal = f"{table}_seal(uuid, uuid)"
    return [
        RunSQL(statement)
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"REVOKE DELETE, TRUNCATE, REFERENCES, TRIGGER ON {table} FROM {APP}",
            f"GRANT SELECT, UPDATE ON {table} TO {DEFINER}",
            *_policies(table),
            *_triggers(table),
            _seal_function(table),
            f"REVOKE ALL ON FUNCTION {seal} FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {seal} TO {APP}",
            f"ALTER FUNCTION {seal} OWNER TO {DEFINER}",
        )
    ]


def _policies(table: str) -> list[str]:
    return [
        f"CREATE POLICY drafts ON {table} FOR SELECT TO {APP} USING (sealed_at IS NULL)",
        f"CREATE POLICY opened ON {table} FOR SELECT TO {APP} USING ("
        "subject = decode(coalesce(current_setting('sealing.subject', true), ''), 'hex')"
        " AND sealing_open(subject))",
        f"CREATE POLICY entered ON {table} FOR INSERT TO {APP} WITH CHECK (true)",
        f"CREATE POLICY revised ON {table} FOR UPDATE TO {APP}"
        " USING (sealed_at IS NULL) WITH CHECK (sealed_at IS NULL)",
        f"CREATE POLICY seen_by_definer ON {table} FOR SELECT TO {DEFINER} USING (true)",
        f"CREATE POLICY sealed_by_definer ON {table} FOR UPDATE TO {DEFINER}"
        " USING (sealed_at IS NULL) WITH CHECK (sealed_at IS NOT NULL)",
    ]


def _triggers(table: str) -> list[str]:
    row, whole = "FOR EACH ROW EXECUTE FUNCTION", "FOR EACH STATEMENT EXECUTE FUNCTION"
    return [
        f"CREATE TRIGGER born BEFORE INSERT ON {table} {row} sealing_row_born()",
        f"CREATE TRIGGER changed BEFORE UPDATE ON {table} {row} sealing_row_changed()",
        f"CREATE TRIGGER kept BEFORE DELETE ON {table} {row} sealing_refuse()",
        f"CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {table} {whole} sealing_refuse()",
    ]


def _seal_function(table: str) -> str:
    return f"""
CREATE FUNCTION {table}_seal(record uuid, filing uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE {table} SET sealed_at = clock_timestamp(), entry = filing
   WHERE id = record AND sealed_at IS NULL;
  RETURN FOUND;
END $$
"""  # noqa: S608
