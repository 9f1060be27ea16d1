"""Between a decision row and the columns of a record: what is sealed, what stands in the clear, and back.

Knows no officer, no stage and no lock.
"""

from datetime import date
from typing import Any, cast

from registry.across_rows import RowKeys
from registry.correction import Correction, NamedRecord
from registry.decision_row import ORDINARY, DecisionRow
from registry.in_force import REPLACING, Happened
from registry.models import ViolationRecord
from registry.penalties import law_on
from registry.record_keys import (
    Share,
    content_digest,
    correction_digest,
    decision_key,
    duplicate_key,
    key_in_draft,
    keys_of,
    subject,
)
from sealing.index_version import current

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
    "procedure",
)
"""Text columns that only ciphertext of is stored; the date of birth is sealed too, as ISO text."""
OF_THE_PERSON = tuple(name for name in SEALED if name != "decision_number")
OF_A_CORRECTION = (
    "outcome_reason",
    "outcome_document",
    "replaced_organ",
    "replaced_number",
    "replaced_act",
)
"""Text columns that only a correction fills."""


def contents(row: DecisionRow, *, law: str, keys: RowKeys | None = None) -> dict[str, Any]:
    """Return the values of a record's columns that come from a row; `law` is the one it is judged by."""
    keys = keys or keys_of(row)
    share = cast(Share, keys.decision)
    return {
        "index_version": current(),
        "subject": share.subject,
        "decision_key": share.decision_key,
        "duplicate_key": keys.act,
        "content_digest": content_digest(row, law=law),
        "law": law,
        "birth_date": row.birth_date.isoformat(),
        **{name: getattr(row, name) for name in IN_THE_CLEAR},
        **{name: getattr(row, name) for name in SEALED},
    }


def has_content(draft: ViolationRecord) -> bool:
    """Say whether a draft states a decision: one that ends or notes another record does not."""
    return not draft.outcome or draft.outcome in REPLACING


def row_of(draft: ViolationRecord) -> DecisionRow:
    """Return what a draft says; opens its sealed columns."""
    return DecisionRow(
        birth_date=date.fromisoformat(str(draft.birth_date)),
        **{name: getattr(draft, name) for name in (*IN_THE_CLEAR, *SEALED) if name != "procedure"},
        # Rows of before 0007 have none: they say nothing of being decided on the spot.
        procedure=draft.procedure or ORDINARY,
    )


def correction_contents(correction: Correction) -> dict[str, Any]:
    """Return the values of a correction's columns; one that leaves nothing to answer has no content of its own."""
    row, named, day = correction.row, correction.named, correction.document_on
    law = law_on(row.acted_on if row else day)
    return {
        **(contents(row, law=law) if row else _no_content(named, day, law=law)),
        "act_key": duplicate_key(row) if row else None,
        "duplicate_key": key_in_draft(correction),
        "content_digest": correction_digest(correction, law=law),
        "outcome": correction.happened.value,
        "outcome_on": day,
        "outcome_reason": correction.reason,
        "outcome_document": correction.document,
        "replaced_organ": named.organ_code,
        "replaced_number": named.decision_number,
        "replaced_act": named.offence_code,
    }


def _no_content(named: NamedRecord, day: date, *, law: str) -> dict[str, Any]:
    return {
        **dict.fromkeys(SEALED, ""),
        "index_version": current(),
        "subject": subject(named),
        "decision_key": decision_key(named),
        "law": law,
        "birth_date": "",
        "decision_number": named.decision_number,
        "id_type": named.id_type,
        "id_number": named.id_number,
        "organ_code": named.organ_code,
        "organ_name": "",
        "organ_level": "",
        "decided_on": day,
        "acted_on": day,
        "served_on": None,
        "offence_code": named.offence_code,
        "warning": False,
        "fine": None,
        "detention_days": None,
        "foreigner_measure": "none",
        "execution": "",
    }


def correction_of(draft: ViolationRecord) -> Correction:
    """Return what the draft of a correction says; opens its sealed columns."""
    happened = Happened(draft.outcome)
    if draft.outcome_on is None:
        raise ValueError("A correction has the date of its document.")
    said = {name: str(getattr(draft, name)) for name in OF_A_CORRECTION}
    return Correction(
        happened=happened,
        named=NamedRecord(
            organ_code=said["replaced_organ"],
            decision_number=said["replaced_number"],
            id_type=draft.id_type,
            id_number=draft.id_number,
            offence_code=said["replaced_act"],
        ),
        reason=said["outcome_reason"],
        document=said["outcome_document"],
        document_on=draft.outcome_on,
        row=row_of(draft) if has_content(draft) else None,
    )
