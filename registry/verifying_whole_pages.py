"""The verifying officer's page for a decision of several acts or persons: seen whole, filed at once, all or none."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from registry.drafting import open_to_verifier
from registry.filing import NotFiled, file_together
from registry.forms import CheckedForm
from registry.models import ViolationRecord
from registry.officers import Officer
from registry.page_roles import for_verifying_officers
from registry.pages import Page, draft_or_404
from registry.verifying_pages import OBSTACLES, filed, said
from registry.whole_decision import of_one_decision
from registry.whole_decision_pages import in_whole


@for_verifying_officers
@require_http_methods(["GET", "POST"])
def verify_decision(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """Show every entry of a decision that waits for this officer; a POST with the tick files them all, or none."""
    draft = draft_or_404(open_to_verifier(officer), key)
    drafts = of_one_decision(draft, open_to_verifier(officer))
    form, status = CheckedForm(request.POST or None), 200
    if form.is_valid():
        try:
            receipts = file_together(drafts=drafts, by=officer, seen=request.POST.get("seen", "-"))
        except OBSTACLES as obstacle:
            status = _said(form, obstacle, drafts)
        else:
            return filed(request, receipts)
    shown = {"form": form, "draft": draft, **in_whole(drafts)}
    return render(request, "registry/verify_decision.html", shown, status=status)


def _said(form: CheckedForm, obstacle: Exception, drafts: list[ViolationRecord]) -> int:
    """Say what stands against each entry that it stands against; without it nothing was filed."""
    if not isinstance(obstacle, NotFiled):
        return said(form, obstacle, drafts[0])
    form.add_error(None, _("None of the entries was filed, because of what follows."))
    return max(said(form, obstacle, draft) for draft in drafts)
