"""Django's own PostgreSQL backend; whatever commits is bounded, whoever began it: a page's session as well as the log."""

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base

from sealing.commit_wait import bounded

WRITES = ("INSERT", "UPDATE", "DELETE")


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose COMMIT is cancelled after 10 s, and a single statement that writes outside any transaction too.

    One that only waited for a standby returns then, with a warning.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(_bounded_alone)

    def _commit(self) -> None:
        if self.connection is not None:
            with bounded(self.connection):
                super()._commit()  # type: ignore[misc]  # Django's stubs leave it out


def _bounded_alone(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    connection = context["connection"]
    if connection.in_atomic_block or not str(sql).lstrip().startswith(WRITES):
        return execute(sql, params, many, context)
    with bounded(connection.connection):
        return execute(sql, params, many, context)
