"""Verifications of the log that auditors asked for, and what they found: results are added and never changed."""

from importlib import import_module

from django.db import migrations, models
from django.db.migrations.operations import RunSQL

import sealing.uuid7

APP = "registry_app"
RESULT, RUN = "sealing_verification", "sealing_verificationrun"
function = import_module("sealing.migrations.0001_log_and_lock").function

ENDED = """
CREATE FUNCTION sealing_verification_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.ended_at := clock_timestamp();
  RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("sealing", "0007_retention")]

    operations = [
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("asked_by", models.CharField(max_length=40, verbose_name="asked for by")),
                ("ended_at", models.DateTimeField(auto_now_add=True, verbose_name="verified at")),
                ("size", models.BigIntegerField(verbose_name="entries in the tree")),
                ("trusted", models.BigIntegerField(verbose_name="entries under a checkpoint")),
                ("checkpoints", models.BigIntegerField(verbose_name="checkpoints")),
                (
                    "cosigned",
                    models.BigIntegerField(null=True, verbose_name="entries the witness cosigned"),
                ),
                (
                    "with_memory",
                    models.BooleanField(verbose_name="compared with the signer's memory"),
                ),
                ("note", models.TextField(blank=True, verbose_name="checkpoint")),
                ("findings", models.JSONField(default=list, verbose_name="findings")),
            ],
            options={
                "verbose_name": "verification",
                "verbose_name_plural": "verification of the log",
                "ordering": ["-ended_at"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="VerificationRun",
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
                ("asked_by", models.CharField(max_length=40, verbose_name="asked for by")),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="asked for at")),
                ("done", models.BigIntegerField(default=0, verbose_name="entries looked at")),
                ("total", models.BigIntegerField(default=0, verbose_name="entries in all")),
                ("moved_at", models.DateTimeField(auto_now_add=True, verbose_name="moved last at")),
            ],
            options={
                "verbose_name": "verification asked for",
                "verbose_name_plural": "verifications asked for",
                "ordering": ["-id"],
                "default_permissions": (),
            },
        ),
        RunSQL(f"REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {RESULT} FROM {APP}"),
        RunSQL(f"REVOKE DELETE, TRUNCATE, REFERENCES, TRIGGER ON {RUN} FROM {APP}"),
        *function(ENDED, "sealing_verification_ended()"),
        RunSQL(
            f"CREATE TRIGGER ended BEFORE INSERT ON {RESULT}"
            " FOR EACH ROW EXECUTE FUNCTION sealing_verification_ended()"
        ),
        RunSQL(
            f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {RESULT}"
            " FOR EACH ROW EXECUTE FUNCTION sealing_refuse()"
        ),
        RunSQL(
            f"CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {RESULT}"
            " FOR EACH STATEMENT EXECUTE FUNCTION sealing_refuse()"
        ),
    ]
