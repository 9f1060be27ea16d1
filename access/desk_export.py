"""A filtered list of the log as a table to take away: capped, safe for spreadsheets, entered with filters, count and digest.

The person is the log's keyed hash, and that only in entries of inquiries; names and numbers are not in the log at all.
"""

import hashlib
from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as now_

from access import desk
from access.accounts import User
from access.desk_forms import ReasonForm
from access.desk_person import ABOUT_ASKING
from access.reading_reasons import enter_with_reason
from sealing import csv_cells, log_lines, log_words
from sealing.log_filters import LogFilters, from_address, told
from sealing.log_reading import TooWide, in_time
from sealing.models import AuditEntry

MOST_ROWS = 50_000


@desk.for_auditors("GET", "POST")
def export(request: HttpRequest, *, by: User) -> HttpResponse:
    """Ask why; POST gives the table, once the entry about it is committed."""
    word, filters = request.GET.get("search", ""), filters_in(request, by)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rows = in_time(lambda: entries(filters))
        except TooWide:
            form.add_error(None, now_("This takes too long. Choose one month, or fewer days."))
        else:
            return _taken(rows, filters, form, by)
    context = {
        "title": now_("Take this list out as a table"),
        "form": form,
        "search": word,
        "chosen": told(filters.chosen()),
        "most": MOST_ROWS,
    }
    return desk.show(request, "export", context)


def filters_in(request: HttpRequest, by: User) -> LogFilters:
    """Return the filters of an address made for this auditor; Http404 for any other."""
    word = request.GET.get("search", "")
    try:
        filters = LogFilters(from_address(word, reader=by.get_username()) if word else {})
    except ValueError:
        raise Http404 from None
    if not filters.is_valid():
        raise Http404
    return filters


def entries(filters: LogFilters) -> list[AuditEntry]:
    """Return the newest entries that the filters let through, as many as a table may have."""
    found = filters.applied(AuditEntry.objects.using("audit"))
    return list(found.only(*log_lines.COLUMNS, "person").order_by("-pk")[:MOST_ROWS])


def _taken(rows: list[AuditEntry], filters: LogFilters, form: ReasonForm, by: User) -> HttpResponse:
    made = csv_cells.table(cells(rows))
    entry = desk.reading(
        by,
        act="exported",
        filters=filters.chosen(),
        count=len(rows),
        digest=hashlib.sha256(made).hexdigest(),
        reason=form.cleaned_data["reason"],
    )
    enter_with_reason(entry, words=form.cleaned_data["words"], by=by)
    answer = HttpResponse(made, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="log-{entry.id}.csv"'
    return answer


def cells(rows: list[AuditEntry]) -> Iterator[list[str]]:
    """Yield the heading and a line for each entry: units, officials and provisions by their codes, the rest in words."""
    yield [
        now_("Entry"),
        now_("Time"),
        now_("Kind"),
        now_("Outcome"),
        now_("Unit"),
        now_("Official"),
        now_("Exception"),
        now_("Provision"),
        now_("Reasons"),
        now_("Receipt"),
        now_("Person, as a keyed hash"),
    ]
    exceptions = log_words.vocabulary.exceptions()
    for entry in rows:
        yield [
            str(entry.pk),
            log_words.when(entry),
            log_words.kind(entry.kind),
            log_words.outcome(entry.outcome),
            entry.unit,
            entry.official,
            str(exceptions.get(entry.exception, entry.exception)),
            entry.provision,
            " ".join(log_words.vocabulary.why(entry.reasons)),
            entry.inquiry,
            entry.person if entry.kind in ABOUT_ASKING and entry.inquiry else "",
        ]
