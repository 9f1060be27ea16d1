"""Lets the keeper of the keys enter what it does, and read and rekey only what it has entered. One statement an item."""

from django.db import migrations
from django.db.migrations.operations import RunSQL

LOG, KEEPER, DEFINER = "sealing_auditentry", "registry_keeper", "registry_definer"

# Beside whatever kinds there are: the keeper's own.
KIND = f"""
DO $$
DECLARE
  kinds text := (SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
                  WHERE conrelid = '{LOG}'::regclass AND conname = '{LOG}_kind_check');
BEGIN
  EXECUTE format(
    'ALTER TABLE {LOG} DROP CONSTRAINT {LOG}_kind_check,
       ADD CONSTRAINT {LOG}_kind_check CHECK (kind = ''rotation'' OR %s)', kinds);
END $$
"""  # noqa: S608 - no value is put in

OF_ITS_ROLE = """
CREATE FUNCTION sealing_entry_of_its_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (current_user = 'registry_keeper') <> (NEW.kind = 'rotation') THEN
    RAISE EXCEPTION 'refused: an entry of a kind that is not this role''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""

# The envelope's version of key: bytes 3 and 4, big endian. 0 is no envelope.
VERSION = """
CREATE FUNCTION sealing_version(envelope bytea) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN octet_length(envelope) >= 32
              THEN get_byte(substring(envelope FROM 1 FOR 4), 2) * 256 + get_byte(substring(envelope FROM 1 FOR 4), 3)
              WHEN envelope IS NOT NULL THEN 0 END
$$
"""

# Nothing but sealed columns may differ; of these only key, nonce and what they make of a text of the same length.
ONLY_REKEYED = """
CREATE FUNCTION sealing_only_rekeyed(before jsonb, after jsonb, columns text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text;
  was bytea;
  becomes bytea;
BEGIN
  IF cardinality(columns) = 0 OR before - columns IS DISTINCT FROM after - columns THEN
    RAISE EXCEPTION 'refused: rotation changes ciphertext only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  FOREACH name IN ARRAY columns LOOP
    was := (before ->> name)::bytea;
    becomes := (after ->> name)::bytea;
    CONTINUE WHEN was IS NOT DISTINCT FROM becomes;
    IF was IS NULL OR becomes IS NULL OR octet_length(was) <> octet_length(becomes)
       OR get_byte(becomes, 0) <> get_byte(was, 0) OR get_byte(becomes, 1) NOT IN (1, 2)
       OR sealing_version(becomes) <= sealing_version(was)
       OR substring(becomes FROM 5) = substring(was FROM 5) THEN
      RAISE EXCEPTION 'refused: not the same text under a newer key' USING ERRCODE = 'insufficient_privilege';
    END IF;
  END LOOP;
END $$
"""

# A generated column has no value yet in NEW before the row is written.
CHANGED = """
CREATE OR REPLACE FUNCTION sealing_row_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'registry_keeper' THEN
    PERFORM sealing_only_rekeyed(to_jsonb(OLD) - 'sealed', to_jsonb(NEW) - 'sealed', TG_ARGV);
    RETURN NEW;
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

REKEYED = """
CREATE FUNCTION sealing_row_rekeyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'registry_keeper' THEN
    PERFORM sealing_only_rekeyed(to_jsonb(OLD), to_jsonb(NEW), TG_ARGV);
  END IF;
  RETURN NEW;
END $$
"""

# Of a table to which rows are only added: rekeying, and no other change by anybody.
ADDED_ONLY = """
CREATE FUNCTION sealing_row_only_rekeyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user <> 'registry_keeper' THEN
    RAISE EXCEPTION 'refused: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM sealing_only_rekeyed(to_jsonb(OLD), to_jsonb(NEW), TG_ARGV);
  RETURN NEW;
END $$
"""

# The rows that the entry presented names: committed by an earlier transaction, fresh, on disk. None otherwise.
OPEN_TO_KEEPER = """
CREATE FUNCTION sealing_keeping() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  rows jsonb;
BEGIN
  SELECT convert_from(entry.body, 'UTF8')::jsonb -> 'details' -> 'rows' INTO rows
    FROM sealing_auditentry AS entry
   WHERE entry.subject = decode(repeat('00', 32), 'hex')
     AND entry.id = nullif(current_setting('sealing.entry', true), '')::uuid
     AND entry.kind = 'rotation' AND entry.outcome = 'granted'
     AND entry.at > clock_timestamp() - interval '30 seconds'
     AND entry.at <= clock_timestamp()
     AND entry.xid IS DISTINCT FROM pg_current_xact_id_if_assigned();
  IF FOUND AND jsonb_typeof(rows) = 'array' AND sealing_flushed() THEN
    RETURN QUERY SELECT value::uuid FROM jsonb_array_elements_text(rows);
  END IF;
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
    dependencies = [("sealing", "0002_log_filters")]

    operations = [
        RunSQL(KIND),
        RunSQL(f"GRANT INSERT ON {LOG} TO {KEEPER}"),
        *function(OF_ITS_ROLE, "sealing_entry_of_its_role()"),
        RunSQL(
            f"CREATE TRIGGER of_its_role BEFORE INSERT ON {LOG}"
            " FOR EACH ROW EXECUTE FUNCTION sealing_entry_of_its_role()"
        ),
        *function(VERSION, "sealing_version(bytea)", KEEPER, DEFINER),
        *function(ONLY_REKEYED, "sealing_only_rekeyed(jsonb, jsonb, text[])", KEEPER),
        RunSQL(CHANGED),
        *function(REKEYED, "sealing_row_rekeyed()"),
        *function(ADDED_ONLY, "sealing_row_only_rekeyed()"),
        *function(OPEN_TO_KEEPER, "sealing_keeping()", KEEPER, definer=True),
        RunSQL(f"GRANT EXECUTE ON FUNCTION sealing_present(uuid, bytea) TO {KEEPER}"),
    ]
