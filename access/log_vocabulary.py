"""The words that the audit log's pages use for units, exceptions, provisions, reasons and roles."""

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from access import denials, ground_words, provisions
from access.notification import ARTICLE_134
from access.problems import PROBLEMS
from access.roles import NAMES
from access.units import Unit
from sealing.log_words import Words, vocabulary


def unit_names(codes: Collection[str]) -> Mapping[str, str]:
    """Return the names of units by code; an unknown code is left out."""
    return dict(Unit.objects.filter(code__in=codes).values_list("code", "name"))


def provision_names() -> Words:
    """Return instrument and articles of every ground that an entry may name, in the language of the page."""
    known = {found.id: ground_words.provision_name(found) for found in provisions.all_provisions()}
    return known | {ARTICLE_134: _("Notice under Article 134")}


def reasons() -> Words:
    """Return the text of every reason: of denied inquiries, and of refused calls of agencies' programs."""
    denied = {reason.value: text for reason, text in denials.TEXTS.items()}
    refused = {code: told.detail for code, told in PROBLEMS.items() if told.is_entered}
    return denied | refused | {"too_many_calls": PROBLEMS["too_many_calls"].detail}


def teach() -> None:
    """Give the audit log's pages these words; called once, at start-up."""
    vocabulary.unit_names = unit_names
    vocabulary.exceptions = lambda: ground_words.EXCEPTIONS
    vocabulary.provisions = provision_names
    vocabulary.reasons = reasons
    vocabulary.roles = lambda: {role.value: name for role, name in NAMES.items()}
