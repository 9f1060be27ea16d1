"""Pages of a log by key: newest first, never counted, as quick on the last page as on the first.

A page is cut by a key, not by a number of rows to skip, so nothing is lost or shown twice while new entries
arrive. Knows no filter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

PAGE_ROWS = 50


@dataclass(frozen=True)
class Page:
    """Rows, newest first; `newer` and `older` are the keys the neighbouring pages are cut by, None at an end."""

    rows: Sequence[Any]
    newer: Any = None
    older: Any = None


def page(
    entries: "QuerySet[Model]",
    *,
    older_than: Any = None,
    newer_than: Any = None,
    size: int = PAGE_ROWS,
) -> Page:
    """Return the page of entries just older or just newer than a key; the newest page without one.

    At most `size` + 1 rows are read. When fewer than a page are newer, the newest page is returned.
    """
    if newer_than is not None:
        found = list(entries.filter(pk__gt=newer_than).order_by("pk")[: size + 1])
        if len(found) > size:
            rows = found[:size][::-1]
            return Page(rows, newer=rows[0].pk, older=rows[-1].pk)
        newer_than = older_than = None
    if older_than is not None:
        entries = entries.filter(pk__lt=older_than)
    found = list(entries.order_by("-pk")[: size + 1])
    rows = found[:size]
    newer = rows[0].pk if rows and older_than is not None else None
    return Page(rows, newer=newer, older=rows[-1].pk if len(found) > size else None)


def first_key(moment: datetime) -> UUID:
    """Return the smallest key of a moment: its milliseconds since 1970, then zeros."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
