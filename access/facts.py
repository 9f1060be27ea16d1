"""What a decision is told: facts about the request and about the asking unit, as plain values.

No field names the person asked about, so nothing decided on these facts can depend on them.
This module judges nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

DAILY_BUDGET_OF_AN_OFFICIAL = 200
DAILY_BUDGET_OF_A_UNIT = 1000


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The case an organ says it is handling; ``check`` narrows it to one question."""

    kind: str
    number: str
    opened_on: date | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """The unit's official letter (单位公函)."""

    number: str
    issued_on: date | None


@dataclass(frozen=True, slots=True)
class InquiryFacts:
    """What an inquiry states about itself. It has no field for the person asked about.

    ``officials`` are the numbers of the officials behind it; their names decide nothing.
    """

    exception: str
    provision: str | None
    purpose: str | None
    post: str | None
    case: CaseFacts | None
    officials: tuple[str, ...]
    letter: LetterFacts | None
    undertaking: bool


@dataclass(frozen=True, slots=True)
class AuthorisationFacts:
    """One authorisation: ``ground`` is a provision's id or ``case_handling``.

    Valid from its first to its last day, both included; None is an open end. ``daily_budget`` is the most that may be
    asked under it in a day; None when only unit and official limit that.
    """

    ground: str
    valid_from: date | None
    valid_to: date | None
    officials: frozenset[str]
    suspended: bool = False
    daily_budget: int | None = None

    def valid(self, today: date) -> bool:
        """A suspended authorisation is valid on no day."""
        begun = self.valid_from is None or self.valid_from <= today
        return begun and (self.valid_to is None or today <= self.valid_to) and not self.suspended


@dataclass(frozen=True, slots=True)
class UnitStanding:
    """How the asking unit stands today. Used counts are the inquiries before this one.

    ``ground_used`` counts those under the ground of this inquiry: its provision, or case handling.
    """

    code: str
    kind: str
    authorisations: tuple[AuthorisationFacts, ...]
    unit_used: int = 0
    unit_limit: int = DAILY_BUDGET_OF_A_UNIT
    official_used: Mapping[str, int] = field(default_factory=dict)
    official_limit: int = DAILY_BUDGET_OF_AN_OFFICIAL
    ground_used: int = 0
    sweep_stopped: bool = False
