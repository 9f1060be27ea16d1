"""Plain facts for the tests of the pure part of ``access``. Every person here is made up."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from access.facts import AuthorisationFacts, CaseFacts, InquiryFacts, LetterFacts, UnitStanding
from access.provisions import provision
from registry.normalise import normalise_id_number

DATA = Path(__file__).parents[2] / "data"
TODAY = date(2026, 11, 20)


@dataclass(frozen=True)
class PlainRecord:
    """A record as plain values, with the attributes an answer may read."""

    decision_number: str = "样公行罚决字〔2026〕00001号"
    organ_code: str = "110105000000"
    organ_name: str = "样例市公安局"
    decided_on: date = date(2026, 5, 1)
    acted_on: date = date(2026, 4, 1)
    offence_code: str = "PSL2025-051-1-0a"
    name: str = "样例·人甲"
    sex: str = "female"
    birth_date: str = "1990-01-01"
    address: str = "样例路1号"
    facts: str = "样例事实"
    warning: bool = False
    fine: int | None = None
    detention_days: int | None = 5
    licence_revoked: str = ""
    foreigner_measure: str = "none"
    execution: str = "executed"
    served_on: date | None = date(2026, 5, 2)
    revoked: bool = False

    @property
    def decision_key(self) -> bytes:
        return f"{self.organ_code}/{self.decision_number}".encode()


@pytest.fixture(name="today")
def fixture_today() -> date:
    return TODAY


@pytest.fixture(name="record")
def fixture_record() -> Callable[..., PlainRecord]:
    return PlainRecord


@pytest.fixture(name="asking")
def fixture_asking() -> Callable[..., tuple[InquiryFacts, UnitStanding]]:
    """An inquiry without fault under a provision, and its unit; keywords change the inquiry."""

    def asking(
        ground: str, *, kind: str | None = None, **changes: Any
    ) -> tuple[InquiryFacts, UnitStanding]:
        case_handling = ground == "case_handling"
        found = provision(ground)
        kinds = sorted(found.unit_kinds) if found else []
        inquiry = InquiryFacts(
            exception="case_handling" if case_handling else "state_regulation",
            provision=None if case_handling else ground,
            purpose="核实情况",
            post=None if case_handling else "教师",
            case=CaseFacts("criminal", "A1") if case_handling else None,
            officials=("F1", "F2"),
            letter=LetterFacts("函1号", TODAY),
            undertaking=True,
        )
        held = AuthorisationFacts(
            ground,
            TODAY - timedelta(days=10),
            TODAY + timedelta(days=10),
            frozenset({"F1", "F2"}),
        )
        standing = UnitStanding("U1", kind or (kinds or ["court"])[0], (held,))
        return replace(inquiry, **changes), standing

    return asking


@pytest.fixture(name="sample_standing")
def fixture_sample_standing() -> Callable[[date], dict[str, UnitStanding]]:
    """The sample units as they stand on a day, by code."""
    return _standing


@pytest.fixture(name="sample_inquiries")
def fixture_sample_inquiries() -> Callable[[date], list[tuple[dict[str, Any], InquiryFacts]]]:
    """Each sample inquiry beside its facts, with its dates counted back from a day."""
    return lambda today: [(row, _facts(row, today)) for row in _rows()]


@pytest.fixture(name="sample_records")
def fixture_sample_records() -> dict[tuple[str, str], list[PlainRecord]]:
    """The clean rows of the sample decisions by document type and number."""
    return _records()


def _standing(today: date) -> dict[str, UnitStanding]:
    units = json.loads((DATA / "units.json").read_text("utf-8"))
    return {
        unit["code"]: UnitStanding(
            code=unit["code"],
            kind=unit["kind"],
            authorisations=tuple(
                AuthorisationFacts(
                    held["for"],
                    today + timedelta(days=held["from_days"]),
                    today + timedelta(days=held["to_days"]),
                    frozenset(held["officials"]),
                )
                for held in unit["authorisations"]
            ),
            unit_limit=unit["daily_budget"],
        )
        for unit in units
    }


@cache
def _rows() -> list[dict[str, Any]]:
    text = (DATA / "inquiries.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _facts(row: dict[str, Any], today: date) -> InquiryFacts:
    case, letter = row["case"], row["letter"]
    return InquiryFacts(
        exception=row["exception"],
        provision=row["provision"],
        purpose=row["purpose"],
        post=row["post"],
        case=case
        and CaseFacts(
            case["kind"],
            case["number"],
            today - timedelta(days=case["opened_days_ago"]),
            case["check"],
        ),
        officials=tuple(official["number"] for official in row["officials"]),
        letter=letter
        and LetterFacts(letter["number"], today - timedelta(days=letter["issued_days_ago"])),
        undertaking=row["undertaking"],
    )


@cache
def _records() -> dict[tuple[str, str], list[PlainRecord]]:
    with (DATA / "decisions.expected.csv").open(encoding="utf-8", newline="") as expected:
        clean = [not row["codes"] for row in csv.DictReader(expected)]
    found: dict[tuple[str, str], list[PlainRecord]] = {}
    with (DATA / "decisions.csv").open(encoding="utf-8", newline="") as rows:
        for row, is_clean in zip(csv.DictReader(rows), clean, strict=True):
            if is_clean:
                subject = row["id_type"], normalise_id_number(row["id_type"], row["id_number"])
                found.setdefault(subject, []).append(_record(row))
    return found


def _record(row: dict[str, str]) -> PlainRecord:
    return PlainRecord(
        decision_number=row["decision_number"],
        organ_code=row["organ_code"],
        organ_name=row["organ_name"],
        decided_on=date.fromisoformat(row["decided_on"]),
        acted_on=date.fromisoformat(row["acted_on"]),
        offence_code=row["offence_code"],
        name=row["name"],
        sex=row["sex"],
        birth_date=row["birth_date"],
        address=row["address"],
        facts=row["facts"],
        warning=row["warning"] == "1",
        fine=int(row["fine"]) if row["fine"] else None,
        detention_days=int(row["detention_days"]) if row["detention_days"] else None,
        licence_revoked=row["licence_revoked"],
        foreigner_measure=row["foreigner_measure"] or "none",
        execution=row["execution"],
        served_on=date.fromisoformat(row["served_on"]) if row["served_on"] else None,
    )
