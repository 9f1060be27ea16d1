"""From the watermark on a photo to the inquiry behind it 泄露溯源: the view, its thread, the register of copies.

Each search is entered in the log with its reason before anything is looked for, and looks the same when nothing is
found. Nobody asked about is shown: an auditor learns who saw and who passed on, never about whom.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from access import confirmations, ground_words
from access.accounts import User
from access.copies import CopyStatement, Reminder
from access.denials import Text
from access.inquiry import Inquiry
from access.roles import Role, holds
from access.watermark_code import Pointed
from sealing import audit_log, log_words
from sealing.audit_log import Entry, Kind, Outcome
from sealing.cipher import Unopenable
from sealing.models import AuditEntry

#: Why a watermark is traced; a closed list, as free text might name a person.
REASONS: dict[str, Text] = {
    "leak_reported": _("A leak was reported"),
    "complaint": _("Complaint of a person"),
    "inspection": _("Inspection or spot check"),
    "drill": _("Leak drill"),
}
THREAD_ROWS = 200


@dataclass(frozen=True)
class Kept:
    """One statement on copies beside its entry; `row` is None when the register has lost what the log knows.

    `words` are office, file and reason, empty when they were changed and no longer open.
    """

    entry: AuditEntry | None
    row: CopyStatement | None
    words: tuple[str, ...] = field(repr=False)
    is_as_entered: bool


@dataclass(frozen=True)
class Trace:
    """One view that a code points at, with all that is known of its inquiry but whom it is about."""

    view: AuditEntry
    told: str
    inquiry: Inquiry | None
    ground: str
    thread: list[tuple[AuditEntry, str, str]] = field(repr=False)
    kept: list[Kept] = field(repr=False)
    due_on: date | None
    is_settled: bool


def trace(*, pointed: Pointed, reason: str, by: User) -> list[Trace]:
    """Enter the search, then return the views that a code points at: one, or none; more only of one millisecond.

    Raises PermissionDenied for whoever is no auditor, and NotEntered; nothing is looked for then.
    """
    if by.is_superuser or not holds(by, Role.AUDITOR):
        raise PermissionDenied
    audit_log.enter_alone(
        Entry(
            kind=Kind.SEARCH,
            outcome=Outcome.DONE,
            official=by.number,
            unit=by.unit.code if by.unit else "",
            details={"page": "leak", "code": pointed.text, "reason": reason},
        )
    )
    views = AuditEntry.objects.using("audit").filter(
        pk__gte=pointed.first, pk__lte=pointed.last, kind=Kind.LOOKUP, outcome=Outcome.GRANTED
    )
    return [_traced(view) for view in views.order_by("pk") if pointed.fits(view.pk)]


def _traced(view: AuditEntry) -> Trace:
    inquiry = Inquiry.objects.filter(receipt=view.inquiry).select_related("unit").first()
    same = AuditEntry.objects.using("audit").filter(inquiry=view.inquiry).order_by("pk")
    thread = list(same[:THREAD_ROWS]) if view.inquiry else [view]
    rows = list(CopyStatement.objects.filter(inquiry=inquiry)) if inquiry else []
    reminder = Reminder.objects.filter(inquiry=inquiry).first() if inquiry else None
    return Trace(
        view=view,
        told=log_words.sentence(view),
        inquiry=inquiry,
        ground=str(ground_words.ground_name(inquiry)) if inquiry else view.provision,
        thread=[(entry, log_words.when(entry), log_words.sentence(entry)) for entry in thread],
        kept=_kept(rows, thread),
        due_on=reminder.due_on if reminder and not reminder.closed_on else None,
        is_settled=confirmations.settles(rows),
    )


def _kept(rows: list[CopyStatement], thread: list[AuditEntry]) -> list[Kept]:
    """Put the register beside the log: what differs, what the log knows alone, what the log does not know."""
    entries = {entry.pk: entry for entry in thread if entry.kind == Kind.COPIES}
    by_entry = {row.entry: row for row in rows}
    found = []
    for key in sorted({*entries, *by_entry}):
        entry, row = entries.get(key), by_entry.get(key)
        words = _opened(row) if row else ()
        found.append(Kept(entry, row, words, bool(words) and _agree(entry, row)))
    return found


def _opened(row: CopyStatement) -> tuple[str, ...]:
    try:
        return (row.recipient, row.file, row.reason)
    except Unopenable:
        return ()


def _agree(entry: AuditEntry | None, row: CopyStatement | None) -> bool:
    if entry is None or row is None:
        return False
    details: dict[str, Any] = log_words.facts_of(entry).get("details", {})
    return confirmations.is_as_entered(row, details)
