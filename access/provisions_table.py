"""The page ``docs/provisions.md``: both exceptions as tables for people who do not read code.

``python -m access.provisions_table > docs/provisions.md`` writes it; a test keeps it fresh.
This module decides nothing and knows no unit.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.utils import translation

from access.exceptions import (
    AGGRAVATION_LOOK_BACK_YEARS,
    AGGRAVATION_SHAPE,
    CASE_SHAPE,
    CaseKind,
    case_route,
    may_check_aggravation,
    state_organs,
)
from access.provisions import VERSION, Provision, Route, all_matters, all_provisions, matter
from access.unit_kinds import KINDS

_HEAD = f"""# Who may ask what

Generated from `access/data/provisions.json`, version {VERSION}. Do not edit by hand:
`python -m access.provisions_table > docs/provisions.md`.

Article 136 knows two exceptions and no third.
"""
_COLUMNS = (
    "Id",
    "Instrument",
    "Articles",
    "In force",
    "Who may ask",
    "Matters",
    "Answer",
    "Decided",
)


def provisions_table() -> str:
    """The whole page as Markdown, the same text for the same catalogue."""
    usable = [p for p in all_provisions() if p.decided_by is not Route.REFUSED]
    refused = [p for p in all_provisions() if p.decided_by is Route.REFUSED]
    parts = (
        _HEAD,
        "## Exception 1: state organs that handle a case\n",
        _case_table(),
        "## Exception 2: units that query under state regulations\n",
        _table(_COLUMNS, map(_usable_row, usable)),
        "## Read and found no ground\n",
        _table(("Id", "Instrument", "Articles", "Why not"), map(_refused_row, refused)),
        "## Matters\n",
        _table(("Matter", "中文", "Acts of the catalogue"), _matter_rows()),
    )
    return "\n".join(parts)


def _case_table() -> str:
    rows = [[_kind(organ), *(_route(organ, kind) for kind in CaseKind)] for organ in state_organs()]
    organs = " and ".join(_kind(organ) for organ in state_organs() if may_check_aggravation(organ))
    years = f"{AGGRAVATION_LOOK_BACK_YEARS} year"
    return (
        _table(("Organ", *(_words(kind) for kind in CaseKind)), rows)
        + f"\nAnswer: {CASE_SHAPE}. The aggravation check of Art. 22(4) and 23 ({organs}, in "
        f"public security cases) looks back {years}; its answer: {AGGRAVATION_SHAPE}.\n"
    )


def _route(organ: str, kind: CaseKind) -> str:
    return case_route(unit_kind=organ, case_kind=kind) or "—"


def _usable_row(found: Provision) -> list[str]:
    return [
        found.id,
        f"{found.instrument_zh} ({found.instrument_en})",
        found.articles_zh,
        _in_force(found),
        ", ".join(sorted(map(_kind, found.unit_kinds))),
        ", ".join(matter(id).name_en for id in found.matters) or "as reviewers decide",
        _answer(found),
        _words(found.decided_by),
    ]


def _refused_row(found: Provision) -> list[str]:
    why = "gives no right to inquire" if found.is_state_regulation else "no state regulation"
    instrument = f"{found.instrument_zh} ({found.instrument_en})"
    return [found.id, instrument, found.articles_zh, f"{_words(found.level)}: {why}"]


def _matter_rows() -> Iterable[list[str]]:
    for found in all_matters():
        codes = ", ".join(sorted(found.offence_codes)) or "none in this registry"
        every = "every act punished with detention" if found.needs_detention else codes
        yield [found.name_en, found.name_zh, every]


def _answer(found: Provision) -> str:
    told = _words(found.shape)
    if found.threshold is not None:
        told += f": {found.threshold.penalty}, {found.threshold.at_least} or more decisions"
    if found.look_back_years is not None:
        told += f", last {found.look_back_years} years"
    return told


def _in_force(found: Provision) -> str:
    since = f"from {found.in_force_from}" if found.in_force_from else "yes"
    return since if found.in_force_to is None else f"{since} to {found.in_force_to}"


def _kind(kind: str) -> str:
    with translation.override("en"):
        return str(KINDS[kind]).lower()


def _words(name: str) -> str:
    return name.replace("_", " ")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    settings.configure(USE_I18N=False)
    sys.stdout.write(provisions_table())
