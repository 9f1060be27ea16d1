"""Says which version of the index keys the database stands under, refuses any other, and lets a table be moved on.

Two locks: whoever writes index values shares the first, whoever reads by them the second. A move holds the first
from its beginning and the second for the moment of its commit only. One statement an item.
"""

from django.db import migrations
from django.db.migrations.operations import RunSQL

APP, OWNER, KEEPER, DEFINER = (
    "registry_app",
    "registry_owner",
    "registry_keeper",
    "registry_definer",
)
WRITING, READING = 136_2028, 136_2029

INDEX = """
CREATE TABLE sealing_index (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  version integer NOT NULL CHECK (version > 0),
  key_check bytea CHECK (octet_length(key_check) = 32),
  next_version integer CHECK (next_version > version),
  next_check bytea CHECK (octet_length(next_check) = 32),
  CHECK ((next_version IS NULL) = (next_check IS NULL))
)
"""

# Each statement in here has a snapshot of its own: what is read after the lock is what the move has committed.
HELD = f"""
CREATE FUNCTION sealing_index_held(stated integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared({WRITING});
  IF stated IS DISTINCT FROM (SELECT state.version FROM sealing_index AS state) THEN
    RAISE EXCEPTION 'refused: made with another version of the index keys' USING ERRCODE = 'SX001';
  END IF;
END $$
"""  # noqa: S608 - no value is put in

# The version that the entry presented moves the index to: the keeper's, committed before, fresh when this transaction
# began, on disk. NULL otherwise.
REINDEXING = """
CREATE FUNCTION sealing_reindexing() RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  moved integer;
BEGIN
  SELECT (convert_from(entry.body, 'UTF8')::jsonb #>> '{details,index}')::integer INTO moved
    FROM sealing_auditentry AS entry
   WHERE entry.subject = decode(repeat('00', 32), 'hex')
     AND entry.id = nullif(current_setting('sealing.entry', true), '')::uuid
     AND entry.kind = 'rotation' AND entry.outcome = 'granted'
     AND entry.at > now() - interval '30 seconds'
     AND entry.at <= clock_timestamp()
     AND entry.xid IS DISTINCT FROM pg_current_xact_id_if_assigned();
  IF moved IS NOT NULL AND NOT sealing_flushed() THEN
    RETURN NULL;
  END IF;
  RETURN moved;
END $$
"""

MOVED_ONLY = """
CREATE FUNCTION sealing_index_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' OR current_user <> 'registry_definer' THEN
    RAISE EXCEPTION 'refused: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF sealing_reindexing() IS DISTINCT FROM coalesce(NEW.next_version, NEW.version) THEN
    RAISE EXCEPTION 'refused: a move of the index without its entry' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""

# Where a version is stated, the database stays under it to the end of the transaction, or refuses.
PRESENT = f"""
CREATE FUNCTION sealing_present(entry uuid, subject bytea, index integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM sealing_provable();
  IF index IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock_shared({READING});
    IF index <> (SELECT state.version FROM sealing_index AS state) THEN
      RAISE EXCEPTION 'refused: made with another version of the index keys' USING ERRCODE = 'SX001';
    END IF;
  END IF;
  EXECUTE format('SET LOCAL sealing.entry = %L', entry);
  EXECUTE format('SET LOCAL sealing.subject = %L', encode(subject, 'hex'));
END $$
"""  # noqa: S608 - no value is put in

BORN = """
CREATE OR REPLACE FUNCTION sealing_row_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM sealing_index_held(NEW.index_version);
  IF NEW.sealed_at IS NOT NULL THEN
    NEW.sealed_at := clock_timestamp();
    IF NEW.entry IS NULL OR NOT sealing_filing_entered(NEW.subject, NEW.entry) THEN
      RAISE EXCEPTION 'refused: sealing without a filing entry' USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  RETURN NEW;
END $$
"""

# A move to another version is the definer's, by a policy that asks for its entry; the table's own trigger `reindexed`
# holds it to the values that wait. Of anybody else another version is one that is not in force, or is refused.
CHANGED = """
CREATE OR REPLACE FUNCTION sealing_row_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'registry_keeper' THEN
    PERFORM sealing_only_rekeyed(to_jsonb(OLD) - 'sealed', to_jsonb(NEW) - 'sealed', TG_ARGV);
    RETURN NEW;
  END IF;
  IF NEW.index_version <> OLD.index_version THEN
    IF current_user = 'registry_definer' THEN
      RETURN NEW;
    END IF;
    IF OLD.sealed_at IS NULL THEN
      PERFORM sealing_index_held(NEW.index_version);
    END IF;
    RAISE EXCEPTION 'refused: change of the version of index keys' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.sealed_at IS NOT NULL THEN
    RAISE EXCEPTION 'refused: % of a sealed row', TG_OP USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.id <> OLD.id OR NEW.subject <> OLD.subject THEN
    RAISE EXCEPTION 'refused: change of key or subject' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.sealed_at IS NOT NULL THEN
    NEW.sealed_at := clock_timestamp();
    IF current_user <> 'registry_definer' OR NEW.entry IS NULL
       OR NOT sealing_filing_entered(NEW.subject, NEW.entry) THEN
      RAISE EXCEPTION 'refused: sealing without a filing entry' USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  RETURN NEW;
END $$
"""


def function(create: str, signature: str, *callers: str, definer: bool = False) -> list[RunSQL]:
    """Make a function and close it to all but its callers; one that looks where they may not gets the definer."""
    steps = [create, f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"]
    if callers:
        steps.append(f"GRANT EXECUTE ON FUNCTION {signature} TO {', '.join(callers)}")
    if definer:
        steps.append(f"ALTER FUNCTION {signature} OWNER TO {DEFINER}")
    return [RunSQL(step) for step in steps]


class Migration(migrations.Migration):
    dependencies = [("sealing", "0004_tree")]

    operations = [
        RunSQL(INDEX),
        RunSQL("INSERT INTO sealing_index (version) VALUES (1)"),
        RunSQL(f"REVOKE ALL ON sealing_index FROM {APP}"),
        RunSQL(f"GRANT SELECT (version, key_check) ON sealing_index TO {APP}"),
        RunSQL(f"GRANT SELECT ON sealing_index TO {KEEPER}"),
        RunSQL(f"GRANT SELECT, UPDATE ON sealing_index TO {DEFINER}"),
        *function(HELD, "sealing_index_held(integer)", APP, DEFINER),
        *function(REINDEXING, "sealing_reindexing()", OWNER, DEFINER, definer=True),
        *function(MOVED_ONLY, "sealing_index_moved()"),
        RunSQL(
            "CREATE TRIGGER moved BEFORE INSERT OR UPDATE OR DELETE ON sealing_index"
            " FOR EACH ROW EXECUTE FUNCTION sealing_index_moved()"
        ),
        RunSQL(
            "CREATE TRIGGER kept_whole BEFORE TRUNCATE ON sealing_index"
            " FOR EACH STATEMENT EXECUTE FUNCTION sealing_refuse()"
        ),
        RunSQL("DROP FUNCTION sealing_present(uuid, bytea)"),
        *function(PRESENT, "sealing_present(uuid, bytea, integer)", APP, KEEPER),
        RunSQL(BORN),
        RunSQL(CHANGED),
    ]
