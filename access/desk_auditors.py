"""What auditors did: every reading and every act of every auditor, shown to all of them, and entered itself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as now_

from access import desk, desk_words
from access.accounts import User
from access.reading_reasons import ReadingReason
from sealing import coverage, log_words
from sealing.audit_log import Kind
from sealing.log_paging import Page, page
from sealing.log_period import PeriodForm
from sealing.log_reading import TooWide, in_time
from sealing.models import AuditEntry


@desk.for_auditors("GET")
def auditors(request: HttpRequest, *, by: User) -> HttpResponse:
    """Show a page of it, newest first, this reading included."""
    cut: dict[str, Any] = {
        name: desk.key_in(request, name) for name in ("older_than", "newer_than")
    }
    at = {name: str(key) for name, key in cut.items() if key}
    period = PeriodForm(request.GET)
    desk.enter(desk.reading(by, page="auditors", **_of(period), **at))
    found = _found(period, cut) if period.is_valid() else Page([])
    words = {
        reason.entry: reason.text
        for reason in ReadingReason.objects.filter(entry__in=[entry.pk for entry in found.rows])
    }
    context = {
        "title": now_("What auditors did"),
        "period": period,
        "not_covered": coverage.not_covered(**period.days()) if period.is_valid() else [],
        "lines": [_line(entry, words) for entry in found.rows],
        "found": found,
        "shown": log_words.shown(len(found.rows)),
    }
    return desk.show(request, "auditors", context)


def _of(period: PeriodForm) -> dict[str, Any]:
    return {"filters": period.chosen()} if period.is_valid() and period.chosen() else {}


def _found(period: PeriodForm, cut: dict[str, Any]) -> Page:
    """Return a page of what was done in the period; an empty one, and the form says why, when that takes too long."""
    entries = period.applied(AuditEntry.objects.using("audit").filter(kind=Kind.SEARCH))
    try:
        return in_time(lambda: page(entries, **cut))
    except TooWide:
        period.add_error("since", now_("This takes too long. Choose one month, or fewer days."))
        return Page([])


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
