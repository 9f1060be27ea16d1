"""The clerk's pages for a decision of several acts or persons: adding to it, seeing it whole, submitting it at once."""

from uuid import UUID, uuid4

from django.http import Http404, HttpRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from registry import drafting
from registry.drafting import UnfinishedChanges, held_by, open_to_clerk, version_of
from registry.forms import CheckedForm
from registry.kept_words import WHY_NOT_KEPT
from registry.models import Stage, ViolationRecord
from registry.officers import Officer
from registry.page_roles import for_clerks
from registry.pages import UNFINISHED, Page, draft_or_404, on_paper
from registry.record_contents import row_of
from registry.unfinished import Seen, keep
from registry.whole_decision import of_one_decision, taken_over, whole_decision


@for_clerks
@require_POST
def another(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """Begin another act of the same person (`act`), or of another person (`person`), in the same decision."""
    held = draft_or_404(open_to_clerk(officer), key)
    what = request.POST.get("what")
    if held.outcome or what not in ("act", "person"):
        raise Http404
    typed = taken_over(row_of(held), same_person=what == "act")
    begun = keep(key=uuid4(), typed=typed, seen=Seen(), by=officer)
    return redirect("record_unfinished", begun.pk)


@for_clerks
@require_http_methods(["GET", "POST"])
def decision(request: HttpRequest, officer: Officer, key: UUID) -> Page:
    """Show every entry of a draft's decision that is open to the clerk; a POST with the tick submits them all."""
    held = draft_or_404(open_to_clerk(officer), key)
    drafts = of_one_decision(held, open_to_clerk(officer))
    form = CheckedForm(request.POST or None)
    status = 200
    if form.is_valid():
        if request.POST.get("seen") == version_of(*drafts):
            try:
                drafting.submit_together(drafts=drafts, by=officer)
                return redirect("record_submitted")
            except UnfinishedChanges:
                form.add_error(None, UNFINISHED)
        else:
            form.add_error(None, str(WHY_NOT_KEPT["overtaken"]))
            status = 409
    waiting = of_one_decision(held, held_by(officer).filter(stage=Stage.TO_VERIFY))
    shown = {
        "form": form,
        "draft": held,
        "waiting": len([one for one in waiting if one.pk != held.pk]),
        **in_whole(drafts),
    }
    return render(request, "registry/decision.html", shown, status=status)


def in_whole(drafts: list[ViolationRecord]) -> dict[str, object]:
    """Return what a page needs to show the drafts of one decision."""
    if any(draft.outcome for draft in drafts):
        raise Http404
    whole = whole_decision(drafts)
    return {
        "whole": whole,
        "shares": [
            {
                "name": share.name,
                "days": share.days,
                "too_long": share.too_long,
                "acts": [{"against": act.against, **on_paper(act.draft)} for act in share.acts],
            }
            for share in whole.shares
        ],
        "entries": len(drafts),
        "seen": version_of(*drafts),
    }
