"""Findings packs: chosen entries, each with the proof that it is in the log, to hand on without any content.

What is chosen is an alert's entries, a sample's, or what filters let through. A finding is a code.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as now_

from access import desk, drawing
from access.accounts import User
from access.alerts import Alert
from access.desk_export import filters_in
from access.desk_forms import ReasonForm
from access.reading_reasons import enter_with_reason
from access.samples import Judgement, Sample
from sealing import findings_pack, tree
from sealing.findings_pack import MOST, Chosen
from sealing.log_reading import TooWide, in_time
from sealing.models import AuditEntry


@desk.for_auditors("GET", "POST")
def of_filters(request: HttpRequest, *, by: User) -> HttpResponse:
    """Make a pack of the newest entries that filters let through."""
    filters = filters_in(request, by)
    found = filters.applied(AuditEntry.objects.using("audit")).order_by("-pk")
    try:
        keys = in_time(lambda: list(found.values_list("pk", flat=True)[:MOST]))
    except TooWide:
        return desk.too_wide(request, again=_list_of(request.GET.get("search", "")))
    return _made(request, [Chosen(key) for key in keys], by, filters=filters.chosen())


@desk.for_auditors("GET", "POST")
def of_alert(request: HttpRequest, *, by: User, alert: UUID) -> HttpResponse:
    """Make a pack of an alert's entries; each carries the alert's rule and verdict."""
    found = Alert.objects.filter(pk=alert).first()
    if found is None:
        raise Http404
    chosen = [Chosen(key, found.verdict, found.rule) for key in found.entries[:MOST]]
    return _made(request, chosen, by, alert=str(alert))


@desk.for_auditors("GET", "POST")
def of_sample(request: HttpRequest, *, by: User, sample: UUID) -> HttpResponse:
    """Make a pack of a sample's inquiries, each with its verdict and cause."""
    found = Sample.objects.filter(pk=sample).first()
    if found is None:
        raise Http404
    chosen = [
        Chosen(one.entry, *_finding(verdict)) for one, verdict in drawing.with_verdicts(found)
    ]
    return _made(request, chosen, by, sample=str(sample))


def _list_of(word: str) -> str:
    """Return the address of the list that the filters of a sealed word make."""
    return reverse("admin:sealing_auditentry_changelist") + (f"?search={word}" if word else "")


def _finding(judgement: Judgement | None) -> tuple[str, str]:
    return (judgement.verdict, judgement.cause) if judgement else ("", "")


def _made(request: HttpRequest, chosen: Sequence[Chosen], by: User, **of: Any) -> HttpResponse:
    """Ask why; POST gives the pack, once the entry about it is committed."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            packed = findings_pack.pack(chosen)
        except tree.NotInTree:
            words = now_("The log has no checkpoint over these entries yet. Try again in a minute.")
            form.add_error(None, words)
        else:
            entry = desk.reading(
                by,
                act="packed",
                count=packed.entries,
                digest=packed.digest,
                checkpoint=packed.size,
                reason=form.cleaned_data["reason"],
                **of,
            )
            enter_with_reason(entry, words=form.cleaned_data["words"], by=by)
            answer = HttpResponse(packed.content, content_type="application/zip")
            answer["Content-Disposition"] = f'attachment; filename="findings-{entry.id}.zip"'
            return answer
    context = {
        "title": now_("Findings pack"),
        "form": form,
        "count": len(chosen),
        "most": MOST,
    }
    return desk.show(request, "pack", context)
