"""The verifying officer's pages: the queue, comparing with the paper, filing or returning, the receipt."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from registry import drafting
from registry.drafting import open_to_verifier
from registry.filing import Refused, file_record
from registry.finding_words import in_words
from registry.forms import CheckedForm, RemarksForm
from registry.models import ViolationRecord
from registry.officers import Officer
from registry.page_roles import for_verifying_officers
from registry.pages import Page, draft_or_404, on_paper, page_of
from sealing.audit_log import NotEntered

RECEIPT = "filing_receipt"


@for_verifying_officers
@require_GET
def queue(request: HttpRequest, officer: Officer) -> Page:
    """List what awaits verification in the officer's unit, oldest first: times and clerks, no names."""
    return render(request, "registry/queue.html", page_of(open_to_verifier(officer), request))


@for_verifying_officers
@require_GET
def verify(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """Show a draft laid out as the paper, with the two things that can be done with it."""
    return _shown(request, draft_or_404(open_to_verifier(officer), key))


@for_verifying_officers
@require_POST
def file(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """File the record: it is sealed, and this officer cannot open it again either."""
    draft, form = draft_or_404(open_to_verifier(officer), key), CheckedForm(request.POST)
    if not form.is_valid():
        return _shown(request, draft, form=form)
    try:
        request.session[RECEIPT] = str(file_record(draft=draft, by=officer))
    except (Refused, NotEntered) as obstacle:
        return _not_filed(request, draft, form, obstacle)
    return redirect("record_receipt")


def _not_filed(
    request: HttpRequest, draft: ViolationRecord, form: CheckedForm, obstacle: Exception
) -> Page:
    if not isinstance(obstacle, Refused):
        form.add_error(
            None, _("The audit log could not be written, so nothing was filed. Try again.")
        )
        return _shown(request, draft, form=form, status=503)
    for finding in obstacle.findings:
        form.add_error(None, in_words(finding, {"offence_code": draft.offence_code}))
    return _shown(request, draft, form=form, status=409)


@for_verifying_officers
@require_POST
def give_back(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """Return a draft to its clerk with remarks."""
    draft, form = draft_or_404(open_to_verifier(officer), key), RemarksForm(request.POST)
    if not form.is_valid():
        return _shown(request, draft, form=form)
    drafting.return_draft(draft=draft, by=officer, remarks=form.cleaned_data["remarks"])
    return redirect("record_queue")


def _shown(
    request: HttpRequest,
    draft: ViolationRecord,
    *,
    form: CheckedForm | RemarksForm | None = None,
    status: int = 200,
) -> Page:
    forms = {
        "form": form,
        "checked": form if isinstance(form, CheckedForm) else CheckedForm(),
        "remarks": form if isinstance(form, RemarksForm) else RemarksForm(),
    }
    return render(request, "registry/verify.html", {**forms, **on_paper(draft)}, status=status)


@for_verifying_officers
@require_GET
def receipt(request: HttpRequest, officer: Officer) -> Page:
    """Show the receipt of the officer's last filing: one opaque token, the same page for every record."""
    token = request.session.get(RECEIPT)
    if token is None:
        return redirect("record_queue")
    return render(request, "registry/receipt.html", {"token": token})
