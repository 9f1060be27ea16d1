"""The lock: the only way to a sealed row is a transaction that names a committed, granted, fresh entry.

The database decides (forced row security and the functions made in the migrations); this module only presents
the entry. It opens in an outermost transaction, so that leaving the block closes it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from sealing import index_version
from sealing.audit_log import Entered, committed


@contextmanager
def opened(entry: Entered) -> Iterator[None]:
    """Open the rows of the entry's subject until the block ends; its transaction commits then.

    The subject must be of the version of the index keys that the work at hand is done under (`index_version.agreed`):
    a database that stands under another refuses, and it stays under this one until the block ends.
    Raises RuntimeError inside another transaction: a savepoint would leave the lock open behind it.
    """
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("The lock opens in a transaction of its own.")
    with committed():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sealing_present(%s, %s, %s)",
                [entry.id, entry.subject, index_version.current()],
            )
        yield
