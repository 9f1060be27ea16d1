"""Whether the key ring opens a sealed row and what comes out is what was sealed; tells nothing of it.

Reads no database: whoever may read the row gives it, column by column. Used where a backup is tried out.
"""

from collections.abc import Mapping
from typing import Any

from registry.models import ViolationRecord
from registry.record_contents import correction_of, row_of
from registry.record_keys import content_digest, correction_digest, subject
from sealing.cipher import Unopenable
from sealing.fields import SealedField
from sealing.index_version import under
from sealing.keyring import KeyringError

TABLE = ViolationRecord._meta.db_table


def fault(row: Mapping[str, Any]) -> str:
    """Return what is wrong with a sealed row, given as columns and values, in a word; empty when nothing is."""
    record = _record(row)
    try:
        with under(record.index_version):
            of = subject(record)
        if of != bytes(record.subject):
            return "subject"
        if _digest(record) != bytes(record.content_digest):
            return "content"
    except KeyringError:
        return "key"
    except (Unopenable, ValueError):
        return "unopenable"
    return ""


def _record(row: Mapping[str, Any]) -> ViolationRecord:
    values = {}
    for column in ViolationRecord._meta.concrete_fields:
        if column.generated:
            continue
        value = row[str(column.column)]
        values[column.attname] = (
            column.from_db_value(value, None, None) if isinstance(column, SealedField) else value
        )
    return ViolationRecord(**values)


def _digest(record: ViolationRecord) -> bytes:
    if record.outcome:
        return correction_digest(correction_of(record), law=record.law)
    return content_digest(row_of(record), law=record.law)
