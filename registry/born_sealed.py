"""Inserting many records that are sealed from birth, in one statement: what an import writes.

A sealed row is not visible to the one who inserts it, so nothing is returned; COPY is not open to a table with
row security, so the columns travel as arrays. Knows no file and no statutory check.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import GeneratedField
from psycopg import Cursor

from registry.models import ViolationRecord
from sealing.fields import SealedField

COLUMNS: "list[models.Field[Any, Any]]" = [
    column
    for column in ViolationRecord._meta.concrete_fields
    if not isinstance(column, GeneratedField)
]


def _type_of(column: "models.Field[Any, Any]") -> str:
    """An array of varchar(n) would cut a value that is too long; as text it is refused."""
    return "text" if isinstance(column, models.CharField) else str(column.db_type(connection))


def _insert() -> str:
    names = ", ".join(str(column.column) for column in COLUMNS)
    arrays = ", ".join(f"%b::{_type_of(column)}[]" for column in COLUMNS)
    return (
        f"INSERT INTO {ViolationRecord._meta.db_table} ({names})"  # noqa: S608 - names of our own model only
        f" SELECT * FROM unnest({arrays})"
    )


def insert_sealed(records: Sequence[ViolationRecord]) -> None:
    """Write the records in the open transaction, each under the filing entry it names. A DatabaseError writes none."""
    if not records:
        return
    columns = [[*map(_stored(column), records)] for column in COLUMNS]
    connection.ensure_connection()
    # A cursor of the driver: Django's would spell every value out in the statement.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(_insert(), columns, prepare=True)


def _stored(column: "models.Field[Any, Any]") -> Callable[[ViolationRecord], Any]:
    """Return what makes a record's value for one column; only ciphertext of a sealed one."""
    if isinstance(column, SealedField):
        return lambda record: column.pre_save(record, add=True)
    return lambda record: column.get_db_prep_save(column.pre_save(record, add=True), connection)
