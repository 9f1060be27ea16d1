"""What may stand against a row: coded reasons, each with the field it belongs to, never a value.

The codes are the contract's, in its order; texts for people are made by the forms.
"""

from collections.abc import Iterable
from dataclasses import dataclass

REJECT_CODES = (
    "missing_field",
    "bad_value",
    "id_checksum",
    "birth_date_mismatch",
    "sex_mismatch",
    "offence_unknown",
    "no_penalty",
    "fine_over_limit",
    "detention_over_limit",
    "penalty_not_provided",
    "combined_detention_over_20",
    "station_power",
    "under_14",
    "execution_barred",
    "foreigner_only",
    "date_order",
    "before_the_law",
    "criminal_matter",
    "duplicate_decision",
)
_RANK = {code: rank for rank, code in enumerate(REJECT_CODES)}


@dataclass(frozen=True, slots=True)
class Finding:
    """A reject or warning code and the name of the field it belongs to."""

    code: str
    field: str


class Refused(Exception):
    """The law or what is on file stands against a filing; `codes` are those of its findings."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings, self.codes = findings, codes_of(findings)
        super().__init__(" ".join(self.codes))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return rejections in the order of ``REJECT_CODES``."""
    return tuple(sorted(findings, key=lambda finding: _RANK[finding.code]))


def codes_of(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the codes, each once, in the order given."""
    return tuple(dict.fromkeys(finding.code for finding in findings))
