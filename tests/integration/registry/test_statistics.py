"""Statistics: whatever is asked and however the answers are combined, no number under ten comes to light."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors

from registry import drafting
from registry.filing import file_record
from registry.officers import Officer
from registry.statistics import DIMENSIONS, counts, last_month_over, month_before
from tests.integration.registry.conftest import decision

PAGE = "/records/statistics/"
PENALTIES = {
    "warning": (True, None, None),
    "fine": (False, 500, None),
    "detention": (False, None, 5),
}
COPY = """
INSERT INTO registry_violationrecord ({columns}) SELECT {values} FROM registry_violationrecord LIMIT 1
"""
MADE = {
    "id": "gen_random_uuid()",
    "subject": "sha256(%(person)s::bytea)",
    "duplicate_key": "sha256(gen_random_uuid()::text::bytea)",
    "organ_code": "%(organ)s",
    "offence_code": "%(act)s",
    "warning": "%(warning)s",
    "fine": "%(fine)s",
    "detention_days": "%(days)s",
    "sealed_at": "%(at)s",
}
Row = tuple[str, str, str, str]
"""Person, organ, article, penalty."""


@pytest.fixture
def month() -> date:
    """Return a month that is over."""
    return last_month_over()


@pytest.fixture
def population(
    clerk: Officer, verifier: Officer, superuser_connection: Any, month: date
) -> Iterator[Callable[[list[Row], date], None]]:
    """Return a function that makes the sealed records of a month, as no role of the registry could."""
    draft = drafting.save_draft(row=decision(), by=clerk)
    drafting.submit(draft=draft, by=clerk)
    file_record(draft=draft, by=verifier)
    template = superuser_connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'registry_violationrecord'"
        " AND is_generated = 'NEVER'"
    ).fetchall()
    columns = [name for (name,) in template]
    insert = COPY.format(
        columns=", ".join(columns), values=", ".join(MADE.get(name, name) for name in columns)
    )

    def made(rows: list[Row], day: date) -> None:
        superuser_connection.execute("SET session_replication_role = replica")
        superuser_connection.execute(
            "DELETE FROM registry_violationrecord WHERE sealed_at < %s",
            [timezone.now() - timedelta(hours=1)],
        )
        with superuser_connection.cursor() as cursor:
            cursor.executemany(insert, [_values(row, day) for row in rows])
        superuser_connection.execute("RESET session_replication_role")

    return made


def _values(row: Row, day: date) -> dict[str, Any]:
    person, organ, article, penalty = row
    warning, fine, days = PENALTIES[penalty]
    at = f"{day.isoformat()} 12:00+08"
    act = f"PSL2025-{int(article):03}-1-1"
    stated = {"warning": warning, "fine": fine, "days": days, "at": at, "act": act}
    return {"person": person, "organ": organ, **stated}


def people(sizes: dict[str, int], *, organ: str = "", article: str = "26") -> list[Row]:
    """Return one record for each of as many persons as each organ or article has."""
    return [
        (f"{key}-{n}", organ or key, article if not organ else key, "fine")
        for key, size in sizes.items()
        for n in range(size)
    ]


def told(month: date, dimension: str) -> dict[str, int]:
    return dict(counts(month).told[dimension])


def test_what_has_ten_persons_is_rounded_to_ten(population: Any, month: date) -> None:
    population(people({"A": 10, "B": 24, "C": 25, "D": 101}), month)
    assert told(month, "organ") == {"A": 10, "B": 20, "C": 30, "D": 100}
    assert told(month, "article") == {"26": 160}
    assert counts(month).total == 160


def test_one_small_cell_takes_the_smallest_of_the_others_with_it(
    population: Any, month: date
) -> None:
    population(people({"A": 9, "B": 30, "C": 20, "D": 90}), month)
    assert told(month, "organ") == {"B": 30, "D": 90}


def test_small_cells_that_hold_too_few_together_take_another_with_them(
    population: Any, month: date
) -> None:
    population(people({"A": 4, "B": 5, "C": 20, "D": 90}), month)
    assert told(month, "organ") == {"D": 90}
    population(people({"A": 4, "B": 6, "C": 20, "D": 90}), month)
    assert told(month, "organ") == {"C": 20, "D": 90}


def test_many_records_of_few_persons_are_withheld(population: Any, month: date) -> None:
    population([(f"p{n % 9}", "A", "26", "fine") for n in range(90)], month)
    assert counts(month).total is None
    assert [told(month, dimension) for dimension in DIMENSIONS] == [{}, {}, {}]


def test_a_month_that_is_not_over_tells_nothing(population: Any) -> None:
    today = timezone.localdate()
    population(people({"A": 50}), today)
    assert counts(today).total is None
    assert told(today, "organ") == {}


def test_no_day_can_be_asked_for(population: Any, month: date) -> None:
    population(people({"A": 50}), month + timedelta(days=14))
    days = [month + timedelta(days=n) for n in range(28)]
    assert {counts(day).total for day in days} == {50}
    assert counts(month_before(month)).total is None


CELLS = st.lists(st.integers(0, 26), min_size=1, max_size=5)


@given(organs=CELLS, articles=CELLS, chance=st.randoms(use_true_random=False))
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_combining_all_answers_leaves_every_withheld_cell_anywhere_between_0_and_9(
    population: Any, month: date, organs: list[int], articles: list[int], chance: random.Random
) -> None:
    """The attacker knows every category, the rounding, and each total that any dimension gives away."""
    rows = list(_crossed(organs, articles, chance))
    population(rows, month)
    found = counts(month)
    answers = {dimension: dict(found.told[dimension]) for dimension in DIMENSIONS}
    held = {dimension: Counter(row[place] for row in rows) for dimension, place in PLACES.items()}
    lowest, highest = _bounds_of_the_total(found.total, answers, held)
    for dimension, cells in answers.items():
        assert all(records % 10 == 0 and records >= 10 for records in cells.values())
        assert all(held[dimension][category] >= 10 for category in cells)
        hidden = held[dimension].keys() - cells.keys()
        most = highest - sum(records - 5 for records in cells.values())
        least = lowest - sum(records + 4 for records in cells.values())
        for category in hidden:
            assert most >= 9, (dimension, category)
            if held[dimension][category] < 10 and len(hidden) == 1:
                assert least <= 0, (dimension, category)


PLACES = {"organ": 1, "article": 2, "penalty": 3}


def _crossed(organs: list[int], articles: list[int], chance: random.Random) -> Iterator[Row]:
    """Return records with these numbers per organ, spread over articles and penalties at random."""
    names = [str(26 + place) for place in range(len(articles))]
    for place, size in enumerate(organs):
        for n in range(size):
            article = chance.choices(names, [weight + 1 for weight in articles])[0]
            yield f"{place}-{n}", f"O{place}", article, chance.choice(list(PENALTIES))


def _bounds_of_the_total(
    total: int | None, answers: dict[str, dict[str, int]], held: dict[str, Counter[str]]
) -> tuple[int, int]:
    bounds = [(0, 10**9) if total is None else (total - 5, total + 4)]
    for dimension, cells in answers.items():
        if cells and cells.keys() == held[dimension].keys():
            bounds.append(
                (sum(cells.values()) - 5 * len(cells), sum(cells.values()) + 4 * len(cells))
            )
    return max(low for low, _ in bounds), min(high for _, high in bounds)


@pytest.mark.parametrize("role", ["auditor", "owner"])
def test_only_the_site_may_ask(connect: Callable[[str], Any], role: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        connect(role).execute("SELECT * FROM registry_counts('2026-01-01')")


@pytest.fixture
def page(account: Callable[..., Any]) -> Client:
    """Return the browser of a verifying officer."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(
        account("P201", "verifying_officer"), "allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def test_page_and_charts_show_what_is_told_and_nothing_else(
    population: Any, page: Client, month: date
) -> None:
    population(people({"31": 9, "32": 23, "33": 57, "34": 88}, organ="<b>样例机关</b>"), month)
    shown = unescape(page.get(PAGE).content.decode())
    chart = page.get(f"{PAGE}article.svg")
    assert chart["Content-Type"] == "image/svg+xml"
    for text in (shown, chart.content.decode()):
        assert set(re.findall(r"Article (3\d)<", text)) == {"33", "34"}
        assert ">9<" not in text
        assert "90" in text
    assert "In all, about 180 records." in shown
    assert set(re.findall(r'src="(/records/[^"?]+)', shown)) == {
        f"{PAGE}{dimension}.svg" for dimension in DIMENSIONS
    }
    organs = page.get(f"{PAGE}organ.svg").content.decode()
    assert "&lt;b&gt;样例机关" in organs
    assert not re.search("<script|<style|style=|href", organs + chart.content.decode())
    assert page.get(f"{PAGE}article.svg").content == chart.content


def test_what_is_not_over_or_no_month_is_no_page(page: Client) -> None:
    this = timezone.localdate().strftime("%Y-%m")
    for address in (PAGE, *(f"{PAGE}{dimension}.svg" for dimension in DIMENSIONS)):
        for said in (this, "2999-01", "2026-13", "x", "2026-10-05"):
            assert page.get(address, {"month": said}).status_code == 404
    assert "withheld" in page.get(PAGE).content.decode()


def test_months_lead_to_each_other_and_none_to_one_that_is_not_over(
    page: Client, month: date
) -> None:
    def links(shown: Any) -> list[str]:
        return re.findall(r'href="\?month=([\d-]+)"', shown.content.decode())

    before = month_before(month)
    assert links(page.get(PAGE)) == [f"{before:%Y-%m}"]
    assert links(page.get(PAGE, {"month": f"{before:%Y-%m}"})) == [
        f"{month_before(before):%Y-%m}",
        f"{month:%Y-%m}",
    ]


@pytest.mark.parametrize("role", ["clerk", "inquirer", "auditor", "system_administrator"])
def test_statistics_are_the_verifying_officers(account: Callable[..., Any], role: str) -> None:
    client = Client()
    client.force_login(
        account("P301", role, unit=None), "allauth.account.auth_backends.AuthenticationBackend"
    )
    assert client.get(PAGE).status_code == 403
    assert client.get(f"{PAGE}article.svg").status_code == 403
