"""The register of notices under Article 134: append-only, no row without its entry, and which notices must be made again.

One statement an item; no reverse for guards.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations import RunSQL

import sealing.fields
import sealing.uuid7

TABLE, APP, DEFINER = "access_notification", "registry_app", "registry_definer"

# The log's list of kinds grows by one word, whatever else it has learnt by then.
KIND = """
DO $$
DECLARE
  said text;
BEGIN
  SELECT pg_get_constraintdef(oid) INTO STRICT said FROM pg_constraint
   WHERE conrelid = 'sealing_auditentry'::regclass AND conname = 'sealing_auditentry_kind_check';
  ALTER TABLE sealing_auditentry DROP CONSTRAINT sealing_auditentry_kind_check;
  EXECUTE 'ALTER TABLE sealing_auditentry ADD CONSTRAINT sealing_auditentry_kind_check '
    || replace(said, '''authorisation''::text', '''authorisation''::text, ''notification''::text');
END $$
"""

# The row is the entry's twin: same notice, same record, same organ, same transaction. Its time is the database's.
ENTERED = f"""
CREATE FUNCTION access_notification_entered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.made_at := clock_timestamp();
  PERFORM FROM sealing_auditentry AS entry
    WHERE entry.id = NEW.entry AND entry.kind = 'notification' AND entry.outcome = 'disclosed'
      AND entry.unit = NEW.unit AND entry.xid = pg_current_xact_id()
      AND convert_from(entry.body, 'UTF8')::jsonb #>> '{{details,notification}}' = NEW.id::text
      AND convert_from(entry.body, 'UTF8')::jsonb #>> '{{details,record}}' = NEW.record::text;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'refused: a notification without its entry' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.earlier_id IS NOT NULL THEN
    PERFORM FROM {TABLE} AS made WHERE made.id = NEW.earlier_id AND made.unit = NEW.unit AND made.id <> NEW.id;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'refused: it makes good a notice of another organ, or none'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  RETURN NEW;
END $$
"""

# Which notices of an organ are out of date, and since which day: their record was replaced or ended, and no later
# notice says so. Tells of records that this organ notified, and of nothing else; no content leaves it.
DUE = f"""
CREATE FUNCTION access_notifications_due(organ text) RETURNS TABLE (notification uuid, since date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT made.id, (min(later.sealed_at) AT TIME ZONE 'Asia/Shanghai')::date
    FROM {TABLE} AS made
    JOIN registry_violationrecord AS record ON record.id = made.record AND record.sealed_at IS NOT NULL
    JOIN registry_violationrecord AS later ON later.subject = record.subject AND later.replaces = record.id
   WHERE made.unit = organ AND later.sealed_at IS NOT NULL
     AND NOT (later.outcome IN ('upheld', 'unlawful_but_kept'))
     AND NOT EXISTS (SELECT FROM {TABLE} AS again WHERE again.earlier_id = made.id)
   GROUP BY made.id
$$
"""  # noqa: S608 - no value is put in
DUE_SIGNATURE = "access_notifications_due(text)"


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_staff_changes_kept"),
        ("registry", "0004_counts"),
        ("sealing", "0002_log_filters"),
    ]

    operations = [
        RunSQL(KIND),
        migrations.CreateModel(
            name="Notification",
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
                ("unit", models.CharField(max_length=40, verbose_name="organ that notified")),
                ("record", models.UUIDField(editable=False, verbose_name="record")),
                ("entry", models.UUIDField(editable=False, verbose_name="audit entry")),
                (
                    "officers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=2, verbose_name="officers"
                    ),
                ),
                (
                    "recipient_kind",
                    models.CharField(
                        choices=[
                            ("supervisory_organ", "Supervisory organ"),
                            ("relevant_unit", "Relevant unit"),
                        ],
                        max_length=20,
                        verbose_name="kind of recipient",
                    ),
                ),
                ("recipient", sealing.fields.SealedField(verbose_name="recipient")),
                ("document", sealing.fields.SealedField(verbose_name="number of the notice")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="notified at")),
                (
                    "earlier",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="later",
                        to="access.notification",
                        verbose_name="earlier notice",
                    ),
                ),
            ],
            options={
                "verbose_name": "notification",
                "verbose_name_plural": "notifications",
                "default_permissions": (),
                "indexes": [models.Index(fields=["unit", "-id"], name="notifications_of_unit")],
            },
        ),
        RunSQL(f"REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {TABLE} FROM {APP}"),
        RunSQL(f"GRANT SELECT (id, unit, record, earlier_id) ON {TABLE} TO {DEFINER}"),
        RunSQL(
            f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {TABLE}"
            " FOR EACH ROW EXECUTE FUNCTION sealing_refuse()"
        ),
        RunSQL(
            f"CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {TABLE}"
            " FOR EACH STATEMENT EXECUTE FUNCTION sealing_refuse()"
        ),
        RunSQL(ENTERED),
        RunSQL(
            f"CREATE TRIGGER entered BEFORE INSERT ON {TABLE}"
            " FOR EACH ROW EXECUTE FUNCTION access_notification_entered()"
        ),
        RunSQL("REVOKE ALL ON FUNCTION access_notification_entered() FROM PUBLIC"),
        RunSQL(f"ALTER FUNCTION access_notification_entered() OWNER TO {DEFINER}"),
        RunSQL(DUE),
        RunSQL(f"REVOKE ALL ON FUNCTION {DUE_SIGNATURE} FROM PUBLIC"),
        RunSQL(f"GRANT EXECUTE ON FUNCTION {DUE_SIGNATURE} TO {APP}"),
        RunSQL(f"ALTER FUNCTION {DUE_SIGNATURE} OWNER TO {DEFINER}"),
    ]
