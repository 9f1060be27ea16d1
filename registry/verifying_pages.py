"""The verifying officer's pages: the queue, comparing with the paper, filing or returning, the receipt."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from registry import drafting
from registry.drafting import Overtaken, open_to_verifier, version_of
from registry.filing import NotFiled, file_together
from registry.finding_words import in_words
from registry.forms import CheckedForm
from registry.kept_words import WHY_NOT_KEPT
from registry.models import ViolationRecord
from registry.officers import Officer
from registry.page_roles import for_verifying_officers
from registry.pages import Page, draft_or_404, on_paper, page_of
from registry.remark_forms import RemarksForm
from registry.whole_decision import of_one_decision
from sealing.audit_log import NotEntered

RECEIPT = "filing_receipts"
OBSTACLES = (NotFiled, Overtaken, NotEntered)


@for_verifying_officers
@require_GET
def queue(request: HttpRequest, officer: Officer) -> Page:
    """List what awaits verification in the officer's unit, oldest first: times and clerks, no names."""
    return render(request, "registry/queue.html", page_of(open_to_verifier(officer), request))


@for_verifying_officers
@require_GET
def verify(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """Show a draft laid out as the paper, with the two things that can be done with it."""
    return _shown(request, officer, draft_or_404(open_to_verifier(officer), key))


@for_verifying_officers
@require_POST
def file(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """File the record: it is sealed, and this officer cannot open it again either."""
    draft, form = draft_or_404(open_to_verifier(officer), key), CheckedForm(request.POST)
    if not form.is_valid():
        return _shown(request, officer, draft, form=form)
    try:
        receipts = file_together(drafts=[draft], by=officer, seen=request.POST.get("seen", ""))
    except OBSTACLES as obstacle:
        status = said(form, obstacle, draft)
        return _shown(request, officer, draft, form=form, status=status)
    return filed(request, receipts)


def filed(request: HttpRequest, receipts: list[UUID]) -> Page:
    """Show the receipts on a page of their own."""
    request.session[RECEIPT] = [str(receipt) for receipt in receipts]
    return redirect("record_receipt")


def said(form: CheckedForm, obstacle: Exception, draft: ViolationRecord) -> int:
    """Say at the form why nothing was filed, and return the status of the page."""
    if isinstance(obstacle, NotEntered):
        form.add_error(
            None, _("The audit log could not be written, so nothing was filed. Try again.")
        )
        return 503
    if isinstance(obstacle, NotFiled):
        for finding in obstacle.against.get(draft.pk, ()):
            form.add_error(None, in_words(finding, {"offence_code": draft.offence_code}))
    else:
        form.add_error(None, str(WHY_NOT_KEPT["overtaken"]))
    return 409


@for_verifying_officers
@require_http_methods(["GET", "POST"])
def give_back(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """Show the paper with a box for a remark at each line; a POST returns the draft to its clerk."""
    draft = draft_or_404(open_to_verifier(officer), key)
    shown = on_paper(draft)
    form = RemarksForm(request.POST if request.method == "POST" else None, sections=shown["paper"])
    if form.is_valid():
        remarks, fields = form.cleaned_data["remarks"], form.on_fields()
        drafting.return_draft(draft=draft, by=officer, remarks=remarks, fields=fields)
        return redirect("record_queue")
    return render(request, "registry/return.html", {**shown, "form": form})


def _shown(
    request: HttpRequest,
    officer: Officer,
    draft: ViolationRecord,
    *,
    form: CheckedForm | None = None,
    status: int = 200,
) -> Page:
    context = {
        "form": form,
        "checked": form or CheckedForm(),
        "seen": version_of(draft),
        "entries": len(of_one_decision(draft, open_to_verifier(officer))),
        **on_paper(draft),
    }
    return render(request, "registry/verify.html", context, status=status)


@for_verifying_officers
@require_GET
def receipt(request: HttpRequest, officer: Officer) -> Page:
    """Show the receipts of the officer's last filing: an opaque token each, the same page for every record."""
    tokens = request.session.get(RECEIPT)
    if not tokens:
        return redirect("record_queue")
    return render(request, "registry/receipt.html", {"tokens": tokens})
