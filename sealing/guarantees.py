"""A guarantee: something the site relies on, with the check that says whether it holds now.

Every guarantee is a Django system check as well; those that ask the database run with
`manage.py check --database default` and before the site starts. Knows no particular guarantee.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections
from django.utils.functional import Promise
from django.utils.translation import gettext as _

Found = Iterable[CheckMessage]


@dataclass(frozen=True)
class Guarantee:
    """What holds (`title`) and the check that yields a message for each thing that breaks it."""

    title: str | Promise
    check: Callable[[], Found]
    asks_database: bool = True

    def broken(self) -> list[CheckMessage]:
        """Return what breaks the guarantee; a database that does not answer breaks it too."""
        try:
            return list(self.check())
        except DatabaseError as error:
            return [
                Error(
                    _("A guarantee could not be checked: %(title)s") % {"title": self.title},
                    hint=_("The database answered with %(error)s. Is it up and migrated?")
                    % {"error": type(error).__name__},
                    id="sealing.E000",
                )
            ]


def enlist(guarantees: Sequence[Guarantee]) -> None:
    """Make system checks of guarantees."""
    for guarantee in guarantees:
        register(
            _system_check(guarantee), Tags.database if guarantee.asks_database else Tags.security
        )


def _system_check(guarantee: Guarantee) -> Callable[..., list[CheckMessage]]:
    def run(
        app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
    ) -> list[CheckMessage]:
        if guarantee.asks_database and (is_schema_change() or "default" not in (databases or ())):
            return []
        return guarantee.broken()

    return run


def is_schema_change() -> bool:
    """Say whether this process signs in as the owner of the tables, to migrate: it has no alias `audit`."""
    return "audit" not in settings.DATABASES


def rows(
    alias: str, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> list[tuple[Any, ...]]:
    """Return what the database of an alias answers."""
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.fetchall()


def role(alias: str) -> str:
    """Return the role an alias is signed in as."""
    return str(rows(alias, "SELECT current_user")[0][0])
