"""What verifying officers remarked when they returned a draft: field by field, round after round.

Sealed in one column of the draft, as remarks may name the person; gone when the draft is filed or given up, for
then there is nothing left to correct. Knows no page.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.utils import timezone

from registry.models import Stage, ViolationRecord


@dataclass(frozen=True, slots=True)
class Remarks:
    """One round: who returned the draft, when, what he said of the whole, and what of single fields."""

    by: str = ""
    at: datetime | None = None
    general: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def rounds_of(draft: ViolationRecord | None) -> list[Remarks]:
    """Return the rounds of a draft, newest first; opens the sealed text."""
    text = draft.remarks if draft else None
    if not text:
        return []
    if not text.startswith("["):
        return [Remarks(general=text)]
    return [_read(stored) for stored in reversed(json.loads(text))]


def newest_remarks(draft: ViolationRecord | None) -> Mapping[str, str]:
    """Return what the newest round says of single fields, while its clerk has the draft to correct."""
    rounds = rounds_of(draft) if draft and draft.stage == Stage.RETURNED else []
    return rounds[0].fields if rounds else {}


def with_round(draft: ViolationRecord, remarks: Remarks) -> str:
    """Return the text that holds the draft's rounds and this one."""
    rounds = [*reversed(rounds_of(draft)), remarks]
    return json.dumps([_written(one) for one in rounds], ensure_ascii=False)


def _written(remarks: Remarks) -> dict[str, object]:
    return {**asdict(remarks), "at": remarks.at.isoformat() if remarks.at else ""}


def _read(stored: dict[str, str]) -> Remarks:
    at = datetime.fromisoformat(stored["at"]) if stored["at"] else None
    return Remarks(**{**stored, "at": timezone.localtime(at) if at else None})  # type: ignore[arg-type]
