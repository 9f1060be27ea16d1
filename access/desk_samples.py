"""The pages of random samples: draw one, see what was drawn and how much is judged, judge one inquiry. No person is named."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as now_

from access import desk, drawing, ground_words
from access.accounts import User
from access.desk_forms import DrawForm, JudgementForm
from access.samples import DrawnInquiry, Judgement, Sample
from sealing import coverage, log_lines, log_words
from sealing.log_reading import TooWide
from sealing.models import AuditEntry

SHOWN = 100


@desk.for_auditors("GET", "POST")
def samples(request: HttpRequest, *, by: User) -> HttpResponse:
    """List the samples, newest first; POST draws one."""
    form = DrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = drawing.draw(**form.cleaned_data, by=by)
        except drawing.NothingSigned:
            words = now_("The log has no checkpoint yet. Start the sequencer, then draw.")
            form.add_error(None, words)
        except (drawing.TooMany, TooWide):
            form.add_error("until", now_("This takes too long. Choose one month, or fewer days."))
        else:
            return HttpResponseRedirect(reverse("admin:desk_sample", args=[made.pk]))
    context = {
        "title": now_("Random samples"),
        "form": form,
        "samples": [_summary(sample) for sample in Sample.objects.all()[:SHOWN]],
    }
    return desk.show(request, "samples", context)


@desk.for_auditors("GET")
def sample(request: HttpRequest, *, by: User, sample: UUID) -> HttpResponse:
    """Show one sample: what was drawn, what is judged, and the coverage by unit and ground."""
    found = Sample.objects.filter(pk=sample).first()
    if found is None:
        raise Http404
    desk.enter(desk.reading(by, page="sample", sample=str(sample)))
    judged = drawing.with_verdicts(found)
    context = {
        "title": now_("Sample"),
        "sample": found,
        "judged": [
            (one, verdict, ground_words.authorised_ground(one.ground)) for one, verdict in judged
        ],
        "coverage": _coverage(found, judged),
        "summary": _summary(found),
    }
    return desk.show(request, "sample", context)


@desk.for_auditors("GET", "POST")
def drawn_inquiry(request: HttpRequest, *, by: User, drawn: UUID) -> HttpResponse:
    """Show the entries of a drawn inquiry; POST keeps a verdict."""
    one = DrawnInquiry.objects.select_related("sample").filter(pk=drawn).first()
    if one is None:
        raise Http404
    form = JudgementForm(request.POST or None)
    back = reverse("admin:desk_sample", args=[one.sample_id])
    if request.method == "POST" and form.is_valid():
        drawing.judge(drawn=one, **form.cleaned_data, by=by)
        messages.success(request, now_("The verdict is kept."))
        return HttpResponseRedirect(back)
    desk.enter(desk.reading(by, page="drawn", sample=str(one.sample_id), drawn=str(one.pk)))
    entries = AuditEntry.objects.using("audit").only(*log_lines.COLUMNS)
    first = entries.filter(pk=one.entry).first()
    thread = list(entries.filter(inquiry=first.inquiry).order_by("pk")[:SHOWN]) if first else []
    context = {
        "title": now_("Drawn inquiry"),
        "back": back,
        "lines": log_lines.lines(thread),
        "not_covered": coverage.of_thread(thread),
        "earlier": Judgement.objects.filter(drawn=one),
        "form": form,
    }
    return desk.show(request, "drawn", context)


def _coverage(sample: Sample, judged: list[tuple[DrawnInquiry, Judgement | None]]) -> Any:
    names = log_words.vocabulary.unit_names({row[0] for row in sample.strata})
    rows = drawing.coverage(sample, judged)
    return [
        {
            **row,
            "name": names.get(row["unit"], ""),
            "ground": ground_words.authorised_ground(row["ground"]),
        }
        for row in rows
    ]


def _summary(sample: Sample) -> dict[str, object]:
    drawn = sum(row[3] for row in sample.strata)
    judged = Judgement.objects.filter(drawn__sample=sample).values("drawn").distinct().count()
    return {
        "sample": sample,
        "inquiries": sum(row[2] for row in sample.strata),
        "strata": len(sample.strata),
        "drawn": drawn,
        "judged": judged,
    }
