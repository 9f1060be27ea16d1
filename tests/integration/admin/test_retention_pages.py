"""Who proposes and who decides about a month of the log, and what a search says about a month that was dropped."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from access.roles import Role
from sealing import dropping, retention, signer
from sealing.models import DropProposal
from sealing.sequencing import Sequencer
from tests.integration.admin.conftest import enter
from tests.integration.sealing import old_months
from tests.integration.sealing.conftest import sequence
from tests.integration.sealing.old_months import APPROVER, OLD, OPERATOR

PAGE, LOG = "/admin/sealing/dropproposal/", "/admin/sealing/auditentry/"
STATED = {"archive": "0" * 64, "reason": "the term is over", "legal_basis": "a made-up rule"}


@pytest.fixture
def old(
    db: None, settings: Any, tmp_path: Path, owner_connection: Any, superuser_connection: Any
) -> Iterator[tuple[Sequencer, str]]:
    """Return a sequencer, and an entry of a month of 1990 whose term is over."""
    settings.REGISTRY_SIGNER_STATE = tmp_path / "signer.note"
    old_months.prepare(owner_connection, OLD)
    [entry] = old_months.enter_old(superuser_connection, OLD)
    old_months.set_term(owner_connection)
    worker = Sequencer(signer.signer())
    assert worker.lead()
    sequence(worker)
    yield worker, str(entry)
    old_months.removed_afterwards(superuser_connection)()


def search(browser: Client, **filters: str) -> str:
    return browser.post(LOG, filters, follow=True).content.decode()


def test_an_auditor_proposes_and_a_security_administrator_decides(
    old: Any, auditor: Client, security: Client
) -> None:
    assert f"Propose to drop {OLD}" in auditor.get(PAGE).content.decode()
    assert "Propose to drop" not in security.get(PAGE).content.decode()
    assert security.post(PAGE, STATED).status_code == 403
    page = auditor.post(PAGE, STATED, follow=True).content.decode()
    made = DropProposal.objects.get()
    assert made.proposed_by == "A-auditor"
    assert 'value="approve"' not in page
    address = f"{PAGE}{made.pk}/"
    assert auditor.post(address, {"act": "approve"}).status_code == 403
    assert retention.course(made).approved is None
    assert security.post(address, {"act": "nonsense"}).status_code == 400
    page = security.post(address, {"act": "approve"}, follow=True).content.decode()
    assert "&quot;approved_by&quot;:&quot;A-security_administrator&quot;" in page
    page = security.post(address, {"act": "refuse"}, follow=True).content.decode()
    assert "This was decided already." in page
    assert retention.course(made).approved is True


def test_the_form_says_what_is_wrong(old: Any, auditor: Client) -> None:
    assert "Enter 64 digits" in auditor.post(PAGE, STATED | {"archive": "1"}).content.decode()
    auditor.post(PAGE, STATED)
    assert "This month is proposed already." in auditor.post(PAGE, STATED).content.decode()
    assert DropProposal.objects.count() == 1


def test_without_a_term_nothing_is_proposed(auditor: Client) -> None:
    assert "kept without end" in auditor.get(PAGE).content.decode()
    assert "no term is set" in auditor.post(PAGE, STATED).content.decode()
    assert not DropProposal.objects.exists()


def test_the_system_administrator_sees_it_and_others_do_not(
    old: Any, signed_in: Callable[..., Client]
) -> None:
    operator = signed_in(Role.SYSTEM_ADMINISTRATOR)
    assert operator.get(PAGE).status_code == 200
    assert operator.post(PAGE, STATED).status_code == 403
    assert signed_in(Role.CLERK).get(PAGE).status_code == 403


def test_a_search_says_which_part_of_its_period_is_not_covered(
    old: tuple[Sequencer, str],
    auditor: Client,
    superuser_connection: Any,
    database: Any,
    tmp_path: Path,
) -> None:
    worker, entry = old
    enter()
    assert "was dropped" not in search(auditor, unit="U001")
    made, archive = old_months.proposed(tmp_path / "archive")
    retention.approve(made, by=APPROVER)
    old_months.ripen(superuser_connection, worker)
    assert auditor.get(f"{LOG}{entry}/").status_code == 200
    with old_months.as_owner(database):
        dropping.drop(made.pk, archive=archive, by=OPERATOR)
    gone = f"{OLD} was dropped under an order"
    assert gone in search(auditor, unit="U001")
    assert gone in search(auditor, unit="no-such-unit")
    assert gone in search(auditor, since="1990-01-20", until="1990-02")
    assert gone not in search(auditor, since="2026-01", unit="U001")
    assert gone not in search(auditor, until="1989-11")
    assert "The log begins on 20" in search(auditor, until="1989-11")
    answer = auditor.get(f"{LOG}{entry}/")
    assert answer.status_code == 404
    assert "that month was dropped under an order" in answer.content.decode()
