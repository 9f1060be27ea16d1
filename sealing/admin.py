"""The auditor's pages of the audit log: read-only, through the alias `audit`, and never a record.

Reading is itself entered: every list and every single entry. If that entry cannot be written,
the page is not shown. Knows no law: words come from `log_words.vocabulary`.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from sealing import coverage, log_lines, log_words, retention_admin, verification_admin
from sealing.admin_parts import Part
from sealing.audit_log import Entry, Kind, NotEntered, Outcome, enter_alone
from sealing.log_filters import LogFilters, from_address, in_address
from sealing.log_paging import page
from sealing.log_reading import TooWide, in_time
from sealing.models import AuditEntry

__all__ = ["AuditLog", "retention_admin", "verification_admin"]

THREAD_ROWS = 50


@admin.register(AuditEntry)
class AuditLog(Part):
    """Two pages: the list with its filters, and one entry in words."""

    def get_queryset(self, request: HttpRequest) -> "QuerySet[AuditEntry]":
        """Read as the auditors' database role."""
        return AuditEntry.objects.using("audit")

    def get_urls(self) -> list[URLPattern]:
        """Leave out every page that adds, changes or deletes."""
        name = "sealing_auditentry"
        return [
            path("", self.admin_site.admin_view(self.changelist_view), name=f"{name}_changelist"),
            path("<uuid:key>/", self.admin_site.admin_view(self.entry_view), name=f"{name}_change"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the newest entries, or those that the filters in the address let through."""
        self._refuse_others(request)
        if request.method == "POST":
            return self._choose_filters(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        word = request.GET.get("search", "")
        filters = LogFilters(self._filters(request, word))
        if not filters.is_valid():
            raise Http404
        cut = {name: _key(request, name) for name in ("older_than", "newer_than")}
        at = {name: str(key) for name, key in cut.items() if key}
        if not _entered(request, page="list", filters=filters.chosen(), **at):
            return self.not_entered(request)
        entries = filters.applied(self.get_queryset(request)).only(*log_lines.COLUMNS)
        try:
            found = in_time(lambda: page(entries, **cut))
        except TooWide:
            filters.add_error("since", _("This takes too long. Choose one month, or fewer days."))
            found = None
        return self._list(request, filters=filters, word=word, found=found)

    def entry_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Show one entry in words, with its facts, its hash and the bytes that were hashed."""
        self._refuse_others(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        entry = self.get_queryset(request).filter(pk=key).first()
        if entry is None:
            return self._gone(request, key)
        if not _entered(request, page="entry", entry=str(key)):
            return self.not_entered(request)
        thread = self._thread(request, entry)
        context = {
            "title": _("Audit entry"),
            "entry": entry,
            "told": log_words.sentence(entry),
            "facts": _facts(entry),
            "reasons": log_words.vocabulary.why(entry.reasons),
            "body": log_words.read_body(entry),
            "leaf_hash": bytes(entry.leaf_hash).hex(),
            "intact": log_words.is_intact(entry),
            "thread": log_lines.lines(thread),
            "not_covered": coverage.of_thread(thread) if entry.inquiry else [],
        }
        return self._page(request, "entry", context)

    def _gone(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Say that the month of a key was dropped; that there never was such an entry otherwise."""
        month = coverage.dropped_month(key)
        if not month:
            raise Http404
        answer = self._page(
            request, "not_covered", {"title": _("This is not covered"), "month": month}
        )
        answer.status_code = HTTPStatus.NOT_FOUND
        return answer

    def _choose_filters(self, request: HttpRequest) -> HttpResponse:
        """Turn posted filters into an address that names nobody."""
        filters = LogFilters(request.POST)
        if not filters.is_valid():
            return self._list(request, filters=filters, word="", found=None)
        address = reverse(f"{self.admin_site.name}:sealing_auditentry_changelist")
        if chosen := filters.chosen():
            address += f"?search={in_address(chosen, reader=request.user.get_username())}"
        return HttpResponseRedirect(address)

    def _filters(self, request: HttpRequest, word: str) -> dict[str, str]:
        if not word:
            return {}
        try:
            return from_address(word, reader=request.user.get_username())
        except ValueError:
            raise Http404 from None

    def _list(
        self, request: HttpRequest, *, filters: LogFilters, word: str, found: Any
    ) -> HttpResponse:
        rows = found.rows if found else []
        context = {
            "title": _("Audit log"),
            "filters": filters,
            "search": word,
            "lines": log_lines.lines(rows),
            "found": found,
            "shown": log_words.shown(len(rows)),
            "not_covered": coverage.not_covered(**filters.days())
            if found and (word or not rows)
            else [],
        }
        return self._page(request, "list", context)

    def _thread(self, request: HttpRequest, entry: AuditEntry) -> list[AuditEntry]:
        if not entry.inquiry:
            return []
        same = self.get_queryset(request).only(*log_lines.COLUMNS).filter(inquiry=entry.inquiry)
        return list(same.order_by("pk")[:THREAD_ROWS])

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(
            request, f"admin/sealing/auditentry/{name}.html", {**common, **context}
        )

    def _refuse_others(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


def _entered(request: HttpRequest, **details: Any) -> bool:
    """Enter that an auditor read the log; False when it could not be entered."""
    user = request.user
    unit = getattr(user, "unit", None)
    entry = Entry(
        kind=Kind.SEARCH,
        outcome=Outcome.DONE,
        official=user.get_username(),
        unit=unit.code if unit else "",
        details=details,
    )
    try:
        enter_alone(entry)
    except (NotEntered, DatabaseError):
        return False
    return True


def _key(request: HttpRequest, name: str) -> Any:
    text = request.GET.get(name)
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None


def _facts(entry: AuditEntry) -> list[tuple[str, str]]:
    words = log_words.vocabulary
    return [
        (_("Entry"), str(entry.pk)),
        (_("Time"), log_words.when(entry)),
        (_("Kind"), log_words.kind(entry.kind)),
        (_("Outcome"), log_words.outcome(entry.outcome)),
        (_("Unit"), words.unit(entry.unit)),
        (_("Official"), log_words.official(entry.official)),
        (_("Exception"), str(words.exceptions().get(entry.exception, "")) or log_words.NONE),
        (_("Provision"), words.ground("", entry.provision)),
        (_("Receipt"), entry.inquiry or log_words.NONE),
        (_("Person, as a keyed hash"), entry.person or log_words.NONE),
    ]
