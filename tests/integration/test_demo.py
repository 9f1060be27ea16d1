"""The demo: complete after one run, unchanged by the next, made through the site's own doors, never in production."""

import csv
import json
import re
import stat
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from access.demo import DATA, stated
from access.models import Inquiry, User
from access.roles import EXCLUSIVE, Role, roles_of

SAMPLES = Path(__file__).parents[1] / "data"
LISTED = re.compile(r"^((?:[A-Z]\d{4} ?)+) ", re.MULTILINE)


ASKED = {
    "exception": "state_regulation",
    "provision": "MINORS-62",
    "purpose": "核实拟聘人员情况",
    "post": "教师",
    "official_1": "F2001",
    "official_2": "F2002",
    "letter_number": "函〔2026〕1号",
    "letter_issued_on": timezone.localdate().isoformat(),
    "undertaking": "1",
    "id_type": "resident_id",
}


def demo() -> str:
    """Run the command and return what it says."""
    said = StringIO()
    call_command("demo", stdout=said)
    return said.getvalue()


@pytest.fixture(name="var")
def fixture_var(db: None, tmp_path: Path, settings: Any) -> Path:
    settings.VAR = tmp_path
    return tmp_path


def rows(connect: Callable[[str], Any]) -> dict[str, int]:
    """Return the number of rows of every table of the site, as the superuser sees them."""
    with connect("bootstrap") as looking:
        names = looking.execute(
            "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition"
        ).fetchall()
        return {
            name: looking.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for (name,) in names
        }


def test_everybody_it_lists_can_sign_in_with_the_password_it_prints(
    var: Path, client: Client
) -> None:
    said = demo()
    password = (var / "demo_password").read_text().strip()
    assert password in said
    assert stat.S_IMODE((var / "demo_password").stat().st_mode) == 0o600
    listed = [number for line in LISTED.findall(said) for number in line.split()]
    assert listed
    people = User.objects.exclude(unit__sandbox=True)
    assert sorted(listed) == sorted(people.values_list("number", flat=True))
    for number in listed:
        answer = client.post("/accounts/login/", {"login": number, "password": password})
        assert (answer.status_code, answer["Location"]) == (302, "/"), number
        client.post("/accounts/logout/")


def test_every_role_has_somebody_and_nobody_holds_two_that_exclude_each_other(var: Path) -> None:
    demo()
    held = [roles_of(user) for user in User.objects.all()]
    assert set().union(*held) == set(Role)
    assert all(len(roles) == 1 for roles in held if roles & EXCLUSIVE)
    assert not User.objects.filter(is_superuser=True).exists()


def test_a_second_run_changes_nothing(var: Path, connect: Callable[[str], Any]) -> None:
    first = demo()
    before = rows(connect)
    assert before["registry_violationrecord"] > 300
    assert demo() == first
    assert rows(connect) == before


def test_there_is_an_inquiry_of_each_outcome_and_an_answer_of_each_kind(
    var: Path, connect: Callable[[str], Any]
) -> None:
    demo()
    Status = Inquiry.Status
    found = set(Inquiry.objects.values_list("status", flat=True))
    assert found == {Status.GRANTED, Status.DENIED, Status.UNDER_REVIEW}
    denied = Inquiry.objects.filter(status=Status.DENIED).values_list("reasons", flat=True)
    assert ["authorisation_expired"] in list(denied)
    with connect("auditor") as auditor:
        logged = {
            outcome
            for (outcome,) in auditor.execute(
                "SELECT DISTINCT outcome FROM sealing_auditentry WHERE kind = 'lookup'"
            )
        }
    assert logged == {"granted", "disclosed"}


def test_the_answers_it_promises_are_the_answers_one_gets(var: Path) -> None:
    said = demo()
    browser = Client(headers={"accept-language": "en"})
    password = (var / "demo_password").read_text().strip()
    browser.post("/accounts/login/", {"login": "F2001", "password": password})
    for (number, name), shows in {
        ("999999199003070012", "张样例"): ">violent injury</dt>",
        ("99999919880615002X", "李样例"): ">Nothing disclosable under",
        ("999999199501200035", "王样例"): ">Nothing disclosable under",
    }.items():
        assert number in said
        sent = browser.post("/inquiries/new/", {**ASKED, "id_number": number, "name": name})
        page = browser.post(f"{sent['Location']}answer/", {"undertaking": "1"}).content.decode()
        assert shows in page


def test_the_clerks_and_their_officer_find_work(var: Path) -> None:
    demo()
    password = (var / "demo_password").read_text().strip()
    for number, path, words in (
        ("P1001", "/records/drafts/", "〔2026〕00012号"),
        ("P2001", "/records/drafts/", "〔2026〕00013号"),
        ("P1002", "/records/verify/", "P1001"),
    ):
        browser = Client()
        browser.post("/accounts/login/", {"login": number, "password": password})
        assert words in browser.get(path).content.decode(), number


def test_a_password_chosen_since_stays_until_the_file_is_gone(var: Path) -> None:
    demo()
    clerk = User.objects.get(number="P1001")
    clerk.set_password("his own password 8")
    clerk.save()
    demo()
    clerk.refresh_from_db()
    assert clerk.check_password("his own password 8")
    (var / "demo_password").unlink()
    demo()
    clerk.refresh_from_db()
    assert clerk.check_password((var / "demo_password").read_text().strip())


def test_it_is_refused_in_production_and_makes_nothing(
    var: Path, settings: Any, connect: Callable[[str], Any]
) -> None:
    before = rows(connect)
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="REGISTRY_PRODUCTION"):
        call_command("demo")
    assert rows(connect) == before
    assert not (var / "demo_password").exists()


def test_the_persons_of_the_tour_can_be_nobodys() -> None:
    numbers = [inquiry["person"]["id_number"] for inquiry in stated("inquiries")]
    numbers += re.findall(r"\d{17}[\dX]", str(stated("welcome")))
    assert numbers
    assert all(number.startswith("999999") for number in numbers)


def test_a_sample_file_imported_beside_the_demo_meets_nothing_of_it():
    def persons(path: Path) -> set[str]:
        with path.open(encoding="utf-8", newline="") as lines:
            return {row["id_number"] for row in csv.DictReader(lines)}

    demo = persons(DATA / "decisions.csv") | persons(DATA / "drafts.csv")
    assert demo
    assert not demo & persons(SAMPLES / "decisions.csv")
    units, samples = (json.loads((at / "units.json").read_text()) for at in (DATA, SAMPLES))
    for names in (officials, lambda units: {unit["code"] for unit in units}):
        assert not names(units) & names(samples)


def officials(units: list[dict]) -> set[str]:
    return {official["number"] for unit in units for official in unit["officials"]}
