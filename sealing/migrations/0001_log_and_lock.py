"""The audit log with its guards, and the functions the lock is made of. One statement an item.

Nothing here has a reverse: neither the log nor the lock is taken off by migrating backwards.
"""

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.migrations.operations import RunSQL

LOG = """
CREATE TABLE sealing_auditentry (
  id uuid PRIMARY KEY,
  subject bytea NOT NULL CHECK (octet_length(subject) = 32),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  person text NOT NULL CHECK (person = '' OR person ~ '^[0-9a-f]{64}$'),
  kind text NOT NULL CHECK (kind IN
    ('inquiry', 'lookup', 'filing', 'review', 'search', 'role', 'authorisation')),
  outcome text NOT NULL CHECK (outcome IN
    ('received', 'under_review', 'granted', 'denied', 'disclosed', 'failed', 'filed', 'done')),
  unit text NOT NULL,
  official text NOT NULL,
  exception text NOT NULL CHECK (exception IN ('', 'case_handling', 'state_regulation')),
  provision text NOT NULL,
  reasons text[] NOT NULL,
  inquiry text NOT NULL,
  body bytea NOT NULL CHECK (octet_length(body) BETWEEN 2 AND 65536),
  leaf_hash bytea NOT NULL CHECK (leaf_hash = sha256('\\x00'::bytea || body)),
  UNIQUE (subject, id)
) PARTITION BY RANGE (id)
"""

REFUSE = """
CREATE FUNCTION sealing_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'refused: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""

# The caller states; the database sets time and transaction and checks that the columns say what was hashed.
STAMP = """
CREATE FUNCTION sealing_entry_stamped() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  stated jsonb := convert_from(NEW.body, 'UTF8')::jsonb;
  made double precision := ('x' || left(replace(NEW.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0;
BEGIN
  NEW.at := clock_timestamp();
  NEW.xid := pg_current_xact_id();
  IF abs(extract(epoch FROM NEW.at) - made) > 300
     OR abs(extract(epoch FROM NEW.at - (stated ->> 'stated_at')::timestamptz)) > 300 THEN
    RAISE EXCEPTION 'audit entry dated more than 300 s from now' USING ERRCODE = 'check_violation';
  END IF;
  IF (stated ->> 'id', stated ->> 'person', stated ->> 'kind', stated ->> 'outcome', stated ->> 'unit',
      stated ->> 'official', stated ->> 'exception', stated ->> 'provision', stated ->> 'inquiry',
      stated -> 'reasons')
     IS DISTINCT FROM
     (NEW.id::text, NEW.person, NEW.kind, NEW.outcome, NEW.unit,
      NEW.official, NEW.exception, NEW.provision, NEW.inquiry, to_jsonb(NEW.reasons)) THEN
    RAISE EXCEPTION 'audit entry whose columns differ from its body' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""

# The first key of a month: its milliseconds since 1970 in the first 48 bits, zeros behind.
FIRST_KEY = """
CREATE FUNCTION sealing_first_key(month date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM month::timestamp) * 1000)::bigint), 12, '0')
          || repeat('0', 20))::uuid
$$
"""

PREPARE = """
CREATE FUNCTION sealing_prepare_months(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  first date := date_trunc('month', (now() AT TIME ZONE 'UTC') - interval '1 day')::date;
  month date;
  part text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('sealing_prepare_months'));
  FOR step IN 0 .. least(greatest(ahead, 1), 120) LOOP
    month := (first + make_interval(months => step))::date;
    part := 'sealing_auditentry_' || to_char(month, 'YYYYMM');
    CONTINUE WHEN to_regclass('public.' || part) IS NOT NULL;
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.sealing_auditentry FOR VALUES FROM (%L) TO (%L)',
      part, sealing_first_key(month), sealing_first_key((month + interval '1 month')::date));
    EXECUTE format('REVOKE ALL ON public.%I FROM registry_app', part);
    EXECUTE format('CREATE TRIGGER kept_whole BEFORE TRUNCATE ON public.%I
      FOR EACH STATEMENT EXECUTE FUNCTION sealing_refuse()', part);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$
"""

# Puts everything that is visible now on disk. From version 17 a message can be flushed; before, ending the log's segment
# flushes it, which is dear, so a commit of somebody else is waited for first. When nothing helps the read is an error:
# zero rows would be taken for an answer.
FLUSHED = """
CREATE FUNCTION sealing_flushed() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  seen pg_lsn := pg_current_wal_insert_lsn();
BEGIN
  IF pg_current_wal_flush_lsn() >= seen THEN
    RETURN true;
  END IF;
  IF current_setting('server_version_num')::integer >= 170000 THEN
    PERFORM pg_logical_emit_message(false, 'sealing', '', true);
  ELSE
    PERFORM pg_sleep(0.005);
    IF pg_current_wal_flush_lsn() < seen THEN
      PERFORM pg_switch_wal();
    END IF;
  END IF;
  FOR round IN 1 .. 2000 LOOP
    IF pg_current_wal_flush_lsn() >= seen THEN
      RETURN true;
    END IF;
    PERFORM pg_sleep(0.001);
  END LOOP;
  RAISE EXCEPTION 'refused: the audit entry is not known to be on disk'
    USING ERRCODE = 'object_not_in_prerequisite_state';
END $$
"""

OPEN = """
CREATE FUNCTION sealing_open(wanted bytea) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM 1 FROM sealing_auditentry AS entry
    WHERE entry.subject = wanted
      AND entry.id = nullif(current_setting('sealing.entry', true), '')::uuid
      AND entry.kind = 'lookup' AND entry.outcome = 'granted'
      AND entry.at > clock_timestamp() - interval '30 seconds'
      AND entry.at <= clock_timestamp()
      AND entry.xid IS DISTINCT FROM pg_current_xact_id_if_assigned();
  RETURN FOUND AND sealing_flushed();
END $$
"""

# SET LOCAL and not set_config: only the former reaches the workers of a distributed engine.
PRESENT = """
CREATE FUNCTION sealing_present(entry uuid, subject bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SET LOCAL sealing.entry = %L', entry);
  EXECUTE format('SET LOCAL sealing.subject = %L', encode(subject, 'hex'));
END $$
"""

FILING_ENTERED = """
CREATE FUNCTION sealing_filing_entered(wanted bytea, filing uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT 1 FROM sealing_auditentry AS entry
    WHERE entry.subject = wanted AND entry.id = filing
      AND entry.kind = 'filing' AND entry.outcome = 'filed'
      AND entry.xid = pg_current_xact_id())
$$
"""

BORN = """
CREATE FUNCTION sealing_row_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sealed_at IS NOT NULL THEN
    NEW.sealed_at := clock_timestamp();
    IF NEW.entry IS NULL OR NOT sealing_filing_entered(NEW.subject, NEW.entry) THEN
      RAISE EXCEPTION 'refused: sealing without a filing entry' USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  RETURN NEW;
END $$
"""

CHANGED = """
CREATE FUNCTION sealing_row_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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

AUDITOR_READS = "id, at, xid, person, kind, outcome, unit, official, exception, provision, reasons, inquiry, body, leaf_hash"


def function(create: str, signature: str, *callers: str, definer: bool = False) -> list[RunSQL]:
    """Make a function and close it to all but its callers; one that looks where they may not gets the definer."""
    steps = [create, f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"]
    if callers:
        steps.append(f"GRANT EXECUTE ON FUNCTION {signature} TO {', '.join(callers)}")
    if definer:
        steps.append(f"ALTER FUNCTION {signature} OWNER TO registry_definer")
    return [RunSQL(step) for step in steps]


def index(name: str, columns: str, condition: str = "") -> RunSQL:
    """Index what auditors filter by, each followed by the key, which is the time."""
    return RunSQL(f"CREATE INDEX {name} ON sealing_auditentry ({columns}, id DESC) {condition}")


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        RunSQL(
            LOG,
            state_operations=[
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                editable=False,
                                primary_key=True,
                                serialize=False,
                                verbose_name="entry",
                            ),
                        ),
                        ("at", models.DateTimeField(editable=False, verbose_name="time")),
                        (
                            "person",
                            models.CharField(
                                blank=True, editable=False, max_length=64, verbose_name="person"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(editable=False, max_length=20, verbose_name="kind"),
                        ),
                        (
                            "outcome",
                            models.CharField(editable=False, max_length=20, verbose_name="outcome"),
                        ),
                        (
                            "unit",
                            models.CharField(
                                blank=True, editable=False, max_length=40, verbose_name="unit"
                            ),
                        ),
                        (
                            "official",
                            models.CharField(
                                blank=True, editable=False, max_length=40, verbose_name="official"
                            ),
                        ),
                        (
                            "exception",
                            models.CharField(
                                blank=True, editable=False, max_length=20, verbose_name="exception"
                            ),
                        ),
                        (
                            "provision",
                            models.CharField(
                                blank=True, editable=False, max_length=40, verbose_name="provision"
                            ),
                        ),
                        (
                            "reasons",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                editable=False,
                                size=None,
                                verbose_name="reasons",
                            ),
                        ),
                        (
                            "inquiry",
                            models.CharField(
                                blank=True, editable=False, max_length=40, verbose_name="receipt"
                            ),
                        ),
                        ("body", models.BinaryField(editable=False, verbose_name="body")),
                        ("leaf_hash", models.BinaryField(editable=False, verbose_name="leaf hash")),
                    ],
                    options={
                        "verbose_name": "audit entry",
                        "verbose_name_plural": "audit log",
                        "db_table": "sealing_auditentry",
                        "ordering": ["-id"],
                        "managed": False,
                        "default_permissions": ("view",),
                    },
                )
            ],
        ),
        RunSQL("REVOKE ALL ON sealing_auditentry FROM registry_app"),
        RunSQL("GRANT INSERT ON sealing_auditentry TO registry_app"),
        RunSQL("GRANT SELECT ON sealing_auditentry TO registry_definer"),
        RunSQL(f"GRANT SELECT ({AUDITOR_READS}) ON sealing_auditentry TO registry_auditor"),
        *function(REFUSE, "sealing_refuse()"),
        *function(STAMP, "sealing_entry_stamped()"),
        *function(FIRST_KEY, "sealing_first_key(date)"),
        RunSQL(
            "CREATE TRIGGER stamped BEFORE INSERT ON sealing_auditentry"
            " FOR EACH ROW EXECUTE FUNCTION sealing_entry_stamped()",
        ),
        RunSQL(
            "CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON sealing_auditentry"
            " FOR EACH ROW EXECUTE FUNCTION sealing_refuse()",
        ),
        RunSQL(
            "CREATE TRIGGER kept_whole BEFORE TRUNCATE ON sealing_auditentry"
            " FOR EACH STATEMENT EXECUTE FUNCTION sealing_refuse()",
        ),
        *function(PREPARE, "sealing_prepare_months(integer)", "registry_app"),
        RunSQL("SELECT sealing_prepare_months(36)"),
        index("sealing_log_unit", "unit"),
        index("sealing_log_official", "official"),
        index("sealing_log_person", "person", "WHERE person <> ''"),
        index("sealing_log_inquiry", "inquiry", "WHERE inquiry <> ''"),
        index("sealing_log_provision", "provision", "WHERE provision <> ''"),
        index("sealing_log_kind", "kind, outcome"),
        RunSQL(
            "CREATE INDEX sealing_log_reasons ON sealing_auditentry USING gin (reasons)",
        ),
        *function(FLUSHED, "sealing_flushed()", "registry_definer"),
        *function(OPEN, "sealing_open(bytea)", "registry_owner", "registry_app", definer=True),
        *function(PRESENT, "sealing_present(uuid, bytea)", "registry_app"),
        *function(
            FILING_ENTERED,
            "sealing_filing_entered(bytea, uuid)",
            "registry_owner",
            "registry_app",
            definer=True,
        ),
        *function(BORN, "sealing_row_born()"),
        *function(CHANGED, "sealing_row_changed()"),
    ]
