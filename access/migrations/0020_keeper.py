"""Lets the keeper of the keys replace ciphertext of inquiries and of the names of officials, and nothing else."""

from django.db import migrations

from sealing.keeper_sql import KeptTable, keeper_operations

INQUIRIES = KeptTable(
    table="access_inquiry",
    sealed=(
        "purpose",
        "post",
        "case_number",
        "letter_number",
        "id_type",
        "id_number",
        "name",
    ),
)
OFFICIALS = KeptTable(
    table="access_officialname", sealed=("name",), key="user_id", key_type="bigint"
)


class Migration(migrations.Migration):
    dependencies = [("access", "0013_alerts"), ("sealing", "0003_rotation")]

    operations = [
        *keeper_operations(INQUIRIES, locked=False),
        *keeper_operations(OFFICIALS, locked=False),
    ]
