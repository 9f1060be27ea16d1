"""What a sandbox 测试单位 is told: of made-up persons (`data/sandbox.json`), and of nobody else.

The program of a sandbox asks as any other does; what differs is here. Whoever is not in the data is somebody of whom
nothing can be told, whether a record of him exists or not: this module has no way to any. Pure: no Django, no database.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from access.policy import Decision, Outcome, Reason

RESIDENT_ID = "resident_id"


@dataclass(frozen=True, slots=True)
class MadeUpRecord:
    """A record that nobody filed, with what an answer may read of one (`access.lines.RecordView`)."""

    name: str
    sex: str
    birth_date: str
    offence_code: str
    decided_on: date
    acted_on: date
    decision_number: str
    organ_name: str
    facts: str
    fine: int | None
    detention_days: int | None
    revoked: bool = False
    warning: bool = False
    licence_revoked: str | None = None
    foreigner_measure: str = "none"
    execution: str = "executed"
    address: str = "虚构地址"

    @property
    def decision_key(self) -> bytes:
        """Return what is the same for all acts of one decision."""
        return self.decision_number.encode()

    @property
    def served_on(self) -> date:
        """Return the day of service: that of the decision."""
        return self.decided_on


@dataclass(frozen=True, slots=True)
class MadeUpPerson:
    """Somebody to ask about in a sandbox.

    ``outcome`` is what becomes of a faultless inquiry, None what the policy says; ``reasons`` are those of a denial;
    ``records`` are rows of the data. ``answers`` names the case in the guide.
    """

    id_number: str
    name: str
    sex: str
    birth_date: str
    answers: str
    outcome: Outcome | None = None
    reasons: tuple[Reason, ...] = ()
    records: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    def records_on(self, today: date) -> list[MadeUpRecord]:
        """Return the made-up records as of a day, from which their days are counted back."""
        return [self._record(dict(row), today) for row in self.records]

    def _record(self, row: dict[str, Any], today: date) -> MadeUpRecord:
        decided_on = today - timedelta(days=row.pop("decided_days_ago"))
        acted_on = today - timedelta(days=row.pop("acted_days_ago"))
        return MadeUpRecord(
            name=self.name,
            sex=self.sex,
            birth_date=self.birth_date,
            decided_on=decided_on,
            acted_on=acted_on,
            **row,
        )


def _person(row: dict[str, Any]) -> MadeUpPerson:
    stated = {
        "outcome": Outcome(row["outcome"]) if "outcome" in row else None,
        "reasons": tuple(Reason(code) for code in row.get("reasons", ())),
        "records": tuple(row["records"]),
    }
    return MadeUpPerson(**{**row, **stated})


_DATA = json.loads((Path(__file__).parent / "data" / "sandbox.json").read_text("utf-8"))
PERSONS: tuple[MadeUpPerson, ...] = tuple(map(_person, _DATA["persons"]))
_BY_NUMBER = {person.id_number: person for person in PERSONS}


def person(id_type: str, number: str) -> MadeUpPerson | None:
    """Return the made-up person of a document; the number comes normalised. None for everybody else."""
    return _BY_NUMBER.get(number) if id_type == RESIDENT_ID else None


def records(id_type: str, number: str, *, today: date) -> list[MadeUpRecord]:
    """Return what is on file about a made-up person, and nothing about anybody else."""
    found = person(id_type, number)
    return found.records_on(today) if found else []


def decided(decision: Decision, *, id_type: str, number: str) -> Decision:
    """Return what becomes of a sandbox's inquiry: what the policy says, and where that is no denial, what the person is for.

    An inquiry with a fault of its own is denied for it, as it would be outside.
    """
    found = person(id_type, number)
    if found is None or found.outcome is None or decision.outcome is Outcome.DENIED:
        return decision
    if found.outcome is Outcome.DENIED:
        return replace(decision, outcome=found.outcome, reasons=found.reasons, scope=None)
    return replace(decision, outcome=found.outcome)
