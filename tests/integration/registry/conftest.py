"""Officers and decisions that are made up, for tests of drafting, filing and import."""

import csv
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from stdnum.iso7064 import mod_11_2

from registry.decision_row import DecisionRow, read_row
from registry.officers import Officer, officer_of

SAMPLES = Path(__file__).resolve().parents[2] / "data"
CHECKED = "我已核对"


def id_number(first_seventeen: str) -> str:
    """Return a number with its check character; no such person is meant."""
    return first_seventeen + mod_11_2.calc_check_digit(first_seventeen)


def cells(**changes: str) -> dict[str, str]:
    """Return the cells of a sound row; what is given replaces a cell. Invented person, 36 years old."""
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    sound = {
        "decision_number": "京公朝行罚决字〔2026〕90001号",
        "organ_code": "110105000000",
        "organ_name": "北京市公安局朝阳分局",
        "organ_level": "county",
        "decided_on": yesterday,
        "acted_on": yesterday,
        "offence_code": "PSL2025-026-1-1",
        "name": "样例人甲",
        "sex": "male",
        "birth_date": "1990-03-07",
        "id_type": "resident_id",
        "id_number": id_number("11010519900307101"),
        "nationality": "CHN",
        "address": "样例市样例路1号",
        "guardian_name": "",
        "facts": "经查，样例人甲扰乱单位秩序，有询问笔录证实。",
        "warning": "0",
        "fine": "500",
        "detention_days": "",
        "licence_revoked": "",
        "foreigner_measure": "none",
        "execution": "executed",
        "served_on": "",
    }
    return {**sound, **changes}


def decision(**changes: str) -> DecisionRow:
    """Return a sound row, with changes."""
    row = read_row(cells(**changes)).row
    assert row is not None
    return row


def sample_rows() -> list[dict[str, str]]:
    """Return the rows of the sample file."""
    with (SAMPLES / "decisions.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def account(db: None, set_above_the_rule: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return a function that makes an account with roles, in a unit."""
    from access.models import Unit, User

    def made(number: str, *roles: str, unit: str | None = "110105000000", **more: Any) -> Any:
        place = None
        if unit:
            place, _ = Unit.objects.get_or_create(
                code=unit,
                defaults={"name": f"样例公安分局{unit}", "kind": "police", "level": "county"},
            )
        above = more.pop("is_superuser", False)
        user = User.objects.create_user(number, "made-up-password-1", unit=place, **more)
        user.groups.set(Group.objects.filter(name__in=roles))
        return set_above_the_rule(user) if above else user

    return made


@pytest.fixture
def clerk(account: Callable[..., Any]) -> Officer:
    """Return a clerk of the unit 110105000000."""
    return officer_of(account("P100", "clerk"))


@pytest.fixture
def verifier(account: Callable[..., Any]) -> Officer:
    """Return a verifying officer of the clerk's unit."""
    return officer_of(account("P200", "verifying_officer"))


@pytest.fixture
def on_file(superuser_connection: Any) -> Callable[..., int]:
    """Return a function that counts sealed records, seen as no role of the registry may."""

    def counted(where: str = "true") -> int:
        query = (
            f"SELECT count(*) FROM registry_violationrecord WHERE sealed_at IS NOT NULL AND {where}"
        )
        return int(superuser_connection.execute(query).fetchone()[0])

    return counted


@pytest.fixture
def log_refuses(superuser_connection: Any) -> Iterator[None]:
    """Break the audit log on purpose: nothing can be entered while this lasts."""
    superuser_connection.execute("REVOKE INSERT ON sealing_auditentry FROM registry_app")
    yield
    superuser_connection.execute("GRANT INSERT ON sealing_auditentry TO registry_app")
