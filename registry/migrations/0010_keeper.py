"""Lets the keeper of the keys replace ciphertext of records, row by row as it has entered them."""

from django.db import migrations
from django.db.migrations.operations import RunSQL

from sealing.keeper_sql import KeptTable, keeper_operations

TABLE = "registry_violationrecord"
RECORDS = KeptTable(
    table=TABLE,
    sealed=(
        "decision_number",
        "name",
        "sex",
        "birth_date",
        "id_type",
        "id_number",
        "nationality",
        "address",
        "guardian_name",
        "facts",
        "licence_revoked",
        "execution_reason",
        "procedure",
        "outcome_reason",
        "outcome_document",
        "replaced_organ",
        "replaced_number",
        "replaced_act",
        "remarks",
    ),
    # What the digest of a record is made of beside its sealed columns; not whom it is of, nor who filed it.
    proof=(
        "content_digest",
        "law",
        "stage",
        "sealed_at",
        "outcome",
        "outcome_on",
        "organ_code",
        "organ_name",
        "organ_level",
        "decided_on",
        "acted_on",
        "served_on",
        "offence_code",
        "warning",
        "fine",
        "detention_days",
        "foreigner_measure",
        "execution",
    ),
)

UNFINISHED = KeptTable(table="registry_unfinishedentry", sealed=("typed",))

# As before; a row that was sealed already named its record when it was, and the trigger `changed` judges the rest.
CORRECTS = f"""
CREATE OR REPLACE FUNCTION registry_corrects() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.sealed_at IS NULL OR NEW.replaces IS NULL THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF OLD.sealed_at IS NOT NULL AND OLD.subject = NEW.subject AND OLD.replaces = NEW.replaces THEN
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


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_maker_checker"), ("sealing", "0003_rotation")]

    operations = [
        *keeper_operations(RECORDS, locked=True),
        *keeper_operations(UNFINISHED),
        # Only its owner replaces a function; who may call it stays as it was.
        RunSQL("SET LOCAL ROLE registry_definer"),
        RunSQL(CORRECTS),
        RunSQL("SET LOCAL ROLE NONE"),
    ]
