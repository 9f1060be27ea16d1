"""A correction 更正 as plain values: which record it names, what happened, and what is right or remains.

Knows no Django, no key and no officer. The record is named as the paper names it (document, organ, decision
number, act), so nobody has to see the sealed record to name it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from registry.decision_row import DecisionRow, read_cells
from registry.findings import Finding
from registry.in_force import Happened
from registry.normalise import normalise_decision_number, normalise_id_number


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """What names one record on file: one act of one person in one decision of one organ."""

    organ_code: str
    decision_number: str
    id_type: str
    id_number: str
    offence_code: str

    @property
    def decision_identity(self) -> tuple[str, str, str, str]:
        """The same as a decision row's: to be hashed, never shown."""
        number = normalise_decision_number(self.decision_number)
        return self.organ_code, number, self.id_type, self.id_number

    @property
    def act_identity(self) -> tuple[str, str, str, str, str]:
        """The same as a decision row's: to be hashed, never shown."""
        return *self.decision_identity, self.offence_code


@dataclass(frozen=True, slots=True)
class Correction:
    """A later row: `row` is what is answered from now on, or None where nothing is (registry.in_force).

    `document` is the number of the decision or judgment that says so, `document_on` its date.
    """

    happened: Happened
    named: NamedRecord
    reason: str
    document: str
    document_on: date
    row: DecisionRow | None = None

    @property
    def id_type(self) -> str:
        """The type of the person's document."""
        return self.named.id_type

    @property
    def id_number(self) -> str:
        """The number of the person's document; a wrong one is not corrected: the record is revoked and filed anew."""
        return self.named.id_number


NAMING = ("organ_code", "decision_number", "id_type", "id_number", "offence_code")


def read_named(values: Mapping[str, object]) -> tuple[NamedRecord | None, tuple[Finding, ...]]:
    """Read what names a record, as the cells of a row are read; or return what stands against it."""
    typed, findings = read_cells(values, NAMING)
    if findings:
        return None, findings
    named = {name: str(value) for name, value in typed.items()}
    named["id_number"] = normalise_id_number(named["id_type"], named["id_number"])
    return NamedRecord(**named), ()
