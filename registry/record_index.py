"""Under which index values a record stands, made anew from what it says: for a move to another version of their keys.

The same values as drafting, filing and correcting give it. Knows no key and no database.
"""

from registry.correcting import key_in_force
from registry.models import Stage, ViolationRecord
from registry.record_contents import contents, correction_contents, correction_of, row_of
from registry.record_keys import withdrawn_keys
from sealing.indexed import Indexed, teach

COLUMNS = ("subject", "decision_key", "duplicate_key", "act_key")


def values(record: ViolationRecord) -> tuple[bytes | None, ...]:
    """Return subject, decision key, duplicate key and act key (32 bytes each, the last None but for a correction)."""
    if record.sealed_at is None and record.stage == Stage.WITHDRAWN:
        return withdrawn_keys(record.id)
    if not record.outcome:
        made = contents(row_of(record), law=record.law)
    else:
        correction = correction_of(record)
        made = correction_contents(correction)
        if record.sealed_at is not None and record.replaces is not None:
            made["duplicate_key"] = key_in_force(correction, record.replaces)
    return tuple(made.get(column) for column in COLUMNS)


def teach_reindexing() -> None:
    """Let the index keys be moved on; called once, at start-up."""
    sealed = [
        field.name for field in ViolationRecord._meta.concrete_fields if hasattr(field, "opened")
    ]
    teach(Indexed(ViolationRecord, "registry_nextindex", COLUMNS, sealed, values))
