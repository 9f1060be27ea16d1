"""How long the log is looked through for one page: not longer than an auditor waits.

The database guesses how rare a filter is. When it guesses wrong it would walk the whole log by time; it is then
stopped and made to go by the filters' own indexes. What takes too long even so is answered with "choose a
shorter period", never with a page that does not come.
"""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connections, transaction
from psycopg.errors import QueryCanceled

Read = TypeVar("Read")

BY_TIME = "SET LOCAL statement_timeout = 1500"
BY_FILTERS = "SET LOCAL statement_timeout = 6000; SET LOCAL enable_indexscan = off"


class TooWide(Exception):
    """The filters let too much of the log through to be looked at in one go."""


def in_time(read: Callable[[], Read], *, alias: str = "audit") -> Read:
    """Return what `read` reads from the log; TooWide when it takes more than about 8 s."""
    for plan in (BY_TIME, BY_FILTERS):
        try:
            with transaction.atomic(using=alias):
                with connections[alias].cursor() as cursor:
                    cursor.execute(plan)
                return read()
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
    raise TooWide
