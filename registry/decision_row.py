"""One row of a records file or one filled form, read into typed values, or refused.

Knows the names, the types and the closed lists. Knows no statute: whether the values are lawful
is asked of ``registry.penalties``. Findings carry a code and a field, never a value.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from unicodedata import normalize

from registry.findings import Finding, codes_of
from registry.normalise import (
    normalise_decision_number,
    normalise_id_number,
    without_blanks,
)

ORGAN_LEVELS = ("station", "county", "city", "province")
SEXES = ("male", "female")
ID_TYPES = (
    "resident_id",
    "hk_macao_permit",
    "taiwan_permit",
    "foreign_permanent_id",
    "passport",
    "other",
)
FOREIGNER_MEASURES = ("none", "leave_within_term", "deportation")
EXECUTIONS = ("executed", "not_executed_by_law", "deferred", "pending")
ORDINARY, ON_THE_SPOT = PROCEDURES = ("ordinary", "on_the_spot")


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One act (行为) of one person in one penalty decision (治安管理处罚决定书, Art. 115).

    ``fine`` is in whole yuan, ``detention_days`` in days; None means not imposed, and so does a 0.
    ``id_number`` is normalised; ``decision_number`` is as written. ``execution_reason`` says why detention is not
    executed, or is all the same (Art. 23); ``procedure`` whether it was decided on the spot (当场处罚, Art. 119).
    """

    decision_number: str
    organ_code: str
    organ_name: str
    organ_level: str
    decided_on: date
    acted_on: date
    offence_code: str
    name: str
    sex: str
    birth_date: date
    id_type: str
    id_number: str
    nationality: str
    address: str
    guardian_name: str
    facts: str
    warning: bool
    fine: int | None
    detention_days: int | None
    licence_revoked: str
    foreigner_measure: str
    execution: str
    served_on: date | None
    execution_reason: str = ""
    procedure: str = ORDINARY

    @property
    def decision_identity(self) -> tuple[str, str, str, str]:
        """What makes two rows one person's share in one decision: to be hashed, never shown."""
        number = normalise_decision_number(self.decision_number)
        return self.organ_code, number, self.id_type, self.id_number

    @property
    def act_identity(self) -> tuple[str, str, str, str, str]:
        """What makes two rows the same record: to be hashed, never shown."""
        return *self.decision_identity, self.offence_code


@dataclass(frozen=True, slots=True)
class RowReading:
    """A row, or the findings (``missing_field``, ``bad_value``) for which there is none."""

    row: DecisionRow | None
    rejections: tuple[Finding, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The reject codes, each once, in the contract's order."""
        return codes_of(self.rejections)


_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")


def as_text(value: object) -> str:
    """Return a cell as the text it would have in a CSV file, without blanks at its edges.

    Spreadsheets and JSON bring numbers, dates and booleans: 500.0 is "500", True is "1".
    """
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value).strip()


def _plain(text: str) -> str:
    """Full-width digits and letters, as input methods write them, mean the ordinary ones."""
    return text if text.isascii() else without_blanks(normalize("NFKC", text))


def _text(longest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > longest or _UNSTORABLE.search(text):
            raise ValueError("too long, or not storable")
        return text

    return read


def _worded(longest: int) -> Callable[[str], str]:
    """Refuse what has no letter and no digit: a lone dot is no name, an invisible sign no number."""
    storable = _text(longest)

    def read(text: str) -> str:
        if not any(map(str.isalnum, text)):
            raise ValueError("nothing to read")
        return storable(text)

    return read


def _code(longest: int) -> Callable[[str], str]:
    worded = _worded(longest)
    return lambda text: worded(_plain(text))


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError("not in the closed list")
        return text

    return read


def _date(text: str) -> date:
    """Only YYYY-MM-DD: the week and compact forms of ISO 8601 are not in the contract."""
    text = _plain(text)
    if not _ISO_DATE.fullmatch(text):
        raise ValueError("not YYYY-MM-DD")
    return date.fromisoformat(text)


def _whole_number(text: str) -> int | None:
    text = _plain(text)
    if not _WHOLE_NUMBER.fullmatch(text):
        raise ValueError("not a whole number of at most nine digits")
    return int(text) or None


def _yes_or_no(text: str) -> bool:
    text = _plain(text)
    if text not in ("0", "1"):
        raise ValueError("neither 0 nor 1")
    return text == "1"


_READERS: dict[str, Callable[[str], object]] = {
    "decision_number": _worded(100),
    "organ_code": _code(40),
    "organ_name": _worded(100),
    "organ_level": _one_of(ORGAN_LEVELS),
    "decided_on": _date,
    "acted_on": _date,
    "offence_code": _code(64),
    "name": _worded(200),
    "sex": _one_of(SEXES),
    "birth_date": _date,
    "id_type": _one_of(ID_TYPES),
    "id_number": _worded(64),
    "nationality": _code(64),
    "address": _text(500),
    "guardian_name": _text(200),
    "facts": _text(20_000),
    "warning": _yes_or_no,
    "fine": _whole_number,
    "detention_days": _whole_number,
    "licence_revoked": _text(500),
    "foreigner_measure": _one_of(FOREIGNER_MEASURES),
    "execution": _one_of(EXECUTIONS),
    "served_on": _date,
    "execution_reason": _text(1_000),
    "procedure": _one_of(PROCEDURES),
}
_IF_EMPTY: dict[str, object] = {
    "guardian_name": "",
    "warning": False,
    "fine": None,
    "detention_days": None,
    "licence_revoked": "",
    "foreigner_measure": "none",
    "served_on": None,
    "execution_reason": "",
    "procedure": ORDINARY,
}
OPTIONAL_COLUMNS = ("execution_reason", "procedure")
"""Columns a file may leave out altogether."""
COLUMNS = tuple(name for name in _READERS if name not in OPTIONAL_COLUMNS)
"""The columns of a records file, in the contract's order."""
REQUIRED = tuple(name for name in COLUMNS if name not in _IF_EMPTY)
"""The columns that must not be empty."""


def read_row(values: Mapping[str, object]) -> RowReading:
    """Read the cells of one row or the fields of one form; unknown names are ignored."""
    typed, findings = read_cells(values, _READERS)
    if findings:
        return RowReading(row=None, rejections=findings)
    typed["id_number"] = normalise_id_number(str(typed["id_type"]), str(typed["id_number"]))
    return RowReading(row=DecisionRow(**typed))  # type: ignore[arg-type]


def read_cells(
    values: Mapping[str, object], names: Iterable[str]
) -> tuple[dict[str, object], tuple[Finding, ...]]:
    """Read the cells of these names; return the typed values and what stands against the others."""
    typed: dict[str, object] = {}
    missing, bad = [], []
    for name in names:
        cell = values.get(name)
        text = cell.strip() if type(cell) is str else as_text(cell)
        if not text:
            if name in _IF_EMPTY:
                typed[name] = _IF_EMPTY[name]
            else:
                missing.append(Finding("missing_field", name))
            continue
        try:
            typed[name] = _READERS[name](text)
        except ValueError:
            bad.append(Finding("bad_value", name))
    return typed, (*missing, *bad)
