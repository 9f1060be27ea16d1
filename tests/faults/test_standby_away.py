"""The standby that every COMMIT waits for is stopped: nothing is disclosed, nobody hangs, and it goes on by itself.

A real standby. Only the patience of the site is shorter than in an installation.
"""

import threading
import time
from typing import Any

import pytest
from django.test import Client

from access import lookups
from sealing import audit_log, commit_wait
from sealing.audit_log import NotEntered
from tests.database import TestDatabase
from tests.integration.lookups.conftest import (  # noqa: F401 - fixtures
    ID_NUMBER,
    authorisation,
    inquiry,
    officials,
    record,
    unit,
)
from tests.integration.sealing.rows import lookup, new_subject
from tests.standby import (
    catch_up,
    is_waited_for,
    standby_of,
    until,
    wait_for_standby,
)

pytestmark = pytest.mark.usefixtures("primary")
PATIENCE_SECONDS, SLACK_SECONDS = 1, 4
DISCLOSED = "SELECT id FROM sealing_auditentry WHERE outcome = 'disclosed'"
OF_THE_LOOKUP = "SELECT FROM sealing_auditentry WHERE id = %s"


def test_without_the_standby_nothing_is_disclosed_and_it_goes_on_without_repair(
    primary: TestDatabase,
    inquiry: Any,  # noqa: F811
    officials: Any,  # noqa: F811
    record: Any,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    official, path = officials[0], f"/inquiries/{inquiry.receipt}/answer/"
    monkeypatch.setattr(commit_wait, "PATIENCE_SECONDS", PATIENCE_SECONDS)

    def entries(sql: str, *parameters: Any, of: TestDatabase = primary) -> int:
        with of.connect("bootstrap") as superuser:
            return superuser.execute(sql, parameters).rowcount

    def look_up() -> lookups.Disclosure:
        return lookups.look_up(inquiry=inquiry, by=official)

    client = Client()
    client.force_login(official)
    with standby_of(primary.server) as standby:
        wait_for_standby(primary.server)
        first = look_up()
        assert first.answer.as_dict()["matters"] == ["violent_injury"]
        catch_up(standby, primary.server)
        beside = TestDatabase(standby, primary.name)
        assert entries(OF_THE_LOOKUP, first.entry, of=beside) == 1

        standby.cluster.stop()
        for _ in range(2):
            begun = time.monotonic()
            with pytest.raises(NotEntered, match="COMMIT returned with a warning"):
                look_up()
            assert time.monotonic() - begun < PATIENCE_SECONDS + SLACK_SECONDS
        answer = client.post(path, {"undertaking": "on"})
        assert answer.status_code == 503
        assert ID_NUMBER not in answer.content.decode()
        assert entries(DISCLOSED) == 1, "what was granted meanwhile was not disclosed"

        waiting = threading.Thread(target=enter_unbounded, args=[primary], daemon=True)
        waiting.start()
        time.sleep(PATIENCE_SECONDS + 0.5)
        assert waiting.is_alive(), "no timeout of the server's own ends that wait"
        standby.cluster.start()
        back = until(lambda: is_waited_for(primary.server))
        waiting.join(timeout=SLACK_SECONDS)
        assert not waiting.is_alive()
        assert look_up().answer == first.answer
        print(f"\nrefused after {PATIENCE_SECONDS} s, back {back:.2f} s after the standby's start")
        catch_up(standby, primary.server)
        assert entries(DISCLOSED, of=beside) == entries(DISCLOSED) == 2


def enter_unbounded(primary: TestDatabase) -> None:
    with primary.connect("app") as app:
        app.execute("SET statement_timeout = '100ms'")
        app.execute(audit_log.INSERT, audit_log.row(lookup(new_subject())))
