"""What an authorisation allows (授权内容): from which to which day, by which officials; and what would be more than that.

Plain values: knows no unit, no ground and no Django.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Terms:
    """Both days are included; ``officials`` are numbers."""

    valid_from: date
    valid_to: date
    officials: frozenset[str]

    def within(self, held: Terms) -> bool:
        """Say whether these terms allow nothing that the held ones do not."""
        return (
            held.valid_from <= self.valid_from
            and self.valid_to <= held.valid_to
            and self.officials <= held.officials
        )

    def as_details(self) -> dict[str, object]:
        """Return the terms as an audit entry tells them: ISO days, numbers in order."""
        return {
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat(),
            "officials": sorted(self.officials),
        }
