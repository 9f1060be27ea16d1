"""Uploaded files on their way to be filed. One statement an item; no reverse for rights."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations import RunSQL

import sealing.uuid7

# Who uploaded a file, for which organ and under which law stays as it was entered.
CHANGES = (
    "state, problem, confirmed_by, ended_at, rows_read, rows_total, rows_done, filed, codes, warnings,"
    " touched_at, attempts"
)
RIGHTS = (
    "REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON registry_importrun FROM registry_app",
    f"GRANT UPDATE ({CHANGES}) ON registry_importrun TO registry_app",
    "REVOKE UPDATE, TRUNCATE, REFERENCES, TRIGGER ON registry_rejectedrows FROM registry_app",
)


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0004_counts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportRun",
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
                ("organ_code", models.CharField(max_length=40, verbose_name="organ code")),
                ("law", models.CharField(max_length=4, verbose_name="law")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "being checked"),
                            ("checked", "waiting for confirmation"),
                            ("filing", "being filed"),
                            ("done", "filed"),
                            ("failed", "not filed"),
                            ("cancelled", "discarded"),
                        ],
                        default="checking",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "problem",
                    models.CharField(
                        blank=True, default="", max_length=500, verbose_name="problem"
                    ),
                ),
                ("uploaded_by", models.CharField(max_length=40, verbose_name="uploaded by")),
                (
                    "uploaded_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="uploaded at"),
                ),
                (
                    "confirmed_by",
                    models.CharField(
                        blank=True, default="", max_length=40, verbose_name="confirmed by"
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                ("rows_read", models.PositiveIntegerField(default=0, verbose_name="rows read")),
                ("rows_total", models.PositiveIntegerField(null=True, verbose_name="rows")),
                ("rows_done", models.PositiveIntegerField(default=0, verbose_name="rows done")),
                ("filed", models.PositiveIntegerField(default=0, verbose_name="filed")),
                ("codes", models.JSONField(default=dict, verbose_name="reject codes")),
                ("warnings", models.JSONField(default=dict, verbose_name="warnings")),
                ("touched_at", models.DateTimeField(null=True, verbose_name="last sign of life")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "default_permissions": (),
                "indexes": [models.Index(fields=["organ_code", "id"], name="import_run_of_organ")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["checking", "checked", "filing", "done", "failed", "cancelled"],
                            )
                        ),
                        name="import_run_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("uploaded_by", models.F("confirmed_by")), _negated=True
                        ),
                        name="import_run_confirmed_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["filing", "done"]), _negated=True),
                            models.Q(("confirmed_by", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="import_run_filed_when_confirmed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RejectedRows",
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
                ("lines", models.BinaryField(verbose_name="lines")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rejects",
                        to="registry.importrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "rejected rows",
                "verbose_name_plural": "rejected rows",
                "default_permissions": (),
            },
        ),
        *(RunSQL(statement) for statement in RIGHTS),
    ]
