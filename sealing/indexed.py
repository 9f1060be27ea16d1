"""Which table stands under index values: taught by those above, used where it is moved and where its guards are checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models


@dataclass(frozen=True)
class Indexed:
    """A table whose rows stand under index values: their columns, the table where the next ones wait, and the values
    of a row under the version at hand (`index_version.under`)."""

    model: "type[models.Model]"
    waiting: str
    columns: Sequence[str]
    reads: Sequence[str]
    values: Callable[[Any], Sequence[bytes | None]]

    @property
    def table(self) -> str:
        """Return the name of the table."""
        return str(self.model._meta.db_table)


_taught: list[Indexed] = []


def teach(indexed: Indexed) -> None:
    """Say which table stands under index values; there is one, since all of them must move in one transaction."""
    _taught[:] = [indexed]


def indexes() -> list[Indexed]:
    """Return what was taught."""
    return list(_taught)
