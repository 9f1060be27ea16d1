"""Numbers filed and numbers issued, and what a day's statement counts. One statement an item; no reverse for guards."""

import django.contrib.postgres.indexes
from django.db import migrations, models
from django.db.migrations.operations import RunSQL

import sealing.uuid7

TABLES = ("registry_filednumber", "registry_oddnumber", "registry_issuedrange")

# By columns and not by table: the system columns xmin and ctid would lead from a number to the log's entry.
AUDITOR_READS = (
    "registry_filednumber (organ_code, series, year, sequence, filed_on)",
    "registry_oddnumber (organ_code, year, filed_on)",
    "registry_issuedrange (id, organ_code, series, year, first_number, last_number, stated_by, stated_at)",
)

# Numbers only, and of whole days only. An entry belongs to the day its key was made on.
DAY_STATE = """
CREATE FUNCTION registry_day_state(day date, organ text)
RETURNS TABLE (filed bigint, sealed bigint, without_entry bigint, entries bigint, last_entry uuid, last_leaf bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  since timestamptz := day::timestamp AT TIME ZONE 'Asia/Shanghai';
  until timestamptz := (day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai';
  first_key uuid := (lpad(to_hex((extract(epoch FROM since) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
  next_key uuid := (lpad(to_hex((extract(epoch FROM until) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
BEGIN
  SELECT count(*), count(record.id) INTO filed, sealed
    FROM (SELECT entry.id, entry.subject, convert_from(entry.body, 'UTF8')::jsonb -> 'details' AS details
            FROM sealing_auditentry AS entry
           WHERE entry.kind = 'filing' AND entry.outcome = 'filed'
             AND entry.id >= first_key AND entry.id < next_key) AS filing
    LEFT JOIN registry_violationrecord AS record
      ON record.id = (filing.details ->> 'record')::uuid AND record.subject = filing.subject
     AND record.entry = filing.id AND record.sealed_at IS NOT NULL
   WHERE organ IN ('', filing.details ->> 'organ');
  SELECT count(*) INTO without_entry
    FROM registry_violationrecord AS record
   WHERE record.sealed_at >= since AND record.sealed_at < until AND organ IN ('', record.organ_code)
     AND NOT EXISTS (SELECT 1 FROM sealing_auditentry AS entry
                      WHERE entry.id = record.entry AND entry.subject = record.subject
                        AND entry.kind = 'filing' AND entry.outcome = 'filed');
  SELECT count(*) INTO entries FROM sealing_auditentry AS entry WHERE entry.id < next_key;
  SELECT entry.id, entry.leaf_hash INTO last_entry, last_leaf
    FROM sealing_auditentry AS entry WHERE entry.id < next_key ORDER BY entry.id DESC LIMIT 1;
  RETURN NEXT;
END $$
"""
SIGNATURE = "registry_day_state(date, text)"

# What may be told of a calendar month of filing that is over: nothing can be filed into it any more, months do not
# overlap, and there is no other way to ask. A cell is told when at least ten different persons are in it, rounded
# to ten. Where one cell is withheld, or those withheld hold fewer than ten persons, the smallest of the others is
# withheld with them, so that the total does not give it away.
COUNTS = """
CREATE FUNCTION registry_counts(month date) RETURNS TABLE (dimension text, category text, records integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  since timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'Asia/Shanghai';
  until timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'Asia/Shanghai';
BEGIN
  IF until > clock_timestamp() THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH counted AS (
    SELECT record.subject, record.organ_code::text AS organ,
           ltrim(split_part(record.offence_code, '-', 2), '0') AS article,
           CASE WHEN record.foreigner_measure <> 'none' THEN 'other'
                WHEN record.detention_days IS NOT NULL AND record.fine IS NOT NULL THEN 'detention_and_fine'
                WHEN record.detention_days IS NOT NULL THEN 'detention'
                WHEN record.fine IS NOT NULL THEN 'fine'
                WHEN record.warning THEN 'warning'
                ELSE 'other' END AS penalty
      FROM registry_violationrecord AS record
     WHERE record.sealed_at >= since AND record.sealed_at < until AND record.outcome = ''
  ), cells AS (
    SELECT cell.dimension, cell.category, count(*) AS held, count(DISTINCT counted.subject) AS persons
      FROM counted CROSS JOIN LATERAL
           (VALUES ('all', ''), ('article', article), ('organ', organ), ('penalty', penalty)) AS cell (dimension, category)
     GROUP BY cell.dimension, cell.category
  ), withheld AS (
    SELECT cells.dimension, count(*) AS kinds, sum(persons) AS persons
      FROM cells WHERE persons < 10 GROUP BY cells.dimension
  ), told AS (
    SELECT cells.*, row_number() OVER (PARTITION BY cells.dimension ORDER BY held, cells.category) AS rank
      FROM cells WHERE persons >= 10
  )
  SELECT told.dimension, told.category, (round(told.held / 10.0) * 10)::integer
    FROM told LEFT JOIN withheld ON withheld.dimension = told.dimension
   WHERE withheld.kinds IS NULL OR told.rank > 1 OR (withheld.kinds > 1 AND withheld.persons >= 10)
   ORDER BY 1, 3 DESC, 2;
END $$
"""
COUNTS_SIGNATURE = "registry_counts(date)"


def kept(table: str) -> list[RunSQL]:
    """Let rows be added and nothing else, for every role."""
    statements = (
        f"REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {table} FROM registry_app",
        f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION sealing_refuse()",
        f"CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION sealing_refuse()",
    )
    return [RunSQL(statement) for statement in statements]


def readable(columns: str) -> RunSQL:
    """Let auditors read these columns of a table."""
    table, _, names = columns.partition(" ")
    return RunSQL(f"GRANT SELECT {names} ON {table} TO registry_auditor")


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_corrections")]

    operations = [
        migrations.CreateModel(
            name="FiledNumber",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organ_code",
                        "series",
                        "year",
                        "sequence",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organ_code", models.CharField(max_length=40, verbose_name="organ code")),
                ("series", models.CharField(max_length=30, verbose_name="series")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("sequence", models.PositiveIntegerField(verbose_name="number")),
                ("filed_on", models.DateField(verbose_name="filed on")),
            ],
            options={"verbose_name": "filed number", "default_permissions": ()},
        ),
        migrations.CreateModel(
            name="OddNumber",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organ_code",
                        "year",
                        "number_key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organ_code", models.CharField(max_length=40, verbose_name="organ code")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("number_key", models.BinaryField(max_length=32)),
                ("filed_on", models.DateField(verbose_name="filed on")),
            ],
            options={"verbose_name": "number of an unusual form", "default_permissions": ()},
        ),
        migrations.CreateModel(
            name="IssuedRange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sealing.uuid7.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organ_code", models.CharField(max_length=40, verbose_name="organ code")),
                ("series", models.CharField(max_length=30, verbose_name="series")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("first_number", models.PositiveIntegerField(verbose_name="first number")),
                ("last_number", models.PositiveIntegerField(verbose_name="last number")),
                ("stated_by", models.CharField(max_length=40, verbose_name="stated by")),
                ("stated_at", models.DateTimeField(verbose_name="stated at")),
            ],
            options={
                "verbose_name": "completeness",
                "verbose_name_plural": "completeness",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        fields=["organ_code", "series", "year", "id"], name="issued_latest"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("first_number__gte", 1), ("last_number__gte", models.F("first_number"))
                        ),
                        name="issued_range_in_order",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="violationrecord",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["sealed_at"], name="record_sealed_at"
            ),
        ),
        *(operation for table in TABLES for operation in kept(table)),
        *(readable(columns) for columns in AUDITOR_READS),
        RunSQL(DAY_STATE),
        RunSQL(f"REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC"),
        RunSQL(f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO registry_app, registry_auditor"),
        RunSQL(f"ALTER FUNCTION {SIGNATURE} OWNER TO registry_definer"),
        RunSQL(COUNTS),
        RunSQL(f"REVOKE ALL ON FUNCTION {COUNTS_SIGNATURE} FROM PUBLIC"),
        RunSQL(f"GRANT EXECUTE ON FUNCTION {COUNTS_SIGNATURE} TO registry_app"),
        RunSQL(f"ALTER FUNCTION {COUNTS_SIGNATURE} OWNER TO registry_definer"),
    ]
