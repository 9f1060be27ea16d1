"""The pages of staff rosters: the list, the statement, entering persons, sending, and how far it is.

A roster is shown to its maker and to the officials it names; to anybody else it was never there. Persons are masked,
and no page tells, counts or lists an answer: each is opened from its own inquiry's page.
"""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access import roster_words, rosters, standing
from access.accounts import User
from access.roster import Roster
from access.roster_forms import PasteForm, RosterForm, RosterPersonForm, SendForm
from access.rosters import Refusal, Refused
from access.units import Unit
from sealing.audit_log import NotEntered

SHOWN = 50


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List the rosters of one's unit that one may see, newest first."""
    official, unit = _asker(request)
    found = [
        (roster, roster_words.COLOURS[Roster.State(roster.state)], roster_words.ground(roster))
        for roster in rosters.visible(official, unit=unit)[:SHOWN]
    ]
    offered = bool(rosters.offered(unit, today=timezone.localdate()))
    context = {"rosters": found, "offered": offered, "limit": unit.roster_limit}
    return render(request, "access/rosters.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Take the statement; the persons follow on the roster's own page."""
    official, unit = _asker(request)
    today = timezone.localdate()
    offered = rosters.offered(unit, today=today)
    if not offered:
        return redirect("rosters")
    form = RosterForm(request.POST or None, by=official, offered=offered, limit=unit.roster_limit)
    if request.method == "POST" and form.is_valid():
        try:
            made = rosters.begin(stated=form.stated(), by=official, today=today)
            return redirect("roster", made.receipt)
        except Refused as refused:
            form.add_error(None, cast(Any, roster_words.why_refused(refused)))
    return render(request, "access/roster_new.html", {"form": form, "limit": unit.roster_limit})


@require_GET
def roster(request: HttpRequest, receipt: str) -> HttpResponse:
    """Show who is on the roster, masked, and what can be done with it or how far it is."""
    return _shown(request, _visible(request, receipt))


@require_POST
def add(request: HttpRequest, receipt: str) -> HttpResponse:
    """Enter one person."""
    return _added(request, _visible(request, receipt), RosterPersonForm(request.POST))


@require_POST
def paste(request: HttpRequest, receipt: str) -> HttpResponse:
    """Enter the persons of pasted lines, all of them or none."""
    return _added(request, _visible(request, receipt), PasteForm(request.POST))


@require_POST
def remove(request: HttpRequest, receipt: str) -> HttpResponse:
    """Take one person off."""
    found, number = _visible(request, receipt), request.POST.get("number", "")
    try:
        if number.isascii() and number.isdigit() and len(number) <= len(str(2**15)):
            rosters.remove(roster=found, number=int(number), by=cast(User, request.user))
    except Refused as refused:
        return _shown(request, found, refused=refused)
    return _back(receipt)


@require_POST
def discard(request: HttpRequest, receipt: str) -> HttpResponse:
    """Remove the whole roster before it is sent."""
    found = _visible(request, receipt)
    try:
        rosters.discard(roster=found, by=cast(User, request.user))
    except Refused as refused:
        return _shown(request, found, refused=refused)
    return redirect("rosters")


@require_POST
def send(request: HttpRequest, receipt: str) -> HttpResponse:
    """Confirm: from now on the roster is sent in the background."""
    found, form = _visible(request, receipt), SendForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, form)
    try:
        rosters.confirm(roster=found, by=cast(User, request.user), today=timezone.localdate())
    except Refused as refused:
        return _shown(request, found, form, refused=refused)
    except NotEntered:
        return render(request, "access/not_entered.html", status=503)
    return redirect("roster", receipt)


@require_GET
def progress(request: HttpRequest, receipt: str) -> JsonResponse:
    """Tell a script how far the roster is: state, persons asked about, persons in all, and both in words."""
    found = _visible(request, receipt)
    done, total, told = roster_words.told(found)
    return JsonResponse({"state": found.state, "done": done, "total": total, "told": told})


def _asker(request: HttpRequest) -> tuple[User, Unit]:
    unit = standing.inquiring_unit(request.user)
    return cast(User, request.user), unit


def _visible(request: HttpRequest, receipt: str) -> Roster:
    """One statement answers for "none", "another unit's" and "not yours" alike: 404."""
    official, unit = _asker(request)
    return get_object_or_404(
        rosters.visible(official, unit=unit).select_related("unit"), receipt=receipt
    )


def _added(request: HttpRequest, found: Roster, form: RosterPersonForm | PasteForm) -> HttpResponse:
    if not form.is_valid():
        return _shown(request, found, form)
    try:
        rosters.add(roster=found, named=form.named(), by=cast(User, request.user))
    except Refused as refused:
        return _shown(request, found, form, refused=refused)
    return _back(found.receipt)


def _back(receipt: str) -> HttpResponse:
    """Return to where the next person is entered."""
    answer = redirect("roster", receipt)
    answer["Location"] += "#enter"
    return answer


def _shown(
    request: HttpRequest,
    found: Roster,
    form: forms.Form | None = None,
    *,
    refused: Refused | None = None,
) -> HttpResponse:
    """Draw the page; the form that was sent keeps what was typed and says what is wrong."""
    sent = {type(form): form} if form else {}
    done, total, told = roster_words.told(found)
    context: dict[str, Any] = {
        "roster": found,
        "colour": roster_words.COLOURS[Roster.State(found.state)],
        "statement": roster_words.statement(found),
        "receives": roster_words.receives(found),
        "rows": roster_words.rows(found),
        "done": done,
        "total": total,
        "told": told,
        "is_entering": found.is_draft and found.made_by_id == request.user.pk,
        "is_full": total >= found.size,
        "form": form,
        "person_form": sent.get(RosterPersonForm) or RosterPersonForm(),
        "paste_form": sent.get(PasteForm) or PasteForm(),
        "send_form": sent.get(SendForm) or SendForm(),
        "refused": roster_words.why_refused(refused) if refused else (),
        "refused_lines": _lines(form, refused),
    }
    status = 409 if refused and refused.refusal is Refusal.NOT_OPEN else 200
    return render(request, "access/roster.html", context, status=status)


def _lines(form: forms.Form | None, refused: Refused | None) -> list[int]:
    if refused is None or not isinstance(form, PasteForm):
        return []
    return [form.line_of(place) for place in refused.places]
