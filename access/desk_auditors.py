"""What auditors did: every reading and every act of every auditor, shown to all of them, and entered itself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as now_

from access import desk, desk_words
from access.accounts import User
from access.reading_reasons import ReadingReason
from sealing import log_words
from sealing.audit_log import Kind
from sealing.log_paging import page
from sealing.log_reading import in_time
from sealing.models import AuditEntry


@desk.for_auditors("GET")
def auditors(request: HttpRequest, *, by: User) -> HttpResponse:
    """Show a page of it, newest first, this reading included."""
    cut: dict[str, Any] = {
        name: desk.key_in(request, name) for name in ("older_than", "newer_than")
    }
    at = {name: str(key) for name, key in cut.items() if key}
    desk.enter(desk.reading(by, page="auditors", **at))
    entries = AuditEntry.objects.using("audit").filter(kind=Kind.SEARCH)
    found = in_time(lambda: page(entries, **cut))
    words = {
        reason.entry: reason.text
        for reason in ReadingReason.objects.filter(entry__in=[entry.pk for entry in found.rows])
    }
    context = {
        "title": now_("What auditors did"),
        "lines": [_line(entry, words) for entry in found.rows],
        "found": found,
        "shown": log_words.shown(len(found.rows)),
    }
    return desk.show(request, "auditors", context)


def _line(entry: AuditEntry, words: dict[Any, str]) -> dict[str, Any]:
    details = log_words.facts_of(entry).get("details") or {}
    return {
        "entry": entry,
        "time": log_words.when(entry),
        "what": desk_words.what(details),
        "choices": desk_words.choices(details),
        "reason": desk_words.reason(details),
        "words": words.get(entry.pk, ""),
    }
