"""Who asked about a person: the question is in the log, with its reason, before it is answered, and looks the same when nobody did.

Shown are entries of inquiries only. What was filed, corrected or notified about somebody is left out, because it would
say whether there is a record. Nothing reads one, and the page does not repeat the number that was typed.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as now_

from access import desk
from access.accounts import User
from access.desk_forms import PersonQuestionForm
from access.reading_reasons import enter_with_reason
from sealing import coverage, log_lines, log_words
from sealing.audit_log import Kind
from sealing.log_filters import from_address, in_address
from sealing.log_paging import page
from sealing.log_period import PeriodForm
from sealing.log_reading import TooWide, in_time
from sealing.models import AuditEntry

#: Entries of inquiries: the same whether there is a record or not.
ABOUT_ASKING = (
    *(Kind.INQUIRY, Kind.LOOKUP, Kind.REVIEW, Kind.COPIES),
    *(Kind.SANDBOX_INQUIRY, Kind.SANDBOX_LOOKUP),
)
AUDITORS_LOOKED_AT = 200


@desk.for_auditors("GET", "POST")
def ask(request: HttpRequest, *, by: User) -> HttpResponse:
    """Show the form; POST enters the question and leads to its answer, by an address that names nobody."""
    form = PersonQuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = form.person()
        period, reason = form.period(), form.cleaned_data["reason"]
        of = {"filters": period} if period else {}
        entry = desk.reading(by, person=person, page="person", reason=reason, **of)
        enter_with_reason(entry, words=form.cleaned_data["words"], by=by)
        said = {"person": person, "question": str(entry.id), **period}
        word = in_address(said, reader=_reader(by))
        return HttpResponseRedirect(f"{reverse('admin:desk_person_answer')}?search={word}")
    context = {"title": now_("Who asked about a person"), "form": form}
    return desk.show(request, "person", context)


@desk.for_auditors("GET")
def answer(request: HttpRequest, *, by: User) -> HttpResponse:
    """Show a page of the inquiries about the person, and which auditors asked; the reading is entered first."""
    word = request.GET.get("search", "")
    try:
        said = from_address(word, reader=_reader(by))
        person, question, period = said["person"], str(UUID(said["question"])), _period(said)
    except (ValueError, KeyError):
        raise Http404 from None
    cut: dict[str, Any] = {
        name: desk.key_in(request, name) for name in ("older_than", "newer_than")
    }
    at = {name: str(key) for name, key in cut.items() if key}
    desk.enter(desk.reading(by, person=person, page="person_answer", question=question, **at))
    asked = AuditEntry.objects.using("audit").filter(person=person)
    try:
        found = in_time(lambda: page(inquiries(period.applied(asked)), **cut))
        auditors = in_time(lambda: auditors_who_asked(asked))
    except TooWide:
        return desk.too_wide(request, again=reverse("admin:desk_person"))
    context = {
        "title": now_("Who asked about a person"),
        "search": word,
        "found": found,
        "lines": log_lines.lines(found.rows),
        "shown": log_words.shown(len(found.rows)),
        "period": [(period.fields[name].label, text) for name, text in period.chosen().items()],
        "not_covered": coverage.not_covered(**period.days()),
        "auditors": [(entry, log_words.when(entry)) for entry in auditors],
    }
    return desk.show(request, "person_answer", context)


def inquiries(asked: Any) -> Any:
    """Return those of the entries that belong to inquiries."""
    return asked.only(*log_lines.COLUMNS).filter(kind__in=ABOUT_ASKING).exclude(inquiry="")


def auditors_who_asked(asked: Any) -> list[AuditEntry]:
    """Return the newest questions of auditors; what else auditors enter about a person is not told here."""
    newest = asked.filter(kind=Kind.SEARCH).order_by("-pk")[:AUDITORS_LOOKED_AT]
    return [one for one in newest if log_words.facts_of(one)["details"].get("page") == "person"]


def _period(said: Mapping[str, str]) -> PeriodForm:
    """Return the period of a question; ValueError for what is none."""
    period = PeriodForm(said)
    if not period.is_valid():
        raise ValueError("This is no period.")
    return period


def _reader(by: User) -> str:
    """An address made here opens here only, and for whoever asked."""
    return f"person question by {by.number}"
