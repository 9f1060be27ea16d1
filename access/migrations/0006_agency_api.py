"""Clients of agencies, what they have called and with which keys; a client is made once and can only be revoked."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations import RunSQL


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0005_notices"),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
        ("oauth2_provider", "0022_refreshtoken_token_family_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="inquiry",
            name="proof",
            field=models.JSONField(null=True, verbose_name="signed receipt"),
        ),
        migrations.CreateModel(
            name="AgencyClient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_id", models.CharField(max_length=40, unique=True, verbose_name="key")),
                ("public_key", models.BinaryField(verbose_name="public key")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made at")),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
                ),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agency_client",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agency_client",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="application",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agency_clients",
                        to="access.unit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "agency client",
                "verbose_name_plural": "agency clients",
                "ordering": ["key_id"],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="inquiry",
            name="client",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="inquiries",
                to="access.agencyclient",
                verbose_name="agency client",
            ),
        ),
        migrations.CreateModel(
            name="CallCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("caller", models.CharField(max_length=80, verbose_name="caller")),
                ("minute", models.DateTimeField(verbose_name="minute")),
                ("calls", models.PositiveIntegerField(verbose_name="calls")),
            ],
            options={
                "verbose_name": "count of calls",
                "verbose_name_plural": "counts of calls",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("caller", "minute"), name="call_count_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=128, verbose_name="idempotency key")),
                ("body_digest", models.BinaryField(verbose_name="digest of the body")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made at")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.agencyclient",
                    ),
                ),
                (
                    "inquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.inquiry",
                    ),
                ),
            ],
            options={
                "verbose_name": "idempotency key",
                "verbose_name_plural": "idempotency keys",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SpentNonce",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("nonce", models.CharField(max_length=128, verbose_name="nonce")),
                ("spent_at", models.DateTimeField(verbose_name="spent at")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.agencyclient",
                    ),
                ),
            ],
            options={
                "verbose_name": "spent nonce",
                "verbose_name_plural": "spent nonces",
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="agencyclient",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None)),
                fields=("unit",),
                name="agency_client_once",
            ),
        ),
        migrations.AddIndex(
            model_name="idempotencykey",
            index=models.Index(fields=["made_at"], name="idempotency_age"),
        ),
        migrations.AddConstraint(
            model_name="idempotencykey",
            constraint=models.UniqueConstraint(fields=("client", "key"), name="idempotency_once"),
        ),
        migrations.AddIndex(
            model_name="spentnonce",
            index=models.Index(fields=["spent_at"], name="nonce_age"),
        ),
        migrations.AddConstraint(
            model_name="spentnonce",
            constraint=models.UniqueConstraint(fields=("client", "nonce"), name="nonce_once"),
        ),
        RunSQL("REVOKE UPDATE, DELETE ON access_agencyclient FROM registry_app"),
        RunSQL("GRANT UPDATE (revoked_at) ON access_agencyclient TO registry_app"),
        RunSQL("REVOKE UPDATE, DELETE ON oauth2_provider_application FROM registry_app"),
        # A nonce that is spent stays spent, a key stays with its inquiry; both can only grow too old.
        RunSQL("REVOKE UPDATE ON access_spentnonce FROM registry_app"),
        RunSQL("REVOKE UPDATE ON access_idempotencykey FROM registry_app"),
        # The tables of grants that no client of ours has stay empty.
        RunSQL("REVOKE INSERT ON oauth2_provider_grant FROM registry_app"),
        RunSQL("REVOKE INSERT ON oauth2_provider_refreshtoken FROM registry_app"),
        RunSQL("REVOKE INSERT ON oauth2_provider_idtoken FROM registry_app"),
        RunSQL("REVOKE INSERT ON oauth2_provider_devicegrant FROM registry_app"),
    ]
