"""The standby that every COMMIT waits for is stopped: nothing is disclosed, nobody hangs, and it goes on by itself.

A real standby, and the pages as a school's official sees them. Only the site's patience is shorter than in an installation.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client

from access import call_counts
from sealing import audit_log, commit_wait
from sealing.audit_log import NotEntered
from tests.database import TestDatabase
from tests.integration.access.conftest import (  # noqa: F401 - fixtures
    ask,
    fixture_asker,
    fixture_official,
    fixture_record,
    fixture_school,
    fixture_stated,
)
from tests.integration.sealing.rows import lookup, new_subject
from tests.standby import (
    catch_up,
    is_waited_for,
    standby_of,
    until,
    wait_for_nobody,
    wait_for_standby,
)

pytestmark = pytest.mark.usefixtures("primary")
PATIENCE_SECONDS, SLACK_SECONDS, HANGING_SECONDS = 1.0, 10, 90
TOLD = "violent injury"
DISCLOSED = "SELECT id FROM sealing_auditentry WHERE outcome = 'disclosed' ORDER BY id"


def entries(database: TestDatabase, sql: str) -> list[Any]:
    with database.connect("bootstrap") as superuser:
        return superuser.execute(sql).fetchall()


@contextmanager
def let_go_after(primary: TestDatabase, *, seconds: float) -> Iterator[None]:
    """Release whoever still waits then: a test that would hang for ever fails instead."""
    timer = threading.Timer(seconds, wait_for_nobody, args=[primary.server])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def test_without_the_standby_nothing_is_disclosed_and_it_goes_on_without_repair(
    primary: TestDatabase,
    asker: Client,
    stated: Callable[[], dict[str, str]],
    record: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commit_wait, "PATIENCE_SECONDS", PATIENCE_SECONDS)
    answer = f"/inquiries/{ask(asker, stated()).receipt}/answer/"

    def looked_up() -> tuple[int, bool, float]:
        """Return the page's status, whether it tells what is on file, and the seconds it took."""
        begun = time.monotonic()
        page = asker.post(answer, {"undertaking": "1"})
        return page.status_code, TOLD in page.content.decode(), time.monotonic() - begun

    with standby_of(primary.server) as standby, let_go_after(primary, seconds=HANGING_SECONDS):
        beside = TestDatabase(standby, primary.name)
        wait_for_standby(primary.server)
        assert looked_up()[:2] == (200, True)

        standby.cluster.stop()
        for _ in range(2):
            status, is_told, took = looked_up()
            assert (status, is_told) == (503, False)
            assert took < PATIENCE_SECONDS + SLACK_SECONDS
        with pytest.raises(NotEntered, match="COMMIT returned with a warning"):
            audit_log.enter_alone(lookup(new_subject()))
        begun = time.monotonic()
        call_counts.count(
            "anybody"
        )  # a statement outside any transaction, before every call of the API
        assert time.monotonic() - begun < PATIENCE_SECONDS + SLACK_SECONDS
        assert len(entries(primary, DISCLOSED)) == 1

        waiting = threading.Thread(target=enter_unbounded, args=[primary], daemon=True)
        waiting.start()
        waiting.join(PATIENCE_SECONDS + 0.5)
        assert waiting.is_alive(), "no timeout of the server's own ends that wait"

        standby.cluster.start()
        back = until(lambda: is_waited_for(primary.server))
        waiting.join(SLACK_SECONDS)
        assert not waiting.is_alive()
        assert looked_up()[:2] == (200, True)
        print(f"\nrefused after {took:.1f} s, back {back:.2f} s after the standby")
        catch_up(standby, primary.server)
        assert len(entries(beside, DISCLOSED)) == 2
        assert entries(beside, DISCLOSED) == entries(primary, DISCLOSED)


def enter_unbounded(primary: TestDatabase) -> None:
    """Commit an entry on a connection that is not Django's."""
    with primary.connect("app") as app:
        app.execute("SET statement_timeout = '100ms'")
        app.execute(audit_log.INSERT, audit_log.row(lookup(new_subject())))
