"""The supervisor's pages of bulk filing: upload, progress, summary, confirm or discard, receipt, rejects file.

A run is seen by the verifying officers of its organ; to anybody else it was never there. Looking at a run sees to it
that a process works on it. Pages tell numbers and codes, no row.
"""

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from registry import import_runs, reject_words
from registry.import_launch import see_to
from registry.import_run_models import ImportRun, RunState
from registry.officers import Officer
from registry.page_roles import for_verifying_officers
from registry.rejects_file import HEADER
from registry.sealed_upload import SealedUpload
from registry.upload_form import ConfirmForm, UploadForm
from sealing.audit_log import NotEntered
from sealing.cipher import Unopenable

SHOWN = 50
COLOURS = {
    RunState.CHECKED: "yellow",
    RunState.DONE: "green",
    RunState.FAILED: "red",
    RunState.CANCELLED: "grey",
}


def run_or_404(officer: Officer, key: UUID) -> ImportRun:
    """Return a run of the officer's organ, or raise Http404."""
    found = import_runs.runs_of(officer).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@for_verifying_officers
@require_http_methods(["GET", "POST"])
def runs(request: HttpRequest, officer: Officer) -> HttpResponse:
    """List the organ's runs and take a file."""
    form, status = UploadForm(), 200
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            if run := _uploaded(form, officer):
                see_to(run)
                return redirect("import_run", run.pk)
            status = 503 if import_runs.has_room(officer) else 409
    else:
        with suppress(NotEntered):
            import_runs.expire()
    listed = [
        (run, COLOURS.get(RunState(run.state), "blue"))
        for run in import_runs.runs_of(officer)[:SHOWN]
    ]
    return render(request, "registry/import.html", {"form": form, "runs": listed}, status=status)


def _uploaded(form: UploadForm, officer: Officer) -> ImportRun | None:
    file: SealedUpload = form.cleaned_data["file"]
    if not import_runs.has_room(officer):
        form.add_error(
            None, _("Five files of your organ are waiting. Confirm or discard one of them first.")
        )
        return None
    language = get_language() or "zh-hans"
    try:
        run = import_runs.upload(
            run=file.run,
            law=form.cleaned_data["law"],
            language=language,
            size=file.size or 0,
            by=officer,
        )
    except NotEntered:
        form.add_error(None, _("The audit log could not be written. Nothing was kept; try again."))
        return None
    file.keep()
    return run


@for_verifying_officers
@require_GET
def run(request: HttpRequest, officer: Officer, key: UUID) -> HttpResponse:
    """Show where a run stands, and what can be done with it."""
    found = run_or_404(officer, key)
    see_to(found)
    return _shown(request, officer, found)


def _shown(
    request: HttpRequest,
    officer: Officer,
    run: ImportRun,
    form: ConfirmForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "run": run,
        "form": form,
        "confirming": form or ConfirmForm(),
        "may_confirm": import_runs.may_confirm(run, officer),
        "colour": COLOURS.get(RunState(run.state), "blue"),
        "steps": [_("Upload"), _("Check"), _("Confirm"), _("File and seal"), _("Result")],
        "step": _step(run),
        "told": _told(run),
        "rejections": reject_words.rejections(run.codes),
        "warnings": reject_words.warnings(run.warnings),
        "has_rejects": run.rejects.exists(),
    }
    return render(request, "registry/import_run.html", context, status=status)


def _step(run: ImportRun) -> int:
    steps = {RunState.CHECKING: 2, RunState.CHECKED: 3, RunState.FILING: 4, RunState.DONE: 5}
    return steps.get(RunState(run.state), 0)


def _told(run: ImportRun) -> str:
    """Return the progress of a run in a sentence."""
    if run.state == RunState.CHECKING and run.rows_total is None:
        return _("%(rows)s rows read.") % {"rows": f"{run.rows_read:,}"}
    done, total = f"{run.rows_done:,}", f"{run.rows_total or 0:,}"
    return _("%(done)s of %(total)s rows.") % {"done": done, "total": total}


@for_verifying_officers
@require_GET
def progress(request: HttpRequest, officer: Officer, key: UUID) -> JsonResponse:
    """Tell a script where the run stands: state, rows done, rows in all, and both in words."""
    found = run_or_404(officer, key)
    see_to(found)
    rows = {"done": found.rows_done, "total": found.rows_total}
    return JsonResponse({"state": found.state, **rows, "told": _told(found)})


@for_verifying_officers
@require_POST
def confirm(request: HttpRequest, officer: Officer, key: UUID) -> HttpResponse:
    """Have the sound rows filed. PermissionDenied for whoever uploaded the file."""
    found, form = run_or_404(officer, key), ConfirmForm(request.POST)
    if not form.is_valid():
        return _shown(request, officer, found, form)
    try:
        import_runs.confirm(run=found, by=officer)
    except NotEntered:
        form.add_error(
            None, _("The audit log could not be written, so nothing was filed. Try again.")
        )
        return _shown(request, officer, found, form, 503)
    except import_runs.NotNow:
        return redirect("import_run", key)
    see_to(found)
    return redirect("import_run", key)


@for_verifying_officers
@require_POST
def discard(request: HttpRequest, officer: Officer, key: UUID) -> HttpResponse:
    """Give the file up; it is removed."""
    found = run_or_404(officer, key)
    try:
        import_runs.discard(run=found, by=officer)
    except NotEntered:
        messages.error(
            request, _("The audit log could not be written, so nothing was discarded. Try again.")
        )
        return _shown(request, officer, found, status=503)
    except import_runs.NotNow:
        pass
    return redirect("import_run", key)


@for_verifying_officers
@require_GET
def rejects(request: HttpRequest, officer: Officer, key: UUID) -> HttpResponse:
    """Give the rejects file, whole: `row,decision_number,codes`. It is kept for a week."""
    found = run_or_404(officer, key)
    try:
        lines = [batch.opened() for batch in found.rejects.order_by("id")]
    except Unopenable:
        raise Http404 from None
    if not lines:
        raise Http404
    # The mark is how spreadsheets know that the numbers are UTF-8.
    text = "".join(["\ufeff", ",".join(HEADER), "\n", *lines])
    headers = {"Content-Disposition": 'attachment; filename="rejects.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
