"""The page on which a clerk types: a decision or a correction, new, unfinished or a draft that is being changed.

What is posted is kept as typed, or checked and saved as a draft. A window that shows something older than what is
kept overwrites nothing: it is told so, and what it holds stays on the screen.
"""

from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from registry import drafting
from registry.correction_forms import form_for
from registry.drafting import Overtaken, version_of
from registry.forms import DecisionForm, as_typed
from registry.happened_words import NAMES, effect_of
from registry.in_force import REPLACING, Happened
from registry.kept_words import WHY_NOT_KEPT
from registry.models import UnfinishedEntry, ViolationRecord
from registry.officers import Officer
from registry.remark_forms import shown_remarks
from registry.remarks import newest_remarks
from registry.unfinished import (
    NotKept,
    Seen,
    finish,
    is_current,
    keep,
    typed_in,
    unfinished_of,
)


class Entering:
    """What a clerk is entering: which form, on which draft, and what of it is kept."""

    def __init__(
        self,
        officer: Officer,
        *,
        outcome: str = "",
        draft: ViolationRecord | None = None,
        entry: UnfinishedEntry | None = None,
    ) -> None:
        """Take who types, what kind of correction it is, and the draft or the unfinished entry that is open."""
        self.officer, self.outcome, self.draft, self.entry = officer, outcome, draft, entry

    def form(self, data: QueryDict | None = None, typed: dict[str, Any] | None = None) -> Any:
        """Return the form, with what was posted, or with what was typed before."""
        if typed is None and self.entry:
            typed = typed_in(self.entry)
        known: dict[str, Any] = {"officer": self.officer, "draft": self.draft, "typed": typed}
        if not self.outcome:
            form = DecisionForm(data, **known)
        else:
            happened = Happened(self.outcome)
            form = form_for(happened)(data, happened=happened, **known)  # type: ignore[assignment]
        for name, remark in newest_remarks(self.draft).items():
            if name in form.fields:
                form.fields[name].remark = remark  # type: ignore[attr-defined]
        return form

    def shown(
        self, request: HttpRequest, form: Any, *, obstacle: str = "", status: int = 200
    ) -> HttpResponse:
        """Return the page."""
        context = {
            "form": form,
            "draft": self.draft,
            "entry": self.entry,
            "seen": version_of(self.draft) if self.draft else "",
            "outcome": self.outcome,
            "officer": self.officer,
            "obstacle": WHY_NOT_KEPT.get(obstacle, ""),
            "others": not self.entry and unfinished_of(self.officer).exists(),
            **shown_remarks(self.draft, lambda name: _input_of(form, name)),
        }
        if not self.outcome:
            return render(request, "registry/decision_form.html", context, status=status)
        happened = Happened(self.outcome)
        context |= {
            "happened": NAMES[happened],
            "effect": effect_of(happened),
            "replaces": happened in REPLACING,
        }
        return render(request, "registry/correction_form.html", context, status=status)


def _input_of(form: Any, name: str) -> str:
    return f"#{form[name].first_input_id}" if name in form.fields else ""


def entered(request: HttpRequest, entering: Entering) -> HttpResponse:
    """Show the form; keep what was posted as typed (`keep`), or check it and save it as a draft."""
    if request.method != "POST":
        return entering.shown(request, entering.form())
    try:
        _same_officer(request, entering.officer)
        if "keep" in request.POST:
            return _kept(request, entering)
        return _saved(request, entering)
    except (NotKept, Overtaken) as obstacle:
        code = getattr(obstacle, "code", "stale")
        typed = as_typed(entering.form(), request.POST)
        return entering.shown(request, entering.form(typed=typed), obstacle=code, status=409)


def _same_officer(request: HttpRequest, officer: Officer) -> None:
    """A window that another officer left open is not his who signed in since."""
    if request.POST.get("clerk", officer.number) != officer.number:
        raise NotKept("other_officer")


def seen_in(request: HttpRequest) -> Seen:
    """Return what the window says it has before it."""
    version = request.POST.get("version", "")
    try:
        window = UUID(request.POST["window"]) if request.POST.get("window") else None
    except ValueError:
        raise NotKept("stale") from None
    number = int(version) if version.isdecimal() and len(version) < 8 else 0  # noqa: PLR2004
    return Seen(number, window, request.POST.get("seen", ""))


def keep_posted(request: HttpRequest, entering: Entering, key: UUID) -> UnfinishedEntry:
    """Keep what was posted under this key; raises NotKept."""
    _same_officer(request, entering.officer)
    return keep(
        key=key,
        typed=as_typed(entering.form(), request.POST),
        seen=seen_in(request),
        by=entering.officer,
        draft=entering.draft.pk if entering.draft else None,
        outcome=entering.outcome,
    )


def _kept(request: HttpRequest, entering: Entering) -> HttpResponse:
    key = entering.entry.pk if entering.entry else uuid4()
    return redirect("record_unfinished", keep_posted(request, entering, key).pk)


def _saved(request: HttpRequest, entering: Entering) -> HttpResponse:
    _not_overtaken(request, entering)
    form = entering.form(request.POST)
    if not form.is_valid():
        return entering.shown(request, form)
    row = form.correction if entering.outcome else form.row
    if row is None:
        raise PermissionDenied
    with transaction.atomic():
        # Once more, now that nobody else can change it.
        _not_overtaken(request, entering, lock=True)
        saved = drafting.save_draft(
            row=row,
            by=entering.officer,
            draft=entering.draft,
            seen=request.POST.get("seen", ""),
        )
        if entering.entry:
            finish(key=entering.entry.pk, by=entering.officer)
    return redirect("record_draft", saved.pk)


def _not_overtaken(request: HttpRequest, entering: Entering, *, lock: bool = False) -> None:
    """Raise unless the window has the newest of what is kept before it."""
    entries = unfinished_of(entering.officer)
    entries = entries.select_for_update() if lock else entries
    if entering.entry:
        held = entries.filter(pk=entering.entry.pk).first()
        if held is None:
            raise NotKept("gone")
        if not is_current(held, seen_in(request)):
            raise Overtaken
    elif entering.draft and entries.filter(draft=entering.draft.pk).exists():
        raise Overtaken
