"""What the audit log says of a review: who was assigned, who voted, whose name was shown, what was decided.

Codes only: no explanation, no question and no answer is ever part of an entry.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from access.inquiry import Inquiry
from sealing import audit_log
from sealing.audit_log import Entered, Entry, Kind, Outcome
from sealing.subject import lock_index, log_index


def enter(
    inquiry: Inquiry,
    *,
    by: str,
    act: str,
    outcome: Outcome = Outcome.DONE,
    reasons: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
) -> Entered:
    """Enter one act of a review in the transaction that is open; NotEntered when it cannot be written."""
    return audit_log.enter(
        Entry(
            kind=Kind.REVIEW,
            outcome=outcome,
            subject=lock_index(inquiry.id_type, inquiry.id_number),
            person=log_index(inquiry.id_type, inquiry.id_number),
            unit=inquiry.unit.code,
            official=by,
            exception=inquiry.exception,
            provision=inquiry.provision,
            reasons=tuple(reasons),
            inquiry=inquiry.receipt,
            details={"act": act, **(details or {})},
        )
    )
