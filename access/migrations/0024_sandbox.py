"""Sandbox units: one from the beginning or never, with kinds of entries of their own, which open no lock.

One statement an item; no reverse for guards.
"""

from django.db import migrations, models
from django.db.migrations.operations import RunSQL

LOG, UNIT = "sealing_auditentry", "access_unit"

# Beside whatever kinds there are: those of a sandbox.
KINDS = f"""
DO $$
DECLARE
  kinds text := (SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
                  WHERE conrelid = '{LOG}'::regclass AND conname = '{LOG}_kind_check');
BEGIN
  EXECUTE format(
    'ALTER TABLE {LOG} DROP CONSTRAINT {LOG}_kind_check,
       ADD CONSTRAINT {LOG}_kind_check CHECK (kind IN (''sandbox_inquiry'', ''sandbox_lookup'') OR %s)', kinds);
END $$
"""  # noqa: S608 - names of our own tables only

# The lock opens for a lookup alone, so a unit without lookups reaches no record; and nobody else hides what he asked
# among the entries of sandboxes.
APART = f"""
CREATE FUNCTION access_sandbox_apart() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.kind NOT IN ('inquiry', 'lookup', 'notification', 'sandbox_inquiry', 'sandbox_lookup') THEN
    RETURN NEW;
  END IF;
  IF (NEW.kind IN ('sandbox_inquiry', 'sandbox_lookup'))
     <> EXISTS (SELECT FROM {UNIT} AS unit WHERE unit.code = NEW.unit AND unit.sandbox) THEN
    RAISE EXCEPTION 'refused: a sandbox has entries of its own kind, and nobody else has them'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""

KEPT = """
CREATE FUNCTION access_sandbox_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sandbox <> OLD.sandbox OR (OLD.sandbox AND NEW.code <> OLD.code) THEN
    RAISE EXCEPTION 'refused: a unit is a sandbox from the beginning or never'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0023_sampling"),
        ("sealing", "0007_retention"),
    ]

    operations = [
        migrations.AddField(
            model_name="unit",
            name="sandbox",
            field=models.BooleanField(default=False, editable=False, verbose_name="sandbox"),
        ),
        RunSQL(KEPT),
        RunSQL(
            f"CREATE TRIGGER sandbox_kept BEFORE UPDATE ON {UNIT}"
            " FOR EACH ROW EXECUTE FUNCTION access_sandbox_kept()"
        ),
        RunSQL(KINDS),
        RunSQL(APART),
        RunSQL(
            f"CREATE TRIGGER sandbox_apart BEFORE INSERT ON {LOG}"
            " FOR EACH ROW EXECUTE FUNCTION access_sandbox_apart()"
        ),
    ]
