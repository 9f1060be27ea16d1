"""A budget of its own for a ground of a unit, and what tells how many persons of one prefix were asked about in a day.

More inquiries a day are more of an authorisation, so they need two like anything else. One statement an item.
"""

from django.db import migrations, models
from django.db.migrations.operations import RunSQL

HELP = "Empty: no limit of its own. Those of the unit and of its officials hold in any case."

# As before, and the budget is one of the terms: an entry of this transaction states it, an approval agrees with it.
APPROVED = """
CREATE OR REPLACE FUNCTION access_authorisation_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  is_new boolean := TG_OP = 'INSERT';
  gives_back boolean := false;
  told jsonb;
  by_whom text;
BEGIN
  IF NOT is_new THEN
    IF NEW.id <> OLD.id OR NEW.unit_id <> OLD.unit_id OR NEW.ground <> OLD.ground THEN
      RAISE EXCEPTION 'refused: an authorisation keeps its unit and its ground' USING ERRCODE = 'check_violation';
    END IF;
    gives_back := OLD.suspended_at IS NOT NULL AND NEW.suspended_at IS NULL;
    IF NOT gives_back AND NEW.valid_from >= OLD.valid_from AND NEW.valid_to <= OLD.valid_to
      AND (OLD.daily_budget IS NULL OR coalesce(NEW.daily_budget <= OLD.daily_budget, false))
      AND NEW.entry IS NOT DISTINCT FROM OLD.entry THEN
      RETURN NEW;
    END IF;
  END IF;
  SELECT convert_from(entry.body, 'UTF8')::jsonb -> 'details', entry.official INTO told, by_whom
    FROM sealing_auditentry AS entry JOIN access_unit AS unit ON unit.code = entry.unit
   WHERE entry.id = NEW.entry AND entry.kind = 'authorisation' AND entry.outcome = 'done'
     AND entry.xid = pg_current_xact_id() AND unit.id = NEW.unit_id
     AND coalesce(nullif(entry.provision, ''), 'case_handling') = NEW.ground;
  IF NOT FOUND OR (told ->> 'valid_from')::date IS DISTINCT FROM NEW.valid_from
    OR (told ->> 'valid_to')::date IS DISTINCT FROM NEW.valid_to
    OR (told ->> 'daily_budget')::integer IS DISTINCT FROM NEW.daily_budget THEN
    RAISE EXCEPTION 'refused: an authorisation that grows without its entry' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF told ->> 'proposal' IS NULL THEN
    IF gives_back OR told ->> 'loaded' IS DISTINCT FROM 'true'
      OR EXISTS (SELECT FROM access_user AS account WHERE account.number = by_whom) THEN
      RAISE EXCEPTION 'refused: a second administrator approves' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  PERFORM FROM access_authorisationproposal AS proposal
    JOIN access_user AS approver ON approver.id = proposal.decided_by_id
   WHERE proposal.id = (told ->> 'proposal')::uuid AND proposal.state = 'approved'
     AND proposal.decided_at = transaction_timestamp() AND approver.number = by_whom
     AND proposal.unit_id = NEW.unit_id AND proposal.ground = NEW.ground
     AND proposal.valid_from = NEW.valid_from AND proposal.valid_to = NEW.valid_to
     AND proposal.daily_budget IS NOT DISTINCT FROM NEW.daily_budget
     AND to_jsonb(proposal.officials) = told -> 'officials'
     AND (proposal.resumes OR NOT gives_back)
     AND CASE WHEN is_new THEN proposal.authorisation_id IS NULL ELSE proposal.authorisation_id = NEW.id END;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'refused: a second administrator approves' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0024_sandbox"),
    ]

    operations = [
        migrations.AddField(
            model_name="authorisation",
            name="daily_budget",
            field=models.PositiveIntegerField(
                blank=True,
                help_text=HELP,
                null=True,
                verbose_name="inquiries a day under this ground",
            ),
        ),
        migrations.AddField(
            model_name="authorisationproposal",
            name="daily_budget",
            field=models.PositiveIntegerField(
                null=True, verbose_name="inquiries a day under this ground"
            ),
        ),
        RunSQL("GRANT SELECT (daily_budget) ON access_authorisationproposal TO registry_definer"),
        RunSQL("SET LOCAL ROLE registry_definer"),
        RunSQL(APPROVED),
        RunSQL("SET LOCAL ROLE NONE"),
        migrations.AddField(
            model_name="inquiry",
            name="person_key",
            field=models.BinaryField(editable=False, null=True),
        ),
    ]
