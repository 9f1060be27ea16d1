"""How one record reads in an answer: as a line, or as a line with the rest of the decision.

Says which attributes of a record an answer may read at all. Knows no scope and no asker.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from registry.offences import offence


class RecordView(Protocol):
    """The attributes of a record an answer may read. The sealed ones decrypt when read.

    ``revoked`` is true of a record that was revoked or replaced by a correction, and of a tombstone or note;
    ``decision_key`` is one value for all acts of one decision of one organ; ``detention_days``
    and ``fine`` (yuan) are None when not decided.
    """

    @property
    def revoked(self) -> bool: ...
    @property
    def decided_on(self) -> date: ...
    @property
    def acted_on(self) -> date: ...
    @property
    def offence_code(self) -> str: ...
    @property
    def decision_key(self) -> bytes: ...
    @property
    def organ_name(self) -> str: ...
    @property
    def warning(self) -> bool: ...
    @property
    def fine(self) -> int | None: ...
    @property
    def detention_days(self) -> int | None: ...
    @property
    def licence_revoked(self) -> str | None: ...
    @property
    def foreigner_measure(self) -> str: ...
    @property
    def execution(self) -> str: ...
    @property
    def served_on(self) -> date | None: ...
    @property
    def decision_number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def sex(self) -> str: ...
    @property
    def birth_date(self) -> date | str: ...
    @property
    def address(self) -> str: ...
    @property
    def facts(self) -> str: ...


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One act in one decision: date, article, penalty, and where the decision is found.

    ``offence`` is the act's statutory name (案由) and ``article`` its citation, both as the
    catalogue has them, for an act it does not have the code and nothing. ``decision`` holds the rest of the written decision (Art. 115), in that shape only.
    """

    decided_on: date
    acted_on: date
    offence_code: str
    offence: str
    article: str
    penalty: dict[str, Any]
    decision_number: str
    organ: str
    decision: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The line in JSON's own types."""
        line: dict[str, Any] = {
            "decided_on": self.decided_on.isoformat(),
            "acted_on": self.acted_on.isoformat(),
            "offence_code": self.offence_code,
            "offence": self.offence,
            "article": self.article,
            "penalty": dict(self.penalty),
            "decision_number": self.decision_number,
            "organ": self.organ,
        }
        return line if self.decision is None else line | {"decision": dict(self.decision)}


def line_of(record: RecordView, *, whole: bool) -> Line:
    """The line of one record; ``whole`` adds the rest of the written decision."""
    act = offence(record.offence_code)
    return Line(
        decided_on=record.decided_on,
        acted_on=record.acted_on,
        offence_code=record.offence_code,
        offence=act.name_zh if act else record.offence_code,
        article=act.citation if act else "",
        penalty=_penalty(record),
        decision_number=record.decision_number,
        organ=record.organ_name,
        decision=_rest(record) if whole else None,
    )


def _penalty(record: RecordView) -> dict[str, Any]:
    return {
        "warning": bool(record.warning),
        "fine": record.fine,
        "detention_days": record.detention_days,
        "licence_revoked": record.licence_revoked or None,
        "foreigner_measure": record.foreigner_measure or "none",
    }


def _rest(record: RecordView) -> dict[str, Any]:
    """What Art. 115 puts in a decision besides; the document number is the asker's own."""
    return {
        "name": record.name,
        "sex": record.sex,
        "birth_date": str(record.birth_date),
        "address": record.address,
        "facts": record.facts,
        "execution": record.execution,
        "served_on": record.served_on.isoformat() if record.served_on else None,
    }
