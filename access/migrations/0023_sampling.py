"""Samples of inquiries with their judgements, and the reasons of auditors: rows that are added and never changed.

Also indexes the log's inquiries by time, with unit and ground: what the auditor's desk counts by an index alone.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations import RunSQL

import sealing.fields
import sealing.uuid7
from sealing.keeper_sql import KeptTable, keeper_operations

ADDED = ("access_sample", "access_drawninquiry", "access_judgement", "access_readingreason")
KEPT = (
    KeptTable(table="access_judgement", sealed=("note",)),
    KeptTable(table="access_readingreason", sealed=("text",)),
)
COUNTED = """
CREATE INDEX sealing_log_inquiries ON sealing_auditentry (id) INCLUDE (unit, provision, exception)
 WHERE kind = 'inquiry'
"""


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


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0022_confidentiality"),
        ("sealing", "0004_tree"),
    ]

    operations = [
        migrations.CreateModel(
            name="DrawnInquiry",
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
                ("entry", models.UUIDField(verbose_name="audit entry")),
                ("unit", models.CharField(max_length=40, verbose_name="unit")),
                ("ground", models.CharField(max_length=40, verbose_name="ground")),
            ],
            options={
                "verbose_name": "drawn inquiry",
                "verbose_name_plural": "drawn inquiries",
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ReadingReason",
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
                    "entry",
                    models.UUIDField(editable=False, unique=True, verbose_name="audit entry"),
                ),
                ("text", sealing.fields.SealedField(verbose_name="in words")),
                ("by", models.CharField(max_length=40, verbose_name="written by")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="written at")),
            ],
            options={
                "verbose_name": "reason for reading the log",
                "verbose_name_plural": "reasons for reading the log",
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Sample",
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
                ("since", models.DateField(verbose_name="from")),
                ("until", models.DateField(verbose_name="until")),
                ("wanted", models.PositiveIntegerField(verbose_name="asked for")),
                ("seed", models.CharField(max_length=64, verbose_name="seed")),
                ("size", models.BigIntegerField(verbose_name="entries under the checkpoint")),
                ("strata", models.JSONField(verbose_name="strata")),
                ("by", models.CharField(max_length=40, verbose_name="drawn by")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="drawn at")),
            ],
            options={
                "verbose_name": "sample",
                "verbose_name_plural": "samples",
                "ordering": ["-id"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Judgement",
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
                    "verdict",
                    models.CharField(
                        choices=[
                            ("in_order", "In order"),
                            ("unclear", "Unclear"),
                            ("not_in_order", "Not in order"),
                        ],
                        max_length=12,
                        verbose_name="verdict",
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ground", "The provision does not fit the purpose"),
                            ("letter", "The letter or the case file is missing or does not fit"),
                            ("officials", "An official who did not ask, or should not have"),
                            ("purpose", "The stated purpose is not true"),
                            ("decision", "Granted or denied against the provision"),
                            ("copies", "Copies kept or passed on without a reason"),
                            ("no_answer", "The unit has not answered the auditor"),
                        ],
                        max_length=12,
                        verbose_name="cause",
                    ),
                ),
                ("note", sealing.fields.SealedField(verbose_name="note")),
                ("by", models.CharField(max_length=40, verbose_name="judged by")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="judged at")),
                (
                    "drawn",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judgements",
                        to="access.drawninquiry",
                    ),
                ),
            ],
            options={
                "verbose_name": "judgement of a drawn inquiry",
                "verbose_name_plural": "judgements of drawn inquiries",
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="drawninquiry",
            name="sample",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="drawn",
                to="access.sample",
            ),
        ),
        migrations.AddConstraint(
            model_name="drawninquiry",
            constraint=models.UniqueConstraint(fields=("sample", "entry"), name="drawn_once"),
        ),
        *(step for table in ADDED for step in kept(table)),
        *(step for table in KEPT for step in keeper_operations(table, added_only=True)),
        RunSQL(COUNTED, "DROP INDEX sealing_log_inquiries"),
    ]
