"""A stolen database tells nothing: in a plain dump, made as superuser, no person of the samples can be found.

Everything the site stores is in it: records by import and by hand, drafts, inquiries with their answers read, the
names of officials, the audit log. All persons are made up.
"""

import csv
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.utils import timezone

from access import inquiries, lookups
from access.facts import CaseFacts, InquiryFacts, LetterFacts
from access.inquiries import Person
from access.models import User
from config import binaries, environment
from registry.drafting import save_draft, withdraw
from registry.officers import Officer
from tests.database import TestDatabase
from tests.house.sources import ROOT
from tests.integration.registry.conftest import decision
from tests.integration.thief import found

DATA = ROOT / "tests" / "data"
DRAFTED = {"name": "司徒草稿", "id_number": "110105194912310038", "address": "草稿路八十八号"}
OF_A_ROW = ("name", "id_number", "address", "decision_number")
MADE = 120


def rows() -> list[dict[str, str]]:
    with (DATA / "decisions.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def asked() -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in (DATA / "inquiries.jsonl").read_text("utf-8").splitlines()
    ][:MADE]


def facts(row: dict[str, Any], today: date) -> InquiryFacts:
    case, letter = row["case"], row["letter"]
    return InquiryFacts(
        **{
            name: row[name] for name in ("exception", "provision", "purpose", "post", "undertaking")
        },
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
    )


def ask() -> int:
    """Make the sample's inquiries, read each granted answer once, and return how many were read."""
    today, read = timezone.localdate(), 0
    for row in asked():
        official = User.objects.filter(unit__code=row["unit"]).order_by("number").first()
        person = Person(**{name: row["person"][name] for name in ("id_type", "id_number", "name")})
        inquiry = inquiries.submit(facts=facts(row, today), person=person, by=official, today=today)
        if inquiry.status == "granted" and official.number in inquiry.officials:
            lookups.look_up(inquiry=inquiry, by=official)
            read += 1
    return read


def draft() -> None:
    """Leave one draft as it is and withdraw another."""
    User.objects.create_user("P100")
    clerk = Officer("P100", "U900", is_clerk=True)
    row = replace(decision(), **DRAFTED, facts=f"经查，{DRAFTED['name']}")
    save_draft(row=row, by=clerk)
    withdraw(draft=save_draft(row=row, by=clerk), by=clerk)


@pytest.fixture
def filled(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Put the samples through the registry, as far as it takes them."""
    with pytest.raises(SystemExit):
        call_command("import_records", str(DATA / "decisions.csv"))
    call_command("load_units", str(DATA / "units.json"))
    draft()
    assert ask() > 10
    capsys.readouterr()


def dump(database: TestDatabase, *only: str) -> str:
    """Return what a superuser's `pg_dump` writes of a database, or of one of its tables, in plain text."""
    program = next(binaries.installations()).folder / "pg_dump"
    known = environment.database("", database.server.url("bootstrap", database.name))
    command = [
        program,
        "--host",
        known["HOST"],
        "--username",
        known["USER"],
        "--dbname",
        database.name,
        *(f"--table={table}" for table in only),
    ]
    env = {"PGPASSWORD": str(known["PASSWORD"]), "PATH": os.environ["PATH"]}
    done = subprocess.run([str(part) for part in command], env=env, capture_output=True, check=True)
    return done.stdout.decode()


def people() -> set[str]:
    """Return what would betray somebody: every name, number and address of the samples, and of what was asked."""
    betraying = {row[column] for row in rows() for column in OF_A_ROW}
    betraying |= {row["facts"][:20] for row in rows()} | set(DRAFTED.values())
    for row in asked():
        betraying |= {row["person"]["name"], row["person"]["id_number"]}
        betraying |= {official["name"] for official in row["officials"]}
        betraying |= {
            (row["letter"] or {}).get("number") or "",
            (row["case"] or {}).get("number") or "",
        }
    for unit in json.loads((DATA / "units.json").read_text("utf-8")):
        betraying |= {official["name"] for official in unit["officials"]}
    return {value for value in betraying if len(value) > 1}


def test_no_person_of_the_samples_is_in_a_dump(filled: None, database: TestDatabase) -> None:
    text = dump(database)
    assert "COPY public.registry_violationrecord " in text
    assert text.count("\n") > 3000, "the dump is not that of a filled database"
    assert len(people()) > 5000
    assert found(text, people()) == set()


# Ways in which a value could get into a table by mistake. `%s` is the value.
WAYS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "text": ("%s::text", str),
    "inside other text": ("'记录：' || %s || '。'", str),
    "bytes": ("convert_to(%s, 'UTF8')", str),
    "JSON": ("jsonb_build_object('n', %s::text)", str),
    "JSON with escapes": ("%s::text", json.dumps),
    "JSON in bytes, as in the log": (
        "convert_to(jsonb_build_object('n', %s::text)::text, 'UTF8')",
        str,
    ),
    "hexadecimal": ("encode(convert_to(%s, 'UTF8'), 'hex')", str),
    "Base64": ("encode(convert_to(%s, 'UTF8'), 'base64')", str),
    "Base64 inside other bytes": ("encode(convert_to('ab' || %s || 'c', 'UTF8'), 'base64')", str),
    "a session": ("%s::text", lambda value: SessionStore().encode({"typed": value})),
    "a compressed session": (
        "%s::text",
        lambda value: SessionStore().encode({"typed": [value] * 50}),
    ),
    "an address": ("%s::text", lambda value: f"/records/?q={quote(value)}"),
}


def test_whatever_stood_in_the_clear_would_be_found(spare_database: TestDatabase) -> None:
    """The positive control of the test above, for each kind of value and each way of writing it."""
    values = {rows()[0][column] for column in OF_A_ROW}
    missed = {}
    with spare_database.connect("bootstrap") as superuser:
        assert found(dump(spare_database), values) == set()
        for way, (expression, written) in WAYS.items():
            superuser.execute("DROP TABLE IF EXISTS planted")
            superuser.execute(
                f"CREATE TABLE planted AS SELECT {expression} AS it LIMIT 0", [written("x")]
            )
            for value in values:
                superuser.execute(f"INSERT INTO planted SELECT {expression}", [written(value)])
            missed[way] = values - found(dump(spare_database, "planted"), values)
    assert {way: values for way, values in missed.items() if values} == {}
