"""Keeps what a clerk has typed before it is a draft, and how a decision came about (ordinary, or on the spot)."""

from django.db import migrations, models

import sealing.fields


class Migration(migrations.Migration):
    dependencies = [("registry", "0006_import_runs")]

    operations = [
        migrations.AddField(
            "violationrecord",
            "procedure",
            sealing.fields.SealedField(null=True, verbose_name="procedure"),
        ),
        migrations.CreateModel(
            name="UnfinishedEntry",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("clerk", models.CharField(max_length=40, verbose_name="clerk")),
                ("clerk_unit", models.CharField(max_length=40, verbose_name="clerk's unit")),
                ("draft", models.UUIDField(editable=False, null=True, verbose_name="draft")),
                (
                    "outcome",
                    models.CharField(
                        blank=True, default="", max_length=20, verbose_name="what happened"
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("window", models.UUIDField(editable=False, null=True, verbose_name="window")),
                ("typed", sealing.fields.SealedField(verbose_name="as typed")),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("saved_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "unfinished entry",
                "verbose_name_plural": "unfinished entries",
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["clerk", "started_at"], name="unfinished_of_a_clerk")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("draft",), name="unfinished_once_a_draft")
                ],
            },
        ),
    ]
