"""Between a decision row and the columns of a record: what is sealed, what stands in the clear, and back.

Knows no officer, no stage and no lock.
"""

from datetime import date
from typing import Any, cast

from registry.across_rows import RowKeys
from registry.decision_row import DecisionRow
from registry.models import ViolationRecord
from registry.record_keys import Share, content_digest, keys_of

IN_THE_CLEAR = (
    "organ_code",
    "organ_name",
    "organ_level",
    "decided_on",
    "acted_on",
    "served_on",
    "offence_code",
    "warning",
    "fine",
    "detention_days",
    "foreigner_measure",
    "execution",
)
SEALED = (
    "decision_number",
    "name",
    "sex",
    "id_type",
    "id_number",
    "nationality",
    "address",
    "guardian_name",
    "facts",
    "licence_revoked",
    "execution_reason",
)
"""Text columns that only ciphertext of is stored; the date of birth is sealed too, as ISO text."""
OF_THE_PERSON = tuple(name for name in SEALED if name != "decision_number")


def contents(row: DecisionRow, *, law: str, keys: RowKeys | None = None) -> dict[str, Any]:
    """Return the values of a record's columns that come from a row; `law` is the one it is judged by."""
    keys = keys or keys_of(row)
    share = cast(Share, keys.decision)
    return {
        "subject": share.subject,
        "decision_key": share.decision_key,
        "duplicate_key": keys.act,
        "content_digest": content_digest(row, law=law),
        "law": law,
        "birth_date": row.birth_date.isoformat(),
        **{name: getattr(row, name) for name in IN_THE_CLEAR},
        **{name: getattr(row, name) for name in SEALED},
    }


def row_of(draft: ViolationRecord) -> DecisionRow:
    """Return what a draft says; opens its sealed columns."""
    return DecisionRow(
        birth_date=date.fromisoformat(str(draft.birth_date)),
        **{name: getattr(draft, name) for name in (*IN_THE_CLEAR, *SEALED)},
    )
