"""Templates of a records file, to download: the same for everybody, and nothing from the registry in them."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from registry.import_template import csv_template, json_lines_template
from registry.officers import Officer
from registry.page_roles import for_verifying_officers


@for_verifying_officers
@require_GET
def template_csv(request: HttpRequest, officer: Officer) -> HttpResponse:
    """Give the template as CSV."""
    return _download(csv_template(), "text/csv; charset=utf-8", "template.csv")


@for_verifying_officers
@require_GET
def template_json_lines(request: HttpRequest, officer: Officer) -> HttpResponse:
    """Give the template as JSON Lines."""
    return _download(json_lines_template(), "application/jsonl; charset=utf-8", "template.jsonl")


def _download(text: str, kind: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(text, content_type=kind, headers={"Content-Disposition": disposition})
