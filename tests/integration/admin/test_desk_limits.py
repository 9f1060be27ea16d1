"""What the desk says where the log cannot be looked through in time, and where nothing can be known: never an error, never "nothing"."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from access.models import DrawnInquiry, Sample
from sealing import dropping, retention, signer
from sealing.audit_log import Kind, Outcome
from sealing.log_paging import page as page_of
from sealing.models import AuditEntry
from sealing.sequencing import Sequencer
from tests.integration.admin.at_the_desk import ASKED, DESK, PERSON, WHY, filtered, question, told
from tests.integration.admin.conftest import enter
from tests.integration.sealing import old_months
from tests.integration.sealing.conftest import sequence
from tests.integration.sealing.old_months import APPROVER, OLD, OPERATOR

LOG = "/admin/sealing/auditentry/"
RECEIPT = "sample2receipt3sample"
GONE = f"{OLD} was dropped under an order"
NARROWER = "Choose one month, or fewer days."


@pytest.fixture(name="slow")
def fixture_slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function after which the database stops every reading of the log, as it does when one takes too long."""

    def made() -> None:
        for plan in ("BY_TIME", "BY_FILTERS"):
            stopped = "SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)"
            monkeypatch.setattr(f"sealing.log_reading.{plan}", stopped)

    return made


def test_a_question_about_a_person_that_is_too_wide_says_what_to_narrow(
    auditor: Client, slow: Callable[[], None]
) -> None:
    location = question(auditor, ASKED)["Location"]
    slow()
    answer = auditor.get(location)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert NARROWER in page
    assert f'href="{DESK}person/"' in page
    assert "entries on this page" not in page


def test_a_question_about_a_person_can_be_narrowed(auditor: Client) -> None:
    enter(person=PERSON, inquiry=RECEIPT)
    this_month = f"{timezone.localdate():%Y-%m}"
    for since, until, shown in (
        (this_month, "", True),
        ("2020-01", "2020-02", False),
        ("", "2020", None),
    ):
        asked = question(auditor, ASKED, since=since, until=until)
        if shown is None:
            assert "Enter a month such as" in asked.content.decode()
            continue
        page = auditor.get(asked["Location"]).content.decode()
        assert (RECEIPT in page) is shown
        assert since in page
    assert told()[-2]["filters"] == {"since": "2020-01", "until": "2020-02"}


def test_what_auditors_did_that_is_too_wide_says_what_to_narrow(
    auditor: Client, slow: Callable[[], None]
) -> None:
    slow()
    answer = auditor.get(f"{DESK}auditors/")
    assert answer.status_code == 200
    assert NARROWER in answer.content.decode()
    assert 'name="since"' in answer.content.decode()


def test_what_auditors_did_can_be_narrowed_and_turned_over(
    auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("access.desk_auditors.page", partial(page_of, size=2))
    today = timezone.localdate().isoformat()
    for _ in range(4):
        auditor.get(DESK)
    page = auditor.get(f"{DESK}auditors/?since={today}").content.decode()
    assert page.count("Opened the desk") == 1
    assert f"since={today}&amp;older_than=" in page
    older = page.partition("older_than=")[2].partition('"')[0]
    page = auditor.get(f"{DESK}auditors/?since={today}&older_than={older}").content.decode()
    assert page.count("Opened the desk") == 2
    page = auditor.get(f"{DESK}auditors/?until=2020-01").content.decode()
    assert "Opened the desk" not in page
    assert "The log begins on 20" in page
    assert told()[-1] == {"page": "auditors", "filters": {"until": "2020-01"}}


def test_a_pack_of_filters_that_are_too_wide_says_what_to_narrow(
    auditor: Client, slow: Callable[[], None]
) -> None:
    word = filtered(auditor, unit="U002")
    slow()
    for answer in (
        auditor.get(f"{DESK}pack/?search={word}"),
        auditor.post(f"{DESK}pack/?search={word}", WHY),
    ):
        assert answer.status_code == 400
        assert NARROWER in answer.content.decode()
        assert f'href="{LOG}?search={word}"' in answer.content.decode()
    assert not [said for said in told() if said.get("act") == "packed"]


def test_a_table_and_a_list_that_are_too_wide_say_what_to_narrow(
    auditor: Client, slow: Callable[[], None]
) -> None:
    word = filtered(auditor, unit="U002")
    slow()
    answer = auditor.post(f"{DESK}table/?search={word}", WHY)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/html")
    assert NARROWER in answer.content.decode()
    assert NARROWER in auditor.get(f"{LOG}?search={word}").content.decode()


def test_no_page_of_the_administration_fails_because_the_log_is_slow(
    auditor: Client, slow: Callable[[], None]
) -> None:
    """Found in the resolver, not in a list: a page that is new is held to it too."""
    from tests.house.addresses import every_address

    key = enter()
    slow()
    for address in every_address():
        if address.shown.startswith("/admin/"):
            path = address.path(key=key) if "auditentry" in address.shown else address.path()
            assert auditor.get(path).status_code < 500, address.shown


@pytest.fixture(name="old")
def fixture_old(
    db: None, settings: Any, tmp_path: Path, owner_connection: Any, superuser_connection: Any
) -> Any:
    """Return a sequencer of a log whose oldest month, 1990-01, holds one entry of an inquiry, and the term is over."""
    settings.REGISTRY_SIGNER_STATE = tmp_path / "signer.note"
    old_months.prepare(owner_connection, OLD)
    old_months.enter_old(superuser_connection, OLD, inquiry=RECEIPT, person=PERSON)
    old_months.set_term(owner_connection)
    worker = Sequencer(signer.signer())
    assert worker.lead()
    sequence(worker)
    yield worker
    old_months.removed_afterwards(superuser_connection)()


@pytest.fixture(name="drop")
def fixture_drop(
    old: Sequencer, superuser_connection: Any, database: Any, tmp_path: Path
) -> Callable[[], None]:
    """Return a function that drops the oldest month as three people do."""

    def dropped() -> None:
        made, archive = old_months.proposed(tmp_path / "archive")
        retention.approve(made, by=APPROVER)
        old_months.ripen(superuser_connection, old)
        with old_months.as_owner(database):
            dropping.drop(made.pk, archive=archive, by=OPERATOR)

    return dropped


def test_a_question_about_a_person_says_which_months_are_not_covered(
    auditor: Client, drop: Callable[[], None]
) -> None:
    page = auditor.get(question(auditor, ASKED)["Location"]).content.decode()
    assert RECEIPT in page
    assert GONE not in page
    drop()
    page = auditor.get(question(auditor, ASKED)["Location"]).content.decode()
    assert RECEIPT not in page
    assert GONE in page
    page = auditor.get(question(auditor, ASKED, since="2026-01")["Location"]).content.decode()
    assert GONE not in page
    never = auditor.get(question(auditor, "11010519900307101X")["Location"]).content.decode()
    assert GONE in never


def test_the_thread_of_an_inquiry_says_which_months_are_not_covered(
    auditor: Client, drop: Callable[[], None]
) -> None:
    stated = {"kind": Kind.COPIES, "outcome": Outcome.DONE, "reasons": ()}
    rest, whole = enter(inquiry=RECEIPT, **stated), enter(inquiry="another2receipt3")
    enter(inquiry="another2receipt3", **stated)
    assert GONE not in auditor.get(f"{LOG}{whole}/").content.decode()
    drop()
    assert GONE in auditor.get(f"{LOG}{rest}/").content.decode()
    assert GONE not in auditor.get(f"{LOG}{whole}/").content.decode()


def test_a_drawn_inquiry_says_which_months_are_not_covered(
    auditor: Client, drop: Callable[[], None]
) -> None:
    [entry] = AuditEntry.objects.using("audit").filter(inquiry=RECEIPT)
    day = timezone.localdate()
    sample = Sample.objects.create(
        since=day, until=day, wanted=1, seed="0" * 64, size=1, strata=[], by="A-auditor"
    )
    drawn = DrawnInquiry.objects.create(sample=sample, entry=entry.pk, unit="U001", ground="X")
    path = f"{DESK}samples/drawn/{drawn.pk}/"
    assert GONE not in auditor.get(path).content.decode()
    drop()
    page = auditor.get(path).content.decode()
    assert GONE in page
