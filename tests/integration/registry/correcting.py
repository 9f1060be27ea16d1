"""A decision on file and what happens to it, for the tests of corrections and outcomes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from registry import drafting
from registry.correction import Correction, read_named
from registry.filing import file_record
from registry.in_force import REPLACING, Happened
from registry.models import ViolationRecord
from registry.officers import Officer
from tests.integration.registry.conftest import cells, decision

ASSAULT, NOISE = "PSL2025-051-1-0a", "PSL2025-026-1-1"
HURT = {"offence_code": ASSAULT, "fine": "", "detention_days": "5"}
NUMBERS = [f"京公朝行罚决字〔2026〕9000{n}号" for n in (1, 2, 3)]
Acts = Callable[..., Any]


@pytest.fixture(name="filed")
def fixture_filed(clerk: Officer, verifier: Officer) -> Acts:
    """Return a function that files a decision."""

    def made(**changes: str) -> None:
        draft = drafting.save_draft(row=decision(**changes), by=clerk)
        drafting.submit(draft=draft, by=clerk)
        file_record(draft=draft, by=verifier)

    return made


@pytest.fixture(name="submitted")
def fixture_submitted(clerk: Officer) -> Acts:
    """Return a function that hands in what happened to a record, named by cells; `left` is what remains."""

    def made(
        happened: str, left: dict[str, str] | None = None, by: Officer = clerk, **named: str
    ) -> ViolationRecord:
        draft = drafting.save_draft(row=correction(happened, left, **named), by=by)
        drafting.submit(draft=draft, by=by)
        return draft

    return made


@pytest.fixture(name="happens")
def fixture_happens(submitted: Acts, verifier: Officer) -> Acts:
    """Return a function that files what happened to a record."""

    def done(happened: str, left: dict[str, str] | None = None, **named: str) -> None:
        file_record(draft=submitted(happened, left, **named), by=verifier)

    return done


def correction(happened: str, left: dict[str, str] | None = None, **named: str) -> Correction:
    found, findings = read_named(cells(**{"offence_code": ASSAULT, **named}))
    assert found is not None, findings
    kind = Happened(happened)
    return Correction(
        happened=kind,
        named=found,
        reason="样例理由",
        document="京政复决〔2026〕7号",
        document_on=timezone.localdate(),
        row=decision(**{**HURT, **named, **(left or {})}) if kind in REPLACING else None,
    )
