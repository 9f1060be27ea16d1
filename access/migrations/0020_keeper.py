"""Lets the keeper of the keys replace ciphertext of what agencies, officials and reviewers stated, and nothing else."""

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


NOTES = KeptTable(table="access_alertnote", sealed=("text",))
PROPOSALS = KeptTable(table="access_authorisationproposal", sealed=("letter_number",))
CONTESTS = KeptTable(table="access_contest", sealed=("grounds",))
ADDED_ONLY = (
    KeptTable(table="access_notification", sealed=("recipient", "document")),
    KeptTable(table="access_reviewvote", sealed=("text",)),
    KeptTable(table="access_contestvote", sealed=("text",)),
    KeptTable(table="access_reviewquestion", sealed=("text",)),
    KeptTable(table="access_reviewreply", sealed=("text", "purpose", "post", "letter_number")),
)
CHANGING = (INQUIRIES, OFFICIALS, NOTES, PROPOSALS, CONTESTS)


class Migration(migrations.Migration):
    dependencies = [("access", "0014_onboarding"), ("sealing", "0003_rotation")]

    operations = [
        *(step for kept in CHANGING for step in keeper_operations(kept)),
        *(step for kept in ADDED_ONLY for step in keeper_operations(kept, added_only=True)),
    ]
