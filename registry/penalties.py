"""Is this decision one the law allows? The statutory checks on one row, as pure functions.

Takes plain values and returns codes with their fields; range minimums and oddities are warnings,
since reduction below a range is lawful (减轻, Art. 12, 19-21). Knows no other row and no record
on file: that is ``registry.across_rows``. Knows no Django.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from registry.criminal_process import court, criminal_number, criminal_text
from registry.decision_row import ON_THE_SPOT, DecisionRow
from registry.findings import Finding, codes_of
from registry.nationalities import is_chinese
from registry.offences import Offence, offence
from registry.resident_id import ResidentId, age_on, read_resident_id
from registry.unusual import unusual_amount, unusual_number, unusual_person
from registry.unusual_documents import unusual_document, unusual_execution, unusual_procedure

LAWS = ("2025", "2012")
IN_FORCE_FROM = date(2026, 1, 1)
"""The 2025 text is in force from this day (Art. 144)."""
STATION_FINE = 1_000
"""The highest fine in yuan that a police station (公安派出所) may decide (Art. 109)."""

PUNISHABLE_FROM, DETAINED_FROM, SPARED_FROM = 14, 16, 70
"""Ages in years: no penalty before the first, detention executed from the second up to, not at,
the third (Art. 12, 23)."""
ON_THE_SPOT_FINE = 500
"""The highest fine in yuan that is decided on the spot (当场处罚, Art. 119)."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What stands against a row (``rejections``) and what a clerk should look at (``warnings``).

    ``judged_by`` is the law in force on the day of the act: "2025" or "2012".
    """

    rejections: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    judged_by: str

    @property
    def codes(self) -> tuple[str, ...]:
        """The reject codes, each once, in the contract's order."""
        return codes_of(self.rejections)


@dataclass(frozen=True, slots=True)
class _Case:
    """A row with what is worked out once: its act, its holder's ID, the age on the day."""

    row: DecisionRow
    act: Offence | None
    holder: ResidentId | None
    age: int
    born: date
    law: str
    today: date

    @property
    def ranges_apply(self) -> bool:
        """The 2025 ranges judge acts of 2026 and later, whatever law a file is said to be of."""
        return self.row.acted_on >= IN_FORCE_FROM


def law_on(day: date) -> str:
    """Return the law in force on the day of an act: "2025" or "2012" (行政处罚法 Art. 37)."""
    return "2025" if day >= IN_FORCE_FROM else "2012"


def check(row: DecisionRow, *, law: str = "2025", today: date) -> Findings:
    """Return every reject code that applies to a row by itself, and the warnings.

    ``law`` is the law the caller allows for acts before 2026-01-01: "2025" refuses them,
    "2012" accepts them without looking at amounts. Raises ValueError for another law.
    """
    if law not in LAWS:
        raise ValueError(f"no such law: {law}")
    case = _case(row, law=law, today=today)
    rejections: list[Finding] = []
    for rule in _RULES:
        rejections.extend(rule(case))
    warnings = [
        *unusual_person(row, case.born),
        *unusual_number(row),
        *unusual_document(row),
        *unusual_execution(row, case.age),
    ]
    if case.act and case.ranges_apply:
        warnings[:0] = [*unusual_amount(row, case.act), *unusual_procedure(row, case.act)]
    return Findings(tuple(rejections), tuple(warnings), judged_by=law_on(row.acted_on))


def _case(row: DecisionRow, *, law: str, today: date) -> _Case:
    """Ages count from the birth date of a sound ID number, else from the one stated."""
    holder = read_resident_id(row.id_number) if row.id_type == "resident_id" else None
    born = holder.birth_date if holder else row.birth_date
    act = offence(row.offence_code)
    # An act that the 2012 text did not know cannot have been punished under it.
    if act and law == "2012" and row.acted_on < IN_FORCE_FROM and act.article_2012 is None:
        act = None
    return _Case(row, act, holder, age_on(born, row.acted_on), born, law, today)


def _id_number(case: _Case) -> Iterator[Finding]:
    """A number that fails its own check says nothing about birth and sex."""
    if case.row.id_type != "resident_id":
        return
    if case.holder is None:
        yield Finding("id_checksum", "id_number")
        return
    if case.holder.birth_date != case.row.birth_date:
        yield Finding("birth_date_mismatch", "birth_date")
    if case.holder.sex != case.row.sex:
        yield Finding("sex_mismatch", "sex")


def _offence_unknown(case: _Case) -> Iterator[Finding]:
    if case.act is None:
        yield Finding("offence_unknown", "offence_code")


def _no_penalty(case: _Case) -> Iterator[Finding]:
    """An order to leave or deportation is only ever added (附加适用, Art. 10(2))."""
    row = case.row
    if not (row.warning or row.fine or row.detention_days or row.licence_revoked):
        yield Finding("no_penalty", "warning")


def _over_limit(case: _Case) -> Iterator[Finding]:
    """The limit itself is within it (以下, Art. 143). Art. 27 fines have no highest amount."""
    if case.act is None or not case.ranges_apply:
        return
    row, widest = case.row, case.act.envelope
    if row.fine and widest.fine_max is not None and row.fine > widest.fine_max:
        yield Finding("fine_over_limit", "fine")
    days = row.detention_days
    if days and widest.detention_max is not None and days > widest.detention_max:
        yield Finding("detention_over_limit", "detention_days")


def _not_provided(case: _Case) -> Iterator[Finding]:
    if case.act is None or not case.ranges_apply:
        return
    row, widest = case.row, case.act.envelope
    if row.warning and not widest.warning:
        yield Finding("penalty_not_provided", "warning")
    if row.fine and not widest.fine:
        yield Finding("penalty_not_provided", "fine")
    if row.detention_days and not widest.detention:
        yield Finding("penalty_not_provided", "detention_days")
    if row.licence_revoked and not widest.licence_revocation:
        yield Finding("penalty_not_provided", "licence_revoked")


def _station_power(case: _Case) -> Iterator[Finding]:
    """Art. 109: a station decides warnings and fines up to 1,000 yuan, nothing else."""
    row = case.row
    beyond = row.detention_days or row.licence_revoked or row.foreigner_measure != "none"
    if row.organ_level == "station" and (beyond or (row.fine or 0) > STATION_FINE):
        yield Finding("station_power", "organ_level")


def _on_the_spot(case: _Case) -> Iterator[Finding]:
    """Art. 119: on the spot a warning or a fine up to 500 yuan is decided, nothing else."""
    row = case.row
    if row.procedure != ON_THE_SPOT or not case.ranges_apply:
        return
    if row.detention_days or row.licence_revoked or row.foreigner_measure != "none":
        yield Finding("penalty_not_provided", "procedure")
    if (row.fine or 0) > ON_THE_SPOT_FINE:
        yield Finding("fine_over_limit", "procedure")


def _age(case: _Case) -> Iterator[Finding]:
    """Art. 12 (under 14) and Art. 23: detention is not executed under 16 and from 70 on."""
    row = case.row
    if case.age < PUNISHABLE_FROM:
        yield Finding("under_14", "birth_date")
    executed = row.detention_days and row.execution == "executed"
    if executed and not DETAINED_FROM <= case.age < SPARED_FROM and not row.execution_reason:
        yield Finding("execution_barred", "execution")


def _foreigner_only(case: _Case) -> Iterator[Finding]:
    """Residents of Hong Kong, Macao and Taiwan are Chinese nationals."""
    row = case.row
    if row.foreigner_measure != "none" and is_chinese(row.nationality):
        yield Finding("foreigner_only", "foreigner_measure")


def _date_order(case: _Case) -> Iterator[Finding]:
    row = case.row
    if row.birth_date > case.today:
        yield Finding("date_order", "birth_date")
    if row.acted_on > case.today:
        yield Finding("date_order", "acted_on")
    if row.decided_on > case.today or row.acted_on > row.decided_on:
        yield Finding("date_order", "decided_on")
    if row.served_on and (row.served_on > case.today or row.decided_on > row.served_on):
        yield Finding("date_order", "served_on")


def _before_the_law(case: _Case) -> Iterator[Finding]:
    if case.law == "2025" and case.row.acted_on < IN_FORCE_FROM:
        yield Finding("before_the_law", "acted_on")


def _criminal_matter(case: _Case) -> Iterator[Finding]:
    row = case.row
    if criminal_number(row.decision_number):
        yield Finding("criminal_matter", "decision_number")
    if court(row.organ_name):
        yield Finding("criminal_matter", "organ_name")
    if criminal_text(row.facts):
        yield Finding("criminal_matter", "facts")


_RULES = (
    _id_number,
    _offence_unknown,
    _no_penalty,
    _over_limit,
    _not_provided,
    _station_power,
    _on_the_spot,
    _age,
    _foreigner_only,
    _date_order,
    _before_the_law,
    _criminal_matter,
)
