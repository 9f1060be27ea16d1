"""Lets a new row replace, end or note an old one, and tells filing what is on file and what of it is in force.

The old row is never touched. A row is replaced or ended at most once; what names an old row must name one of the
same subject that is in force.
"""

from django.db import migrations, models
from django.db.migrations.operations import RunSQL
from django.db.models import Q

import sealing.fields

TABLE, APP, DEFINER = "registry_violationrecord", "registry_app", "registry_definer"
OUTCOMES = (
    "correction",
    "changed",
    "partly_revoked",
    "revoked",
    "void",
    "redo",
    "upheld",
    "unlawful_but_kept",
)
NOTES = ("unlawful_but_kept", "upheld")

# The same rule as registry.in_force, for filing: it counts in the database, and no content leaves it.
IN_FORCE = f"""
  record.outcome IN ('', 'correction', 'changed', 'partly_revoked') AND NOT EXISTS (
    SELECT FROM {TABLE} AS later
     WHERE later.subject = record.subject AND later.replaces = record.id AND later.sealed_at IS NOT NULL
       AND NOT (later.outcome IN ('upheld', 'unlawful_but_kept')))
"""

# One line an act, under the key it would have as an ordinary record; no days (NULL) when it is no longer in force.
FILED = f"""
CREATE OR REPLACE FUNCTION registry_filed(subjects bytea[], decisions bytea[])
RETURNS TABLE (subject bytea, decision_key bytea, duplicate_key bytea, offence_code text, detention_days integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT found.subject, found.decision_key, found.act_key, min(found.offence_code),
         sum(found.days) FILTER (WHERE found.in_force)::integer
    FROM (
      SELECT record.subject, record.decision_key, coalesce(record.act_key, record.duplicate_key) AS act_key,
             record.offence_code::text, coalesce(record.detention_days, 0) AS days, {IN_FORCE} AS in_force
        FROM unnest(subjects, decisions) AS wanted (subject, decision)
        JOIN {TABLE} AS record
          ON record.subject = wanted.subject AND record.decision_key = wanted.decision
       WHERE record.sealed_at IS NOT NULL
         AND record.outcome IN ('', 'correction', 'changed', 'partly_revoked')
    ) AS found
   GROUP BY found.subject, found.decision_key, found.act_key
$$
"""  # noqa: S608 - no value is put in

# Which row a correction names: its key, and nothing it says. Only for the unit that filed it or decided it.
NAMED = f"""
CREATE FUNCTION registry_in_force(person bytea, decision bytea, act bytea, unit text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT record.id FROM {TABLE} AS record
   WHERE record.subject = person AND record.decision_key = decision AND record.sealed_at IS NOT NULL
     AND coalesce(record.act_key, record.duplicate_key) = act
     AND unit <> '' AND unit IN (record.clerk_unit, record.organ_code)
     AND {IN_FORCE}
$$
"""  # noqa: S608 - no value is put in

CORRECTS = f"""
CREATE FUNCTION registry_corrects() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.sealed_at IS NULL OR NEW.replaces IS NULL THEN
    RETURN NEW;
  END IF;
  PERFORM FROM {TABLE} AS record
    WHERE record.subject = NEW.subject AND record.id = NEW.replaces AND record.id <> NEW.id
      AND record.sealed_at IS NOT NULL AND {IN_FORCE};
  IF NOT FOUND THEN
    RAISE EXCEPTION 'refused: it names no record of the same subject in force'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""


def closed(signature: str, *callers: str) -> list[RunSQL]:
    """Close a function to all but its callers and give it to the definer."""
    return [
        RunSQL(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"),
        RunSQL(f"GRANT EXECUTE ON FUNCTION {signature} TO {', '.join(callers)}"),
        RunSQL(f"ALTER FUNCTION {signature} OWNER TO {DEFINER}"),
    ]


def sealed(name: str, words: str) -> migrations.AddField:
    """Add a sealed text that only a correction has."""
    return migrations.AddField(
        "violationrecord", name, sealing.fields.SealedField(null=True, verbose_name=words)
    )


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_lock")]

    operations = [
        migrations.AddField(
            "violationrecord",
            "outcome",
            models.CharField(
                blank=True, db_default="", default="", max_length=20, verbose_name="what happened"
            ),
        ),
        migrations.AddField(
            "violationrecord",
            "outcome_on",
            models.DateField(
                blank=True, editable=False, null=True, verbose_name="date of the document"
            ),
        ),
        migrations.AddField(
            "violationrecord",
            "act_key",
            models.BinaryField(editable=False, null=True, verbose_name="act key"),
        ),
        sealed("outcome_reason", "reason"),
        sealed("outcome_document", "document"),
        sealed("replaced_organ", "organ code on file"),
        sealed("replaced_number", "decision number on file"),
        sealed("replaced_act", "act on file"),
        migrations.AddConstraint(
            "violationrecord",
            models.CheckConstraint(
                condition=Q(outcome__in=("", *OUTCOMES)), name="record_outcome_known"
            ),
        ),
        migrations.AddConstraint(
            "violationrecord",
            models.CheckConstraint(
                condition=Q(outcome="", replaces__isnull=True)
                | (~Q(outcome="") & (Q(sealed_at__isnull=True) | Q(replaces__isnull=False))),
                name="record_outcome_names_a_record",
            ),
        ),
        migrations.AddConstraint(
            "violationrecord",
            models.UniqueConstraint(
                fields=["subject", "replaces"],
                condition=Q(sealed_at__isnull=False, replaces__isnull=False)
                & ~Q(outcome__in=NOTES),
                name="record_replaced_once",
            ),
        ),
        # Only its owner replaces a function; who may call it stays as it was.
        RunSQL(f"SET LOCAL ROLE {DEFINER}"),
        RunSQL(FILED),
        RunSQL("SET LOCAL ROLE NONE"),
        RunSQL(NAMED),
        *closed("registry_in_force(bytea, bytea, bytea, text)", APP),
        RunSQL(CORRECTS),
        RunSQL(
            f"CREATE TRIGGER corrects BEFORE INSERT OR UPDATE ON {TABLE} FOR EACH ROW"
            " EXECUTE FUNCTION registry_corrects()"
        ),
        RunSQL("REVOKE ALL ON FUNCTION registry_corrects() FROM PUBLIC"),
        RunSQL(f"ALTER FUNCTION registry_corrects() OWNER TO {DEFINER}"),
    ]
