"""Keeping what a clerk has typed before it is a draft: as typed, sealed, for him alone, never overwritten unseen.

An entry is of one clerk of one unit and answers everybody else as if it never was. Knows no form: what was typed
is names with their values. Knows no statutory check: half a date is kept like a whole one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from registry.drafting import open_to_clerk, version_of
from registry.entry_models import UnfinishedEntry
from registry.officers import Officer

MOST_ENTRIES = 100
"""A clerk may have this many entries unfinished at a time."""
LONGEST_TYPED = 60_000
"""The most characters of one form: the longest facts, every other field at its longest, and room."""


class NotKept(Exception):
    """What was typed was not kept; `code` says why: stale, gone, too_many or too_long."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Seen:
    """Which version a browser window has before it, and the window's own random number, if it has one.

    `draft` is the version of the draft that the window began to change; empty where it changes none.
    """

    version: int = 0
    window: UUID | None = None
    draft: str = ""


def unfinished_of(officer: Officer) -> QuerySet[UnfinishedEntry]:
    """Return the entries that a clerk has not finished, oldest first."""
    entries = UnfinishedEntry.objects.filter(clerk=officer.number, clerk_unit=officer.unit_code)
    return (entries if officer.is_clerk else entries.none()).order_by("started_at", "id")


def is_current(entry: UnfinishedEntry, seen: Seen) -> bool:
    """Say whether a window may go on from what it has: the newest version, or one it saved last itself.

    A window sends one saving after the other, so what it saved last is older than what it has, also when the answer
    to that saving was lost on its way.
    """
    return entry.version == seen.version or (
        seen.window is not None and entry.window == seen.window
    )


@transaction.atomic
def keep(
    *,
    key: UUID,
    typed: Mapping[str, Any],
    seen: Seen,
    by: Officer,
    draft: UUID | None = None,
    outcome: str = "",
) -> UnfinishedEntry:
    """Keep what was typed under a key that the window made, and return the entry with its new version.

    Raises PermissionDenied for anybody but a clerk and for a draft that is not open to him; NotKept when another
    window has saved since, the entry or the draft (`stale`), when the entry was finished or given up (`gone`), or for its amount.
    """
    if not by.is_clerk:
        raise PermissionDenied
    text = json.dumps(dict(typed), ensure_ascii=False)
    if len(text) > LONGEST_TYPED:
        raise NotKept("too_long")
    held = unfinished_of(by).select_for_update().filter(pk=key).first()
    if held is None:
        return _begun(key, text, seen, by, draft, outcome)
    if not is_current(held, seen):
        raise NotKept("stale")
    held.typed, held.version, held.window = text, held.version + 1, seen.window
    held.save(update_fields=["typed", "version", "window", "saved_at"])
    return held


def _begun(
    key: UUID, text: str, seen: Seen, by: Officer, draft: UUID | None, outcome: str
) -> UnfinishedEntry:
    if seen.version:
        raise NotKept("gone")
    if draft:
        _is_as_seen(draft, seen, by)
    if unfinished_of(by).count() >= MOST_ENTRIES:
        raise NotKept("too_many")
    try:
        with transaction.atomic():
            return UnfinishedEntry.objects.create(
                id=key,
                clerk=by.number,
                clerk_unit=by.unit_code,
                draft=draft,
                outcome=outcome,
                version=1,
                window=seen.window,
                typed=text,
            )
    except IntegrityError:
        raise NotKept("stale") from None


def _is_as_seen(draft: UUID, seen: Seen, by: Officer) -> None:
    """While an entry is kept beside a draft nobody else saves the draft, so only the beginning has to look."""
    held = open_to_clerk(by).select_for_update().filter(pk=draft).first()
    if held is None:
        raise PermissionDenied
    if seen.draft and seen.draft != version_of(held):
        raise NotKept("stale")


def typed_in(entry: UnfinishedEntry) -> dict[str, Any]:
    """Return what was typed, name by name; opens the sealed text."""
    return dict(json.loads(entry.typed))


@transaction.atomic
def finish(*, key: UUID, by: Officer) -> None:
    """Remove an entry that was saved as a draft, or given up: nothing of it is kept."""
    unfinished_of(by).filter(pk=key).delete()
