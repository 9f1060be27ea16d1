"""What an authorisation allows (授权内容): between which days, by which officials, how often; and what would be more.

Plain values: knows no unit, no ground and no Django.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Terms:
    """Both days are included; ``officials`` are numbers. ``daily_budget`` is the most that may be asked under it in a day;

    None leaves that to the budgets of unit and official.
    """

    valid_from: date
    valid_to: date
    officials: frozenset[str]
    daily_budget: int | None = None

    def within(self, held: Terms) -> bool:
        """Say whether these terms allow nothing that the held ones do not."""
        return (
            held.valid_from <= self.valid_from
            and self.valid_to <= held.valid_to
            and self.officials <= held.officials
            and _no_more(self.daily_budget, held.daily_budget)
        )

    def as_details(self) -> dict[str, object]:
        """Return the terms as an audit entry tells them: ISO days, numbers in order."""
        return {
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat(),
            "officials": sorted(self.officials),
            "daily_budget": self.daily_budget,
        }


def _no_more(asked: int | None, held: int | None) -> bool:
    return held is None or (asked is not None and asked <= held)
