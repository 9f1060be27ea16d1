"""Exceptions, provisions and scopes in words, for pages: what a unit can receive before it asks.

Decides nothing. Names of instruments are shown in the language of the page; articles as they are cited.
"""

import re
from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from access.exceptions import CaseKind, Check, StatutoryException
from access.inquiry import Inquiry
from access.provisions import Matter, Provision, Shape, matter, provision
from access.scopes import Scope
from registry import row_words

EXCEPTIONS: dict[str, str | Promise] = {
    StatutoryException.CASE_HANDLING: lazy("Handling of a case"),
    StatutoryException.STATE_REGULATION: lazy("Inquiry under a state regulation"),
}
CASE_KINDS: dict[str, str | Promise] = {
    CaseKind.CRIMINAL: lazy("Criminal case"),
    CaseKind.PUBLIC_SECURITY: lazy("Public security case"),
    CaseKind.SUPERVISION: lazy("Supervision case"),
    CaseKind.ADMINISTRATIVE_LITIGATION: lazy("Administrative litigation"),
    CaseKind.CIVIL: lazy("Civil case"),
    CaseKind.OTHER_ADMINISTRATIVE: lazy("Other administrative case"),
}
CHECKS: dict[str, str | Promise] = {
    Check.AGGRAVATION: lazy(
        "Public security case: violations within one year (Articles 22 and 23)"
    ),
}
#: The same documents as on a decision; here the first also says that it stands for residence permits.
ID_TYPES: dict[str, str | Promise] = {
    **row_words.VALUES["id_type"],
    "resident_id": lazy("Resident identity card or residence permit (18 characters)"),
}


def in_chinese() -> bool:
    """Say whether the page is in Chinese."""
    return (get_language() or "zh").startswith("zh")


def provision_name(found: Provision) -> str:
    """Return instrument and articles, for example "Preschool Education Law, Art. 44"."""
    if in_chinese():
        return f"《{found.instrument_zh}》{found.articles_zh.replace('—', '')}"
    articles = ", ".join(re.findall(r"第(\d+)条", found.articles_zh))
    return f"{found.instrument_en}, Art. {articles}" if articles else found.instrument_en


def authorised_ground(ground: str) -> str:
    """Return what an authorisation is for: case handling, or a provision by its id and name."""
    if ground in EXCEPTIONS:
        return str(EXCEPTIONS[ground])
    found = provision(ground)
    return f"{ground} {provision_name(found)}" if found else ground


def matter_name(found: Matter) -> str:
    """Return a matter's name in the language of the page."""
    return found.name_zh if in_chinese() else found.name_en


def ground_name(inquiry: Inquiry) -> str:
    """Return what an inquiry rests on: the provision, the narrower check, or the kind of case."""
    found = provision(inquiry.provision) if inquiry.provision else None
    if found is not None:
        return provision_name(found)
    named = CHECKS.get(inquiry.check_kind) or CASE_KINDS.get(inquiry.case_kind)
    return str(named or EXCEPTIONS.get(inquiry.exception, ""))


def receives(scope: Scope) -> list[str]:
    """Return what a scope lets a unit know, one sentence each; what is not named is not received."""
    return list(_receives(scope))


def _receives(scope: Scope) -> Iterator[str]:
    matters = [matter_name(matter(id)) for id in scope.matters or ()]
    if scope.shape is Shape.YES_NO:
        yield _("For each of these, whether there is a decision: %(matters)s.") % {
            "matters": _(", ").join(matters)
        }
    elif scope.shape is Shape.THRESHOLD:
        yield threshold_text(scope)
    elif scope.shape is Shape.LINES:
        yield _(
            "For each act: the dates, the article, the penalty, the decision's number and organ."
        )
    elif scope.shape is Shape.DECISION:
        yield _("For each act: the full decision, with facts, penalty and execution.")
    elif scope.shape is Shape.AS_REVIEWED:
        yield _("What two independent reviewers allow, if they allow anything.")
    if matters and scope.shape in (Shape.LINES, Shape.DECISION):
        yield _("Acts of these kinds only: %(matters)s.") % {"matters": _(", ").join(matters)}
    if scope.look_back_years is not None:
        yield ngettext(
            "Decisions of the last %(years)d year only.",
            "Decisions of the last %(years)d years only.",
            scope.look_back_years,
        ) % {"years": scope.look_back_years}


def threshold_text(scope: Scope) -> str:
    """Return the one question that a threshold answers, with yes or no."""
    least = scope.threshold.at_least if scope.threshold else 1
    named = scope.threshold.matter if scope.threshold else None
    counted = {"times": least, "matter": matter_name(matter(named)) if named else ""}
    if named:
        return (
            ngettext(
                "Yes or no: administrative detention for %(matter)s, at least once.",
                "Yes or no: administrative detention for %(matter)s, at least %(times)d times.",
                least,
            )
            % counted
        )
    return (
        ngettext(
            "Yes or no: administrative detention, at least once.",
            "Yes or no: administrative detention, at least %(times)d times.",
            least,
        )
        % counted
    )
