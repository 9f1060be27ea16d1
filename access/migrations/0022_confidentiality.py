"""The register of onward use: append-only, no row without its entry; and the reminders that follow from it.

One statement an item; no reverse for guards.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations import RunSQL

import sealing.fields
import sealing.uuid7
from sealing.keeper_sql import KeptTable, keeper_operations

TABLE, APP, DEFINER = "access_copystatement", "registry_app", "registry_definer"

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
    || replace(said, '''authorisation''::text', '''authorisation''::text, ''copies''::text');
END $$
"""

# The row is the entry's twin: same statement, same inquiry, same official, same transaction. Its time is the database's.
ENTERED = """
CREATE FUNCTION access_copies_entered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.made_at := clock_timestamp();
  PERFORM FROM sealing_auditentry AS entry
    JOIN access_inquiry AS asked ON asked.id = NEW.inquiry_id AND asked.receipt = entry.inquiry
    WHERE entry.id = NEW.entry AND entry.kind = 'copies' AND entry.outcome = 'done'
      AND entry.official = NEW.made_by AND entry.xid = pg_current_xact_id()
      AND convert_from(entry.body, 'UTF8')::jsonb #>> '{details,statement}' = NEW.id::text
      AND convert_from(entry.body, 'UTF8')::jsonb #>> '{details,act}' = NEW.act
      AND convert_from(entry.body, 'UTF8')::jsonb #>> '{details,until}'
          = coalesce(to_char(NEW.until, 'YYYY-MM-DD'), '');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'refused: a statement on copies without its entry' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""


def key():
    return models.UUIDField(
        default=sealing.uuid7.uuid7, editable=False, primary_key=True, serialize=False
    )


def of(target, name, related):
    return {
        "on_delete": django.db.models.deletion.PROTECT,
        "related_name": related,
        "to": target,
        "verbose_name": name,
    }


class Migration(migrations.Migration):
    dependencies = [("access", "0020_keeper")]

    operations = [
        RunSQL(KIND),
        migrations.CreateModel(
            name="CopyStatement",
            fields=[
                ("id", key()),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("kept", "A copy is kept in a file of our unit"),
                            (
                                "passed_on",
                                "It was passed on, as the purpose of the inquiry needs",
                            ),
                            ("no_copy", "There is no copy: none was made, or all are destroyed"),
                        ],
                        max_length=12,
                        verbose_name="what is stated",
                    ),
                ),
                ("recipient", sealing.fields.SealedField(verbose_name="passed on to")),
                ("file", sealing.fields.SealedField(verbose_name="file")),
                ("reason", sealing.fields.SealedField(verbose_name="reason")),
                ("until", models.DateField(null=True, verbose_name="kept until")),
                ("made_by", models.CharField(max_length=40, verbose_name="stated by")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="stated at")),
                ("entry", models.UUIDField(editable=False, verbose_name="audit entry")),
                (
                    "inquiry",
                    models.ForeignKey(**of("access.inquiry", "inquiry", "copy_statements")),
                ),
            ],
            options={
                "verbose_name": "statement on copies",
                "verbose_name_plural": "statements on copies",
                "ordering": ["id"],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act", "no_copy"), ("until", None)),
                            models.Q(("act__in", ("kept", "passed_on")), ("until__isnull", False)),
                            _connector="OR",
                        ),
                        name="copies_have_an_end",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_on", models.DateField(verbose_name="to be confirmed by")),
                ("closed_on", models.DateField(null=True, verbose_name="closed on")),
                (
                    "inquiry",
                    models.OneToOneField(**of("access.inquiry", "inquiry", "reminder")),
                ),
                ("unit", models.ForeignKey(**of("access.unit", "unit", "reminders"))),
            ],
            options={
                "verbose_name": "overdue confirmation",
                "verbose_name_plural": "overdue confirmations",
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_on", None)),
                        fields=["unit", "due_on"],
                        name="reminder_open",
                    )
                ],
            },
        ),
        RunSQL(f"REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {TABLE} FROM {APP}"),
        RunSQL(f"REVOKE DELETE, TRUNCATE, REFERENCES, TRIGGER ON access_reminder FROM {APP}"),
        RunSQL(f"GRANT SELECT (id, receipt) ON access_inquiry TO {DEFINER}"),
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
            " FOR EACH ROW EXECUTE FUNCTION access_copies_entered()"
        ),
        RunSQL("REVOKE ALL ON FUNCTION access_copies_entered() FROM PUBLIC"),
        RunSQL(f"ALTER FUNCTION access_copies_entered() OWNER TO {DEFINER}"),
        *keeper_operations(
            KeptTable(table=TABLE, sealed=("recipient", "file", "reason")), added_only=True
        ),
    ]
