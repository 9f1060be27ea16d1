"""A log that stands still, so that nothing is disclosed, is an alert that auditors find on their desk."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from access import judging, watching
from access.alerts import Alert
from access.jobs import watch_disclosures
from access.roles import Role
from sealing.sequencing import Sequencer
from tests.integration.sealing.conftest import sequence, worker  # noqa: F401 - a fixture

ALERTS = "/admin/access/alert/"
WAITED = "UPDATE sealing_auditentry SET at = at - interval '61 s' WHERE id NOT IN (SELECT entry FROM sealing_leaf)"
UNSIGNED = """
UPDATE sealing_batch SET size = size + 1, at = at - interval '11 minutes'
 WHERE number = (SELECT max(number) FROM sealing_batch)
"""
COSIGNED = """
INSERT INTO sealing_cosignature (origin, size, witness, cosigned_at, line, received_at)
SELECT origin, size, 'witness.sample', 1, 'a made-up line', now() - interval '241 minutes'
  FROM sealing_checkpoint LIMIT 1
"""
STOPS = {"sequencing": WAITED, "signing": UNSIGNED, "cosigning": COSIGNED}
WAITING = {"sequencing": "the sequencer", "signing": "the signer", "cosigning": "the witness"}

Connection = psycopg.Connection[Any]


@pytest.fixture
def above(superuser_connection: Connection) -> Connection:
    """Return a connection that can date things back, as time itself would."""
    superuser_connection.execute("SET session_replication_role = replica")
    return superuser_connection


@pytest.mark.parametrize("step", WAITING)
def test_each_step_that_stands_still_is_told_to_auditors(
    step: str,
    above: Connection,
    worker: Sequencer,  # noqa: F811 - a fixture
    account: Any,
    auditor: Client,
) -> None:
    sequence(worker)
    assert watching.watch_disclosures() is None
    assert Alert.objects.count() == 0
    account("F1", Role.INQUIRER)
    if step != "sequencing":
        sequence(worker)
    above.execute(STOPS[step])
    watch_disclosures(timestamp=0)
    [alert] = Alert.objects.all()
    assert WAITING[step] in auditor.get(ALERTS).content.decode()
    page = auditor.get(f"{ALERTS}{alert.pk}/").content.decode()
    assert "nothing was disclosed" in page
    assert "findings pack" not in page


def test_one_standstill_is_one_alert_and_a_second_one_is_to_be_looked_at_again(
    above: Connection,
    worker: Sequencer,  # noqa: F811 - a fixture
    account: Any,
) -> None:
    sequence(worker)
    above.execute(UNSIGNED)
    noon = timezone.localtime().replace(hour=12)
    first = watching.watch_disclosures(now=noon)
    assert first is not None
    judging.judge(
        alert=first, verdict=Alert.Verdict.JUSTIFIED, note="", by=account("A1", Role.AUDITOR)
    )
    for seconds, verdict in ((20, "justified"), (40, "justified"), (40 + 3600, "")):
        watching.watch_disclosures(now=noon + timedelta(seconds=seconds))
        [kept] = Alert.objects.all()
        assert (kept.verdict, kept.last_at) == (verdict, noon + timedelta(seconds=seconds))


def test_the_operators_read_of_it_in_the_workers_output(
    above: Connection,
    worker: Sequencer,  # noqa: F811 - a fixture
    caplog: pytest.LogCaptureFixture,
) -> None:
    sequence(worker)
    watch_disclosures(timestamp=0)
    assert caplog.text == ""
    above.execute(UNSIGNED)
    watch_disclosures(timestamp=0)
    assert "nothing is disclosed: the audit log stands still (signing)" in caplog.text
