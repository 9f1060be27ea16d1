"""One decision of several acts or persons: which drafts belong to it, and what only all of them together show.

A record stays one act of one person; what they have in common is the organ and the number on the paper. The number
is sealed, so it is compared here and not in the database: no column ties the persons of a decision together.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from registry.across_rows import COMBINED_DETENTION_DAYS, NothingOnFile, judge_rows
from registry.decision_row import DecisionRow, RowReading
from registry.drafting import Drafts
from registry.finding_words import in_words
from registry.models import ViolationRecord
from registry.normalise import normalise_decision_number
from registry.record_contents import row_of
from registry.record_keys import keys_of
from registry.row_words import LABELS

OF_THE_DECISION = (
    "procedure",
    "decision_number",
    "organ_name",
    "organ_code",
    "organ_level",
    "decided_on",
)
OF_THE_PERSON = (
    "id_type",
    "id_number",
    "name",
    "sex",
    "birth_date",
    "nationality",
    "address",
    "guardian_name",
    "served_on",
)


class Act(NamedTuple):
    """One draft of the decision, and what the law says of it beside the others, in words."""

    draft: ViolationRecord
    row: DecisionRow
    against: list[str]


class PersonsShare(NamedTuple):
    """The acts of one person in the decision; `days` of detention are executed together, 20 at most (Art. 16)."""

    name: str
    acts: list[Act]
    days: int

    @property
    def too_long(self) -> bool:
        """Return whether the days are more than the law allows together."""
        return self.days > COMBINED_DETENTION_DAYS


class WholeDecision(NamedTuple):
    """A decision as its drafts tell it: its persons, and on what their drafts do not agree."""

    shares: list[PersonsShare]
    differs: list[str]

    @property
    def acts(self) -> list[Act]:
        """Return the acts of all persons."""
        return [act for share in self.shares for act in share.acts]


def of_one_decision(draft: ViolationRecord, drafts: Drafts) -> list[ViolationRecord]:
    """Return those of `drafts` that are of the draft's decision, in the order of entering; a correction is alone."""
    if draft.outcome:
        return [draft]
    number = normalise_decision_number(draft.decision_number)
    candidates = drafts.filter(organ_code=draft.organ_code, outcome="")
    return [one for one in candidates if normalise_decision_number(one.decision_number) == number]


def whole_decision(drafts: Sequence[ViolationRecord]) -> WholeDecision:
    """Judge the drafts of one decision together. What is on file is not asked: only filing learns that."""
    rows = [row_of(draft) for draft in drafts]
    judged = judge_rows(
        [RowReading(row) for row in rows],
        today=timezone.localdate(),
        on_file=NothingOnFile(),
        keys_of=keys_of,
    )
    shares: dict[tuple[str, str], PersonsShare] = {}
    for draft, row, judgement in zip(drafts, rows, judged, strict=True):
        share = shares.get((row.id_type, row.id_number), PersonsShare(row.name, [], 0))
        stated = {"offence_code": row.offence_code}
        against = [in_words(finding, stated) for finding in judgement.rejections]
        shares[row.id_type, row.id_number] = PersonsShare(
            share.name,
            [*share.acts, Act(draft, row, against)],
            share.days + (row.detention_days or 0),
        )
    return WholeDecision(list(shares.values()), _differences(rows))


def _differences(rows: Sequence[DecisionRow]) -> list[str]:
    return [
        _("“%(field)s” is not the same in all entries of this decision.") % {"field": LABELS[name]}
        for name in OF_THE_DECISION
        if len({getattr(row, name) for row in rows}) > 1 and name != "decision_number"
    ]


def taken_over(row: DecisionRow, *, same_person: bool) -> dict[str, Any]:
    """Return what another entry of the same decision starts with, as the form would have it typed.

    Of another person nothing but the decision is taken over.
    """
    names = (*OF_THE_DECISION, *(OF_THE_PERSON if same_person else ()))
    return {name: _typed(getattr(row, name)) for name in names}


def _typed(value: Any) -> Any:
    if isinstance(value, date):
        return [str(value.year), str(value.month), str(value.day)]
    return "" if value is None else value
