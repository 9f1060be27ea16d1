"""The tree over the log: leaves, nodes, batches and checkpoints, which only the sequencer adds to and nobody changes.

From the first checkpoint on, the lock opens only while entries are sequenced and signed in time. One statement an
item; nothing here has a reverse.
"""

from importlib import import_module

from django.db import migrations
from django.db.migrations.operations import RunSQL

APP, AUDITOR, DEFINER, SEQUENCER = (
    "registry_app",
    "registry_auditor",
    "registry_definer",
    "registry_sequencer",
)
function = import_module("sealing.migrations.0001_log_and_lock").function

LEAF = """
CREATE TABLE sealing_leaf (
  index bigint PRIMARY KEY CHECK (index >= 0),
  entry uuid NOT NULL UNIQUE,
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32)
)
"""
NODE = """
CREATE TABLE sealing_node (
  level smallint CHECK (level BETWEEN 1 AND 62),
  index bigint CHECK (index >= 0),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (level, index)
)
"""
# What one transaction of the sequencer appended: every entry below the watermark is in the tree of this size. The first
# batches after the database moved to another cluster are reconciled: found by what is missing, not by the watermark.
BATCH = """
CREATE TABLE sealing_batch (
  number bigint PRIMARY KEY CHECK (number >= 1),
  size bigint NOT NULL CHECK (size >= 0),
  watermark xid8 NOT NULL,
  system_identifier bigint NOT NULL,
  reconciled boolean NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
CHECKPOINT = """
CREATE TABLE sealing_checkpoint (
  origin text CHECK (origin <> ''),
  size bigint CHECK (size >= 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  note text NOT NULL CHECK (octet_length(note) <= 65536),
  signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (origin, size)
)
"""
PATIENCE = """
CREATE TABLE sealing_patience (
  step text PRIMARY KEY,
  seconds integer NOT NULL CHECK (seconds > 0)
)
"""
TABLES = ("sealing_leaf", "sealing_node", "sealing_batch", "sealing_checkpoint")

# Rights say the same of the application and the auditors; this binds the owner of the tables too, and sets the time.
SEQUENCED = """
CREATE FUNCTION sealing_sequenced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user <> 'registry_sequencer' THEN
    RAISE EXCEPTION 'refused: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""
TIMED = """
CREATE FUNCTION sealing_timed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'sealing_batch' THEN
    NEW.at := clock_timestamp();
  ELSE
    NEW.signed_at := clock_timestamp();
  END IF;
  RETURN NEW;
END $$
"""

# An error and never zero rows, which would be taken for an answer. The waiting entry is looked for among those of the
# day before the last batch and after it, so that one or two partitions are read and not all.
PROVABLE = """
CREATE FUNCTION sealing_provable() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  signed bigint;
  last sealing_batch;
  since uuid;
  until uuid;
  waiting timestamptz;
  unsequenced timestamptz := clock_timestamp() - make_interval(secs =>
    (SELECT seconds FROM sealing_patience WHERE step = 'sequencing'));
  unsigned timestamptz := clock_timestamp() - make_interval(secs =>
    (SELECT seconds FROM sealing_patience WHERE step = 'signing'));
BEGIN
  SELECT size INTO signed FROM sealing_checkpoint ORDER BY signed_at DESC LIMIT 1;
  IF NOT FOUND THEN
    RETURN true;
  END IF;
  SELECT * INTO last FROM sealing_batch ORDER BY number DESC LIMIT 1;
  IF last.system_identifier IS DISTINCT FROM (SELECT system_identifier FROM pg_control_system()) THEN
    RAISE EXCEPTION 'refused: the log was not sequenced since the database moved'
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  since := (lpad(to_hex((extract(epoch FROM last.at - interval '1 day') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
  until := (lpad(to_hex((extract(epoch FROM clock_timestamp() + interval '1 day') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
  SELECT entry.at INTO waiting FROM sealing_auditentry AS entry
   WHERE entry.id >= since AND entry.id < until AND entry.xid >= last.watermark
     AND NOT EXISTS (SELECT FROM sealing_leaf AS leaf WHERE leaf.entry = entry.id)
   ORDER BY entry.xid LIMIT 1;
  IF waiting < unsequenced THEN
    RAISE EXCEPTION 'refused: audit entries wait to be sequenced'
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  SELECT batch.at INTO waiting FROM sealing_batch AS batch WHERE batch.size > signed ORDER BY batch.size LIMIT 1;
  IF waiting < unsigned THEN
    RAISE EXCEPTION 'refused: the log''s tree waits to be signed'
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  RETURN true;
END $$
"""

# Asked once by whoever presents an entry, so that the answer is the same whether there is a record or not; and again
# by the lock, for whoever goes round that.
PRESENT = """
CREATE OR REPLACE FUNCTION sealing_present(entry uuid, subject bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM sealing_provable();
  EXECUTE format('SET LOCAL sealing.entry = %L', entry);
  EXECUTE format('SET LOCAL sealing.subject = %L', encode(subject, 'hex'));
END $$
"""
OPEN = """
CREATE OR REPLACE FUNCTION sealing_open(wanted bytea) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM 1 FROM sealing_auditentry AS entry
    WHERE entry.subject = wanted
      AND entry.id = nullif(current_setting('sealing.entry', true), '')::uuid
      AND entry.kind = 'lookup' AND entry.outcome = 'granted'
      AND entry.at > clock_timestamp() - interval '30 seconds'
      AND entry.at <= clock_timestamp()
      AND entry.xid IS DISTINCT FROM pg_current_xact_id_if_assigned();
  RETURN FOUND AND sealing_flushed() AND sealing_provable();
END $$
"""

# Where an entry stands, for whoever knows its key: a list of keys would let the application find others' lookups.
PLACE = """
CREATE FUNCTION sealing_place(wanted uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT leaf.index FROM sealing_leaf AS leaf WHERE leaf.entry = wanted
$$
"""


def kept(table: str) -> list[RunSQL]:
    """Refuse changes of a table to everybody, and additions to all but the sequencer."""
    row, whole = "FOR EACH ROW EXECUTE FUNCTION", "FOR EACH STATEMENT EXECUTE FUNCTION"
    return [
        RunSQL(statement)
        for statement in (
            f"CREATE TRIGGER sequenced BEFORE INSERT ON {table} {row} sealing_sequenced()",
            f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {table} {row} sealing_refuse()",
            f"CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {table} {whole} sealing_refuse()",
            f"REVOKE ALL ON {table} FROM {APP}",
            f"GRANT SELECT ON {table} TO {AUDITOR}, {DEFINER}",
            f"GRANT SELECT, INSERT ON {table} TO {SEQUENCER}",
        )
    ]


class Migration(migrations.Migration):
    dependencies = [("sealing", "0003_rotation")]

    operations = [
        *(RunSQL(table) for table in (LEAF, NODE, BATCH, CHECKPOINT, PATIENCE)),
        RunSQL("CREATE INDEX sealing_batch_size ON sealing_batch (size)"),
        RunSQL("CREATE INDEX sealing_checkpoint_signed ON sealing_checkpoint (signed_at)"),
        RunSQL("CREATE INDEX sealing_log_xid ON sealing_auditentry (xid)"),
        RunSQL("INSERT INTO sealing_patience VALUES ('sequencing', 60), ('signing', 600)"),
        *function(SEQUENCED, "sealing_sequenced()"),
        *function(TIMED, "sealing_timed()"),
        *(operation for table in TABLES for operation in kept(table)),
        *(
            RunSQL(
                f"CREATE TRIGGER timed BEFORE INSERT ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION sealing_timed()"
            )
            for table in ("sealing_batch", "sealing_checkpoint")
        ),
        RunSQL(f"GRANT SELECT (index, leaf_hash) ON sealing_leaf TO {APP}"),
        RunSQL(f"GRANT SELECT ON sealing_node, sealing_checkpoint TO {APP}"),
        RunSQL(f"REVOKE ALL ON sealing_patience FROM {APP}"),
        RunSQL(f"GRANT SELECT ON sealing_patience TO {APP}, {DEFINER}"),
        RunSQL(f"GRANT SELECT (id, xid, body, leaf_hash) ON sealing_auditentry TO {SEQUENCER}"),
        *function(
            PROVABLE, "sealing_provable()", "registry_owner", "registry_keeper", APP, definer=True
        ),
        *function(PLACE, "sealing_place(uuid)", APP, AUDITOR, definer=True),
        RunSQL(PRESENT),
        RunSQL(f"SET LOCAL ROLE {DEFINER}"),
        RunSQL(OPEN),
        RunSQL("SET LOCAL ROLE NONE"),
    ]
