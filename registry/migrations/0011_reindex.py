"""Lets every record be moved to a new version of the index keys at once: subject and keys, and nothing else of it.

The values of the next version wait in a table of their own, where the keeper adds those of rows that it has entered.
"""

from django.db import migrations, models
from django.db.migrations.operations import RunSQL

import sealing.index_version

TABLE, NEXT = "registry_violationrecord", "registry_nextindex"
APP, KEEPER, DEFINER = "registry_app", "registry_keeper", "registry_definer"
READING, WRITING = 136_2029, 136_2028
AS_DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

NEXT_INDEX = f"""
CREATE TABLE {NEXT} (
  record uuid PRIMARY KEY,
  index_version integer NOT NULL,
  subject bytea NOT NULL CHECK (octet_length(subject) = 32),
  decision_key bytea NOT NULL CHECK (octet_length(decision_key) = 32),
  duplicate_key bytea NOT NULL CHECK (octet_length(duplicate_key) = 32),
  act_key bytea CHECK (octet_length(act_key) = 32)
)
"""

# New index values of a draft are of the version in force; a move changes index values only, to those that wait.
REINDEXED = f"""
CREATE FUNCTION registry_row_reindexed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  as_it_was {TABLE} := NEW;
BEGIN
  IF NEW.index_version = OLD.index_version THEN
    IF (NEW.decision_key, NEW.duplicate_key, NEW.act_key)
       IS DISTINCT FROM (OLD.decision_key, OLD.duplicate_key, OLD.act_key) THEN
      PERFORM sealing_index_held(NEW.index_version);
    END IF;
    RETURN NEW;
  END IF;
  as_it_was.index_version := OLD.index_version;
  as_it_was.subject := OLD.subject;
  as_it_was.decision_key := OLD.decision_key;
  as_it_was.duplicate_key := OLD.duplicate_key;
  as_it_was.act_key := OLD.act_key;
  as_it_was.sealed := OLD.sealed;
  IF as_it_was IS DISTINCT FROM OLD OR current_user <> '{DEFINER}' THEN
    RAISE EXCEPTION 'refused: a move of the index changes index values only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM FROM {NEXT} AS waiting
    WHERE waiting.record = NEW.id AND waiting.index_version = NEW.index_version AND waiting.subject = NEW.subject
      AND waiting.decision_key = NEW.decision_key AND waiting.duplicate_key = NEW.duplicate_key
      AND waiting.act_key IS NOT DISTINCT FROM NEW.act_key;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'refused: not the index values that wait for this row' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""

# What was made for the next version of what a draft said before is of no use.
OUTDATED = f"""
CREATE FUNCTION registry_next_index_outdated() RETURNS trigger {AS_DEFINER} AS $$
BEGIN
  DELETE FROM {NEXT} WHERE record = NEW.id;
  RETURN NULL;
END $$
"""  # noqa: S608 - no value is put in

CORRECTS = f"""
CREATE OR REPLACE FUNCTION registry_corrects() RETURNS trigger {AS_DEFINER} AS $$
BEGIN
  IF NEW.sealed_at IS NULL OR NEW.replaces IS NULL THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF OLD.sealed_at IS NOT NULL AND OLD.replaces = NEW.replaces
       AND (OLD.subject = NEW.subject OR OLD.index_version <> NEW.index_version) THEN
      RETURN NEW;
    END IF;
  END IF;
  PERFORM FROM {TABLE} AS record
    WHERE record.subject = NEW.subject AND record.id = NEW.replaces AND record.id <> NEW.id
      AND record.sealed_at IS NOT NULL
      AND record.outcome IN ('', 'correction', 'changed', 'partly_revoked') AND NOT EXISTS (
        SELECT FROM {TABLE} AS later
         WHERE later.subject = record.subject AND later.replaces = record.id AND later.sealed_at IS NOT NULL
           AND NOT (later.outcome IN ('upheld', 'unlawful_but_kept')));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'refused: it names no record of the same subject in force'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""

UNINDEXED = f"""
CREATE FUNCTION {TABLE}_unindexed(after uuid, most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT record.id FROM {TABLE} AS record
   WHERE (after IS NULL OR record.id > after)
     AND NOT EXISTS (SELECT FROM {NEXT} AS waiting WHERE waiting.record = record.id)
   ORDER BY record.id LIMIT most
$$
"""  # noqa: S608 - no value is put in
UNINDEXED_SIGNATURE = f"{TABLE}_unindexed(uuid, integer)"

COUNTED = f"""
CREATE FUNCTION {TABLE}_index_counts() RETURNS TABLE (held bigint, waiting bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT (SELECT count(*) FROM {TABLE}), (SELECT count(*) FROM {NEXT})
$$
"""  # noqa: S608 - no value is put in
COUNTED_SIGNATURE = f"{TABLE}_index_counts()"

# What waits was made with another key of the same number, or for another number: it is thrown away.
BEGUN = f"""
CREATE FUNCTION {TABLE}_reindex_begun(wanted integer, stated bytea) RETURNS void {AS_DEFINER} AS $$
BEGIN
  IF sealing_reindexing() IS DISTINCT FROM wanted THEN
    RAISE EXCEPTION 'refused: a move of the index without its entry' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NOT EXISTS (SELECT FROM sealing_index WHERE next_version = wanted AND next_check = stated) THEN
    DELETE FROM {NEXT};
    UPDATE sealing_index SET next_version = wanted, next_check = stated;
  END IF;
END $$
"""  # noqa: S608 - no value is put in
BEGUN_SIGNATURE = f"{TABLE}_reindex_begun(integer, bytea)"

# Rows of one person stay together and those of two persons apart. Lookups go on by the values as they were, and wait
# for the commit only.
REINDEX = f"""
CREATE FUNCTION {TABLE}_reindex() RETURNS bigint {AS_DEFINER} AS $$
DECLARE
  wanted integer;
  moved bigint;
BEGIN
  PERFORM pg_advisory_xact_lock({WRITING});
  wanted := (SELECT next_version FROM sealing_index);
  IF wanted IS NULL OR sealing_reindexing() IS DISTINCT FROM wanted THEN
    RAISE EXCEPTION 'refused: a move of the index without its entry' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF EXISTS (SELECT FROM {TABLE} AS record WHERE NOT EXISTS
       (SELECT FROM {NEXT} AS waiting WHERE waiting.record = record.id AND waiting.index_version = wanted)) THEN
    RAISE EXCEPTION 'refused: a row has no index values for the next version'
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  IF EXISTS (
    SELECT FROM (
      SELECT count(*) AS pairs, count(DISTINCT was) AS before, count(DISTINCT becomes) AS after
        FROM (SELECT DISTINCT record.subject AS was, waiting.subject AS becomes
                FROM {TABLE} AS record JOIN {NEXT} AS waiting ON waiting.record = record.id
               WHERE record.sealed_at IS NOT NULL OR record.stage <> 'withdrawn') AS pair) AS counted
     WHERE pairs <> before OR pairs <> after) THEN
    RAISE EXCEPTION 'refused: rows of one person would part, or those of two would meet'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE {TABLE} AS record
     SET subject = waiting.subject, decision_key = waiting.decision_key, duplicate_key = waiting.duplicate_key,
         act_key = waiting.act_key, index_version = wanted
    FROM {NEXT} AS waiting WHERE waiting.record = record.id;
  GET DIAGNOSTICS moved = ROW_COUNT;
  DELETE FROM {NEXT};
  PERFORM pg_advisory_xact_lock({READING});
  UPDATE sealing_index SET version = wanted, key_check = next_check, next_version = NULL, next_check = NULL;
  RETURN moved;
END $$
"""  # noqa: S608 - no value is put in
REINDEX_SIGNATURE = f"{TABLE}_reindex()"

# As before, but a row and its entry are matched by their keys: the entry keeps the subject of its day for ever.
DAY_STATE = f"""
CREATE OR REPLACE FUNCTION registry_day_state(day date, organ text)
RETURNS TABLE (filed bigint, sealed bigint, without_entry bigint, entries bigint, last_entry uuid, last_leaf bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  since timestamptz := day::timestamp AT TIME ZONE 'Asia/Shanghai';
  until timestamptz := (day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai';
  first_key uuid := (lpad(to_hex((extract(epoch FROM since) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
  next_key uuid := (lpad(to_hex((extract(epoch FROM until) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
BEGIN
  SELECT count(*), count(record.id) INTO filed, sealed
    FROM (SELECT entry.id, convert_from(entry.body, 'UTF8')::jsonb -> 'details' AS details
            FROM sealing_auditentry AS entry
           WHERE entry.kind = 'filing' AND entry.outcome = 'filed'
             AND entry.id >= first_key AND entry.id < next_key) AS filing
    LEFT JOIN {TABLE} AS record
      ON record.id = (filing.details ->> 'record')::uuid
     AND record.entry = filing.id AND record.sealed_at IS NOT NULL
   WHERE organ IN ('', filing.details ->> 'organ');
  SELECT count(*) INTO without_entry
    FROM {TABLE} AS record
   WHERE record.sealed_at >= since AND record.sealed_at < until AND organ IN ('', record.organ_code)
     AND NOT EXISTS (SELECT 1 FROM sealing_auditentry AS entry
                      WHERE entry.id = record.entry AND entry.kind = 'filing' AND entry.outcome = 'filed');
  SELECT count(*) INTO entries FROM sealing_auditentry AS entry WHERE entry.id < next_key;
  SELECT entry.id, entry.leaf_hash INTO last_entry, last_leaf
    FROM sealing_auditentry AS entry WHERE entry.id < next_key ORDER BY entry.id DESC LIMIT 1;
  RETURN NEXT;
END $$
"""  # noqa: S608 - no value is put in


def closed(signature: str, *callers: str) -> list[RunSQL]:
    """Close a function to all but its callers and give it to the definer."""
    steps = [f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"]
    if callers:
        steps.append(f"GRANT EXECUTE ON FUNCTION {signature} TO {', '.join(callers)}")
    steps.append(f"ALTER FUNCTION {signature} OWNER TO {DEFINER}")
    return [RunSQL(step) for step in steps]


class Migration(migrations.Migration):
    dependencies = [("registry", "0010_keeper"), ("sealing", "0005_reindex")]

    operations = [
        migrations.AddField(
            "violationrecord",
            "index_version",
            models.PositiveSmallIntegerField(
                db_default=1,
                default=sealing.index_version.current,
                editable=False,
                verbose_name="version of the index keys",
            ),
        ),
        RunSQL(f"GRANT SELECT (replaces) ON {TABLE} TO {KEEPER}"),
        RunSQL(NEXT_INDEX),
        RunSQL(f"REVOKE ALL ON {NEXT} FROM {APP}"),
        RunSQL(f"GRANT INSERT ON {NEXT} TO {KEEPER}"),
        RunSQL(f"GRANT SELECT, DELETE ON {NEXT} TO {DEFINER}"),
        RunSQL(f"ALTER TABLE {NEXT} ENABLE ROW LEVEL SECURITY"),
        RunSQL(f"ALTER TABLE {NEXT} FORCE ROW LEVEL SECURITY"),
        RunSQL(
            f"CREATE POLICY made_by_keeper ON {NEXT} FOR INSERT TO {KEEPER}"
            " WITH CHECK (record = ANY (ARRAY(SELECT sealing_keeping())))"
        ),
        RunSQL(f"CREATE POLICY taken_by_definer ON {NEXT} FOR SELECT TO {DEFINER} USING (true)"),
        RunSQL(f"CREATE POLICY used_by_definer ON {NEXT} FOR DELETE TO {DEFINER} USING (true)"),
        RunSQL(
            f"CREATE POLICY reindexed_by_definer ON {TABLE} FOR UPDATE TO {DEFINER}"
            " USING ((SELECT sealing_reindexing()) IS NOT NULL)"
            " WITH CHECK (index_version = (SELECT sealing_reindexing()))"
        ),
        RunSQL(REINDEXED),
        RunSQL("REVOKE ALL ON FUNCTION registry_row_reindexed() FROM PUBLIC"),
        RunSQL(
            f"CREATE TRIGGER reindexed BEFORE UPDATE ON {TABLE} FOR EACH ROW"
            " EXECUTE FUNCTION registry_row_reindexed()"
        ),
        RunSQL(OUTDATED),
        RunSQL(
            f"CREATE TRIGGER outdated AFTER UPDATE ON {TABLE} FOR EACH ROW"
            " WHEN (OLD.index_version = NEW.index_version"
            " AND (OLD.decision_key, OLD.duplicate_key, OLD.act_key)"
            " IS DISTINCT FROM (NEW.decision_key, NEW.duplicate_key, NEW.act_key))"
            " EXECUTE FUNCTION registry_next_index_outdated()"
        ),
        *closed("registry_next_index_outdated()"),
        RunSQL(UNINDEXED),
        *closed(UNINDEXED_SIGNATURE, KEEPER),
        RunSQL(COUNTED),
        *closed(COUNTED_SIGNATURE, KEEPER),
        RunSQL(BEGUN),
        *closed(BEGUN_SIGNATURE, KEEPER),
        RunSQL(REINDEX),
        *closed(REINDEX_SIGNATURE, KEEPER),
        # Only its owner replaces a function; who may call it stays as it was.
        RunSQL(f"SET LOCAL ROLE {DEFINER}"),
        RunSQL(CORRECTS),
        RunSQL(DAY_STATE),
        RunSQL("SET LOCAL ROLE NONE"),
    ]
