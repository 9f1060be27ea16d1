"""A draft laid out as the paper is (Art. 115): sections, lines and words, for comparing the two side by side."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from registry.correction import Correction
from registry.decision_row import DecisionRow
from registry.finding_words import in_words
from registry.happened_words import NAMES, effect_of
from registry.nationalities import nationalities
from registry.offences import offence
from registry.penalties import check
from registry.row_words import LABELS, Text, value_in_words

SECTIONS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (
        gettext_lazy("Decision"),
        ("decision_number", "procedure", "organ_name", "organ_code", "organ_level"),
    ),
    (
        gettext_lazy("Person"),
        (
            "name",
            "sex",
            "birth_date",
            "id_type",
            "id_number",
            "nationality",
            "address",
            "guardian_name",
        ),
    ),
    (gettext_lazy("Facts and evidence"), ("acted_on", "facts")),
    (
        gettext_lazy("Penalty and its basis"),
        (
            "offence_code",
            "warning",
            "fine",
            "detention_days",
            "licence_revoked",
            "foreigner_measure",
        ),
    ),
    (gettext_lazy("Execution and service"), ("execution", "execution_reason", "served_on")),
    (gettext_lazy("Date"), ("decided_on",)),
)
#: On the paper the amounts carry their units, so these labels leave them out.
ON_THE_PAPER: Mapping[str, Text] = {
    **LABELS,
    "fine": gettext_lazy("Fine"),
    "detention_days": gettext_lazy("Administrative detention"),
}
DATES = ("birth_date", "acted_on", "served_on", "decided_on")


class Section(NamedTuple):
    """One part of the paper; `names` are the form's fields behind its lines, empty where a line has none."""

    title: Text
    lines: list[tuple[Text, str]]
    names: tuple[str, ...]


def paper(row: DecisionRow) -> list[Section]:
    """Return the sections in the order of the paper; every field is shown, also an empty one."""
    return [
        Section(title, [(ON_THE_PAPER[name], shown(row, name)) for name in names], names)
        for title, names in SECTIONS
    ]


def correction_paper(correction: Correction) -> list[Section]:
    """Return what happened and which record it names, then the sections of what remains, if anything does."""
    named = correction.named
    happened: list[tuple[Text, str]] = [
        (_("What happened"), str(NAMES[correction.happened])),
        (_("What that does"), str(effect_of(correction.happened))),
        (_("Document that says so"), correction.document),
        (_("Date of that document"), date_format(correction.document_on, "DATE_FORMAT")),
        (_("Reason"), correction.reason),
    ]
    on_file: list[tuple[Text, str]] = [
        (LABELS["decision_number"], named.decision_number),
        (LABELS["organ_code"], named.organ_code),
        (LABELS["id_type"], str(value_in_words("id_type", named.id_type))),
        (LABELS["id_number"], named.id_number),
        (LABELS["offence_code"], act_in_words(named.offence_code)),
    ]
    person = ("", "") if correction.row else ("id_type", "id_number")
    return [
        Section(
            _("What happened"),
            happened,
            ("", "", "outcome_document", "outcome_on", "outcome_reason"),
        ),
        Section(
            _("Record on file"),
            on_file,
            ("replaced_number", "replaced_organ", *person, "replaced_act"),
        ),
        *(paper(correction.row) if correction.row else ()),
    ]


def act_in_words(code: str) -> str:
    """Return an act's citation and name, or its code when the catalogue does not have it."""
    act, language = offence(code), get_language() or "zh-hans"
    return f"{act.cited(language)} {act.name(language)}" if act else code


def shown(row: DecisionRow, name: str) -> str:
    """Return a field in the words of the paper."""
    value = getattr(row, name)
    if name == "offence_code":
        return act_in_words(row.offence_code)
    if name == "warning":
        return _("Given") if value else "–"
    if value is None or value == "":
        return "–"
    if name in DATES:
        return date_format(value, "DATE_FORMAT")
    if name == "nationality":
        return dict(nationalities(get_language() or "zh-hans")).get(value, value)
    if name == "fine":
        return _("%(amount)s yuan") % {"amount": f"{value:,}"}
    if name == "detention_days":
        return ngettext("%(days)d day", "%(days)d days", value) % {"days": value}
    return str(value_in_words(name, value))


def worth_a_look(row: DecisionRow) -> list[str]:
    """Return the warnings: lawful, but to be compared with the paper twice."""
    stated = {"offence_code": row.offence_code}
    return [in_words(finding, stated) for finding in check(row, today=row.decided_on).warnings]
