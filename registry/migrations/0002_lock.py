"""Puts the lock on the records and lets filing ask, by keyed hashes only, what one decision holds already."""

from django.db import migrations
from django.db.migrations.operations import RunSQL

from sealing.lock_sql import lock_operations

# What is on file of given (subject, decision) pairs: no content, no right to browse, nothing without the keys.
FILED = """
CREATE FUNCTION registry_filed(subjects bytea[], decisions bytea[])
RETURNS TABLE (subject bytea, decision_key bytea, duplicate_key bytea, offence_code text, detention_days integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT record.subject, record.decision_key, record.duplicate_key, record.offence_code::text,
         coalesce(record.detention_days, 0)::integer
    FROM unnest(subjects, decisions) AS wanted (subject, decision)
    JOIN registry_violationrecord AS record
      ON record.subject = wanted.subject AND record.decision_key = wanted.decision
   WHERE record.sealed_at IS NOT NULL
$$
"""
SIGNATURE = "registry_filed(bytea[], bytea[])"


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial"), ("sealing", "0001_log_and_lock")]

    operations = [
        *lock_operations("registry_violationrecord"),
        RunSQL(FILED),
        RunSQL(f"REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC"),
        RunSQL(f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO registry_app"),
        RunSQL(f"ALTER FUNCTION {SIGNATURE} OWNER TO registry_definer"),
    ]
