"""Dropping a month of the log: a term that only the owner sets, an order of two accounts, and the one function that drops.

Each act is a row that nobody changes, written together with its entry. One statement an item; nothing here has a reverse.
"""

from importlib import import_module

from django.db import migrations, models
from django.db.migrations.operations import RunSQL

LOG, APP, AUDITOR, DEFINER = (
    "sealing_auditentry",
    "registry_app",
    "registry_auditor",
    "registry_definer",
)
function = import_module("sealing.migrations.0001_log_and_lock").function

KIND = f"""
DO $$
DECLARE
  kinds text := (SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
                  WHERE conrelid = '{LOG}'::regclass AND conname = '{LOG}_kind_check');
BEGIN
  EXECUTE format(
    'ALTER TABLE {LOG} DROP CONSTRAINT {LOG}_kind_check,
       ADD CONSTRAINT {LOG}_kind_check CHECK (kind = ''retention'' OR %s)', kinds);
END $$
"""  # noqa: S608 - no value is put in

# No row: the log is kept without end. The newest row counts.
TERM = """
CREATE TABLE sealing_term (
  number integer PRIMARY KEY,
  years integer NOT NULL CHECK (years >= 30),
  legal_basis text NOT NULL CHECK (legal_basis <> ''),
  at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
PROPOSAL = """
CREATE TABLE sealing_dropproposal (
  id uuid PRIMARY KEY,
  month date NOT NULL CHECK (month = date_trunc('month', month::timestamp)),
  document jsonb NOT NULL CHECK (octet_length(document::text) <= 8192),
  proposed_by text NOT NULL CHECK (proposed_by <> ''),
  entry uuid NOT NULL UNIQUE,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
DECISION = """
CREATE TABLE sealing_dropdecision (
  proposal uuid PRIMARY KEY REFERENCES sealing_dropproposal,
  approved boolean NOT NULL,
  note text NOT NULL CHECK (octet_length(note) <= 16384 AND approved = (note <> '')),
  decided_by text NOT NULL CHECK (decided_by <> ''),
  entry uuid NOT NULL UNIQUE,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
DROPPED = """
CREATE TABLE sealing_dropped (
  month date PRIMARY KEY,
  proposal uuid NOT NULL UNIQUE REFERENCES sealing_dropproposal,
  dropped_by text NOT NULL CHECK (dropped_by <> ''),
  entry uuid NOT NULL UNIQUE,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
TABLES = ("sealing_term", "sealing_dropproposal", "sealing_dropdecision", "sealing_dropped")

# The act is in the log, by the same account, in the same transaction.
ENTERED = """
CREATE FUNCTION sealing_retention_entered(wanted uuid, who text, act text, proposal uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM sealing_auditentry AS entry
    WHERE entry.id = wanted AND entry.kind = 'retention' AND entry.official = who
      AND entry.xid = pg_current_xact_id()
      AND convert_from(entry.body, 'UTF8')::jsonb #>> '{details,act}' = act
      AND convert_from(entry.body, 'UTF8')::jsonb #>> '{details,order}' = proposal::text)
$$
"""
ENTERED_SIGNATURE = "sealing_retention_entered(uuid, text, text, uuid)"
PROPOSED = """
CREATE FUNCTION sealing_drop_proposed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.at := clock_timestamp();
  IF NOT sealing_retention_entered(NEW.entry, NEW.proposed_by, 'drop_proposed', NEW.id) THEN
    RAISE EXCEPTION 'refused: a proposal without its entry' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (NEW.document ->> 'order', NEW.document ->> 'month', NEW.document ->> 'proposed_by')
     IS DISTINCT FROM (NEW.id::text, to_char(NEW.month, 'YYYY-MM'), NEW.proposed_by) THEN
    RAISE EXCEPTION 'refused: a proposal that is not its document' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""
DECIDED = """
CREATE FUNCTION sealing_drop_decided() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  made sealing_dropproposal;
BEGIN
  NEW.at := clock_timestamp();
  SELECT * INTO made FROM sealing_dropproposal WHERE id = NEW.proposal;
  IF NOT FOUND OR made.proposed_by = NEW.decided_by THEN
    RAISE EXCEPTION 'refused: whoever proposes does not decide' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NOT sealing_retention_entered(NEW.entry, NEW.decided_by,
      CASE WHEN NEW.approved THEN 'drop_approved' ELSE 'drop_refused' END, NEW.proposal) THEN
    RAISE EXCEPTION 'refused: a decision without its entry' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.approved AND split_part(NEW.note, E'\\n', 2)::jsonb IS DISTINCT FROM
      made.document || jsonb_build_object('approved_by', NEW.decided_by) THEN
    RAISE EXCEPTION 'refused: an order that is not what was proposed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""

# Everything but the signature, which a database cannot check: `drop_month` does, and each verification afterwards.
MAY_DROP = """
CREATE FUNCTION sealing_may_drop(wanted uuid) RETURNS date LANGUAGE plpgsql AS $$
DECLARE
  made sealing_dropproposal;
  decided sealing_dropdecision;
  kept integer := (SELECT greatest(years, 30) FROM sealing_term ORDER BY number DESC LIMIT 1);
  signed bigint := (SELECT max(size) FROM sealing_checkpoint);
  part text;
  found_entries bigint;
  proven bigint;
  digest text;
BEGIN
  SELECT * INTO made FROM sealing_dropproposal WHERE id = wanted;
  SELECT * INTO decided FROM sealing_dropdecision WHERE proposal = wanted AND approved;
  IF made.id IS NULL OR decided.proposal IS NULL OR made.proposed_by = decided.decided_by THEN
    RAISE EXCEPTION 'refused: no order that two accounts made' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF kept IS NULL THEN
    RAISE EXCEPTION 'refused: the log is kept without end' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF made.month + interval '1 month' + make_interval(years => kept) > (clock_timestamp() AT TIME ZONE 'UTC') THEN
    RAISE EXCEPTION 'refused: the month is younger than the term' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF decided.at > clock_timestamp() - interval '7 days' THEN
    RAISE EXCEPTION 'refused: the order is younger than seven days' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (SELECT count(*) FROM sealing_leaf WHERE entry IN (made.entry, decided.entry) AND index < signed) < 2 THEN
    RAISE EXCEPTION 'refused: the order is not under a checkpoint' USING ERRCODE = 'insufficient_privilege';
  END IF;
  part := 'sealing_auditentry_' || to_char(made.month, 'YYYYMM');
  IF part IS DISTINCT FROM (SELECT min(c.relname::text) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                             WHERE i.inhparent = 'sealing_auditentry'::regclass) THEN
    RAISE EXCEPTION 'refused: it is not the oldest month' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT count(*), count(leaf.index) FILTER (WHERE leaf.index < signed AND leaf.leaf_hash = entry.leaf_hash),
         encode(sha256(coalesce(string_agg(int8send(leaf.index) || leaf.leaf_hash, ''::bytea ORDER BY leaf.index), '')), 'hex')
    INTO found_entries, proven, digest
    FROM sealing_auditentry AS entry LEFT JOIN sealing_leaf AS leaf ON leaf.entry = entry.id
   WHERE entry.id >= sealing_first_key(made.month)
     AND entry.id < sealing_first_key((made.month + interval '1 month')::date);
  IF proven <> found_entries THEN
    RAISE EXCEPTION 'refused: not every entry is under a checkpoint' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF found_entries <> (made.document ->> 'entries')::bigint OR digest IS DISTINCT FROM made.document ->> 'leaves'
     OR (made.document ->> 'archive') !~ '^[0-9a-f]{64}$' THEN
    RAISE EXCEPTION 'refused: the order is not about these entries' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN made.month;
END $$
"""
CARRIED_OUT = """
CREATE FUNCTION sealing_drop_carried_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.at := clock_timestamp();
  NEW.month := sealing_may_drop(NEW.proposal);
  IF NOT sealing_retention_entered(NEW.entry, NEW.dropped_by, 'dropped', NEW.proposal) THEN
    RAISE EXCEPTION 'refused: dropping without an entry' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""

# Called by the owner of the tables, as nobody else can drop them; it has no rights of its own to lend.
DROP = """
CREATE FUNCTION sealing_drop_month(wanted uuid, who text, entered uuid) RETURNS date
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
  gone date;
  part text;
BEGIN
  INSERT INTO sealing_dropped (proposal, dropped_by, entry) VALUES (wanted, who, entered) RETURNING month INTO gone;
  part := 'sealing_auditentry_' || to_char(gone, 'YYYYMM');
  EXECUTE format('ALTER TABLE public.sealing_auditentry DETACH PARTITION public.%I', part);
  EXECUTE format('DROP TABLE public.%I', part);
  RETURN gone;
END $$
"""


def kept(table: str) -> list[RunSQL]:
    """Let rows be added to a table and never changed, and the application read it."""
    return [
        RunSQL(statement)
        for statement in (
            f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION sealing_refuse()",
            f"CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION sealing_refuse()",
            f"REVOKE ALL ON {table} FROM {APP}",
            f"GRANT SELECT ON {table} TO {APP}, {AUDITOR}",
        )
    ]


def judged(table: str, by: str) -> RunSQL:
    """Let a function judge each new row of a table."""
    return RunSQL(
        f"CREATE TRIGGER judged BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {by}()"
    )


class Migration(migrations.Migration):
    dependencies = [("sealing", "0006_cosignatures")]

    operations = [
        RunSQL(KIND),
        *(RunSQL(table) for table in (TERM, PROPOSAL, DECISION, DROPPED)),
        *function(ENTERED, ENTERED_SIGNATURE, APP, definer=True),
        # The owner calls it when a month is dropped; a right given before the function changed hands would be lost.
        RunSQL(f"SET LOCAL ROLE {DEFINER}"),
        RunSQL(f"GRANT EXECUTE ON FUNCTION {ENTERED_SIGNATURE} TO registry_owner"),
        RunSQL("SET LOCAL ROLE NONE"),
        *function(PROPOSED, "sealing_drop_proposed()"),
        *function(DECIDED, "sealing_drop_decided()"),
        *function(MAY_DROP, "sealing_may_drop(uuid)"),
        *function(CARRIED_OUT, "sealing_drop_carried_out()"),
        *function(DROP, "sealing_drop_month(uuid, text, uuid)"),
        *(operation for table in TABLES for operation in kept(table)),
        judged("sealing_dropproposal", "sealing_drop_proposed"),
        judged("sealing_dropdecision", "sealing_drop_decided"),
        judged("sealing_dropped", "sealing_drop_carried_out"),
        RunSQL(f"GRANT INSERT ON sealing_dropproposal, sealing_dropdecision TO {APP}"),
        migrations.CreateModel(
            name="DropProposal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        editable=False, primary_key=True, serialize=False, verbose_name="order"
                    ),
                ),
                ("month", models.DateField(editable=False, verbose_name="month")),
                ("document", models.JSONField(editable=False, verbose_name="document")),
                (
                    "proposed_by",
                    models.TextField(editable=False, verbose_name="proposed by"),
                ),
                ("entry", models.UUIDField(editable=False, verbose_name="entry")),
                ("at", models.DateTimeField(editable=False, verbose_name="proposed at")),
            ],
            options={
                "verbose_name": "order to drop a month",
                "verbose_name_plural": "retention of the log",
                "db_table": "sealing_dropproposal",
                "ordering": ["-at"],
                "managed": False,
                "default_permissions": ("view",),
            },
        ),
    ]
