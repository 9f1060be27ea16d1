"""Staff rosters: no larger than the unit's limit, nobody added or taken off once sent, and kept by the keeper of the keys.

One statement an item; no reverse for guards.
"""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations import RunSQL

import access.inquiry
import sealing.fields
import sealing.uuid7
from sealing.keeper_sql import KeptTable, keeper_operations

ROSTER, PERSON = "access_roster", "access_rosterperson"

# The statement stays what it was, the size is within the limit of the unit, and a roster only moves on.
STATED = """
CREATE FUNCTION access_roster_stated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' OR NEW.size < 1
       OR NEW.size > (SELECT roster_limit FROM access_unit WHERE id = NEW.unit_id) THEN
      RAISE EXCEPTION 'refused: a roster beyond the limit of its unit' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.unit_id, NEW.made_by_id, NEW.receipt, NEW.provision, NEW.size, NEW.officials, NEW.letter_issued_on)
     IS DISTINCT FROM
     (OLD.unit_id, OLD.made_by_id, OLD.receipt, OLD.provision, OLD.size, OLD.officials, OLD.letter_issued_on)
     OR (OLD.state <> 'draft' AND (NEW.state = 'draft' OR NEW.sent_at IS DISTINCT FROM OLD.sent_at)) THEN
    RAISE EXCEPTION 'refused: what a roster states is not changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""

# The roster's row is locked, so two who add at once are counted one after the other.
ADDED = f"""
CREATE FUNCTION access_roster_person_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  most integer;
BEGIN
  SELECT size INTO most FROM {ROSTER} WHERE id = NEW.roster_id AND state = 'draft' FOR UPDATE;
  IF most IS NULL OR most <= (SELECT count(*) FROM {PERSON} WHERE roster_id = NEW.roster_id) THEN
    RAISE EXCEPTION 'refused: the roster takes nobody more' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""  # noqa: S608 - names of our own tables only

# Who was asked about stays on the roster; its own copy of the person may go, and never becomes another.
KEPT = f"""
CREATE FUNCTION access_roster_person_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM FROM {ROSTER} WHERE id = OLD.roster_id AND state <> 'draft';
    IF FOUND THEN
      RAISE EXCEPTION 'refused: DELETE on %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
  END IF;
  IF (NEW.id, NEW.roster_id, NEW.number, NEW.person_key)
     IS DISTINCT FROM (OLD.id, OLD.roster_id, OLD.number, OLD.person_key)
     OR (OLD.name IS NULL AND NEW.name IS NOT NULL) THEN
    RAISE EXCEPTION 'refused: UPDATE on %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""

REMOVED = """
CREATE FUNCTION access_roster_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'draft' THEN
    RAISE EXCEPTION 'refused: DELETE on %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN OLD;
END $$
"""

GUARDS = (
    STATED,
    ADDED,
    KEPT,
    REMOVED,
    f"CREATE TRIGGER stated BEFORE INSERT OR UPDATE ON {ROSTER} FOR EACH ROW EXECUTE FUNCTION access_roster_stated()",
    f"CREATE TRIGGER kept BEFORE DELETE ON {ROSTER} FOR EACH ROW EXECUTE FUNCTION access_roster_kept()",
    f"CREATE TRIGGER added BEFORE INSERT ON {PERSON} FOR EACH ROW EXECUTE FUNCTION access_roster_person_added()",
    f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {PERSON} FOR EACH ROW"
    " EXECUTE FUNCTION access_roster_person_kept()",
    f"REVOKE TRUNCATE ON {ROSTER} FROM registry_app",
    f"REVOKE TRUNCATE ON {PERSON} FROM registry_app",
)
KEEPER = (
    KeptTable(table=ROSTER, sealed=("purpose", "letter_number")),
    KeptTable(table=PERSON, sealed=("id_type", "id_number", "name", "post")),
)


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0020_keeper"),
        ("sealing", "0003_rotation"),
    ]

    operations = [
        migrations.AddField(
            model_name="unit",
            name="roster_limit",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="0: the unit files no rosters.",
                validators=[django.core.validators.MaxValueValidator(1000)],
                verbose_name="largest staff roster, persons a year",
            ),
        ),
        migrations.CreateModel(
            name="Roster",
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
                (
                    "receipt",
                    models.CharField(
                        default=access.inquiry.new_receipt,
                        editable=False,
                        max_length=20,
                        unique=True,
                        verbose_name="receipt",
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="begun at")),
                ("provision", models.CharField(max_length=40, verbose_name="provision")),
                ("size", models.PositiveSmallIntegerField(verbose_name="staff of the unit")),
                (
                    "officials",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        size=None,
                        verbose_name="officials",
                    ),
                ),
                ("letter_issued_on", models.DateField(verbose_name="letter issued on")),
                ("purpose", sealing.fields.SealedField(verbose_name="purpose")),
                ("letter_number", sealing.fields.SealedField(verbose_name="letter number")),
                ("undertaking", models.BooleanField(default=False, verbose_name="undertaking")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Being entered"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("stopped", "Stopped"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent at")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rosters",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rosters",
                        to="access.unit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "staff roster",
                "verbose_name_plural": "staff rosters",
                "ordering": ["-id"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="RosterPerson",
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
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                ("person_key", models.BinaryField()),
                ("id_type", sealing.fields.SealedField(null=True, verbose_name="type of document")),
                (
                    "id_number",
                    sealing.fields.SealedField(null=True, verbose_name="document number"),
                ),
                ("name", sealing.fields.SealedField(null=True, verbose_name="name")),
                ("post", sealing.fields.SealedField(null=True, verbose_name="post")),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="persons",
                        to="access.roster",
                    ),
                ),
            ],
            options={
                "verbose_name": "person on a roster",
                "verbose_name_plural": "persons on a roster",
                "ordering": ["number"],
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "sending", "sent", "stopped"])),
                name="roster_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    models.Q(("sent_at__isnull", False), ("undertaking", True)),
                    _connector="OR",
                ),
                name="roster_sent_with_undertaking",
            ),
        ),
        migrations.AddIndex(
            model_name="rosterperson",
            index=models.Index(fields=["person_key"], name="roster_person_known"),
        ),
        migrations.AddConstraint(
            model_name="rosterperson",
            constraint=models.UniqueConstraint(
                fields=("roster", "person_key"), name="roster_person_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="rosterperson",
            constraint=models.UniqueConstraint(
                fields=("roster", "number"), name="roster_number_once"
            ),
        ),
        *(RunSQL(statement) for statement in GUARDS),
        *(step for kept in KEEPER for step in keeper_operations(kept)),
    ]
