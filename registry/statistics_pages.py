"""The page of statistics: a chart as an image and the same numbers as a table beside it.

A chart is drawn from what the database tells, so it cannot show more than the table. It is an image of its own
without script, style sheet or anything random: the same month is the same bytes.
"""

from datetime import date
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from registry.officers import Officer
from registry.page_roles import for_verifying_officers
from registry.statistics import (
    DIMENSIONS,
    LEAST,
    counts,
    last_month_over,
    month_after,
    month_before,
)

TITLES: dict[str, str | Promise] = {
    "article": gettext_lazy("By article"),
    "organ": gettext_lazy("By organ"),
    "penalty": gettext_lazy("By penalty"),
}
PENALTIES: dict[str, str | Promise] = {
    "warning": gettext_lazy("Warning only"),
    "fine": gettext_lazy("Fine only"),
    "detention": gettext_lazy("Detention only"),
    "detention_and_fine": gettext_lazy("Detention and fine"),
    "other": gettext_lazy("Other penalties"),
}
WIDTH, LABELS_END, BARS_END, ROW = 720, 200, 640, 30


class Bar(NamedTuple):
    """One line of the chart: its words, its number, and where it is drawn."""

    label: str
    records: int
    top: int
    width: int


@for_verifying_officers
@require_GET
def statistics(request: HttpRequest, officer: Officer) -> HttpResponse:
    """Show what is told of one month that is over (`month`, default: the latest)."""
    month = month_in(request)
    found = counts(month)
    context = {
        "month": month,
        "before": month_before(month),
        "after": month_after(month) if month < last_month_over() else None,
        "total": found.total,
        "least": LEAST,
        "tables": [
            {
                "dimension": dimension,
                "title": TITLES[dimension],
                "chart": f"record_chart_{dimension}",
                "bars": bars(dimension, found.told[dimension]),
            }
            for dimension in DIMENSIONS
        ],
    }
    return render(request, "registry/statistics.html", context)


@for_verifying_officers
@require_GET
def chart(request: HttpRequest, officer: Officer, dimension: str) -> HttpResponse:
    """Draw one dimension of a month as an SVG image."""
    drawn = bars(dimension, counts(month_in(request)).told[dimension])
    context = {
        "bars": drawn,
        "width": WIDTH,
        "height": ROW * max(len(drawn), 1) + 10,
        "labels_end": LABELS_END - 10,
        "bars_start": LABELS_END,
    }
    return render(request, "registry/chart.svg", context, content_type="image/svg+xml")


def month_in(request: HttpRequest) -> date:
    """Return the month that the address names, as 2026-10, or raise Http404 for one that is not over."""
    latest = last_month_over()
    said = request.GET.get("month")
    try:
        month = date.fromisoformat(f"{said}-01") if said else latest
    except ValueError:
        raise Http404 from None
    if month > latest or month.year < latest.year - 50:
        raise Http404
    return month


def bars(dimension: str, told: list[tuple[str, int]]) -> list[Bar]:
    """Return the lines of a chart, the longest as wide as there is room."""
    longest = max((records for _category, records in told), default=1)
    return [
        Bar(
            label=_label(dimension, category),
            records=records,
            top=ROW * place + 5,
            width=round((BARS_END - LABELS_END) * records / longest),
        )
        for place, (category, records) in enumerate(told)
    ]


def _label(dimension: str, category: str) -> str:
    if dimension == "article":
        return _("Article %(number)s") % {"number": category}
    return str(PENALTIES.get(category, category)) if dimension == "penalty" else category
