"""A move of the index keys killed at random moments and in the middle of the move itself, while lookups read: each answer
is the decision as it was filed, before, during and after; never "nothing disclosable" of somebody who has a record.

REGISTRY_TEST_REINDEX_ROWS=20000 makes it the full measure; the suite takes fewer rows.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from access import lookups
from access.inquiry import Inquiry
from config.environment import BASE_DIR
from sealing import index_version, keyring
from sealing.keyring import Purpose
from tests.generated_decisions import sound_rows, write_csv
from tests.integration.lookups.conftest import (  # noqa: F401 - fixtures
    authorisation,
    case_inquiry,
    inquiry,
    officials,
    unit,
)

ROWS = int(os.environ.get("REGISTRY_TEST_REINDEX_ROWS", "600"))
KILLS = 2 + ROWS // 10_000
READY = "SELECT count(*) FROM registry_nextindex"
# A row that is not ready yet would hold up making it ready, and the move would never be reached.
HOLD_ONE_READY = """
SELECT FROM registry_violationrecord WHERE id = (SELECT record FROM registry_nextindex ORDER BY random() LIMIT 1)
   FOR UPDATE
"""
VERSIONS = "SELECT array_agg(DISTINCT index_version) FROM registry_violationrecord"
MOVING = (
    "SELECT FROM pg_stat_activity WHERE query LIKE '%violationrecord_reindex()' AND wait_event_type = 'Lock'"
    " AND datname = current_database()"
)


@pytest.fixture
def ring(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A key ring of the test's own, which this process and the killed ones share."""
    settings.REGISTRY_KEYRING = tmp_path / "keyring.json"
    keyring.make(settings.REGISTRY_KEYRING)
    keyring.forget()
    index_version.forget()
    yield settings.REGISTRY_KEYRING
    keyring.forget()
    index_version.forget()


def started(database: Any, ring: Path) -> "subprocess.Popen[bytes]":
    """Start the command in a process of its own, on this test's database."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database.server.url("app", database.name),
        "KEEPER_DATABASE_URL": database.server.url("keeper", database.name),
        "REGISTRY_KEYRING": str(ring),
    }
    line = [sys.executable, "manage.py", "rotate_keys", "--index"]
    return subprocess.Popen(line, cwd=BASE_DIR, env=environment, stdout=subprocess.DEVNULL)


def ready(superuser: Any) -> int:
    return int(superuser.execute(READY).fetchone()[0])


def versions(superuser: Any) -> list[int]:
    return list(superuser.execute(VERSIONS).fetchone()[0])


def kill(moving: "subprocess.Popen[bytes]", superuser: Any, seed: int) -> None:
    moving.send_signal(signal.SIGKILL)
    assert moving.wait() == -signal.SIGKILL, f"not killed in the middle, seed {seed}"
    assert versions(superuser) == [1]


def kill_held(
    holder: Any, moving: "subprocess.Popen[bytes]", superuser: Any, seed: int, after_seconds: float
) -> None:
    """Kill while a row is held: however fast the machine, the move itself waits for the kill."""
    holder.execute(HOLD_ONE_READY)
    time.sleep(after_seconds)
    kill(moving, superuser, seed)


@pytest.mark.alone
def test_killed_and_gone_on_with_everybody_is_found_throughout(
    ring: Path,
    database: Any,
    superuser_connection: Any,
    connect: Any,
    case_inquiry: Inquiry,  # noqa: F811 - a fixture
    officials: list[Any],  # noqa: F811 - a fixture
    tmp_path: Path,
) -> None:
    chance = random.Random(seed := random.randrange(2**32))
    persons = list(sound_rows(ROWS, day=timezone.localdate()))
    table = str(write_csv(tmp_path / "made-up.csv", persons))
    call_command("import_records", table)
    slowest, looked = 0.0, 0

    def look_up_one() -> None:
        """Ask about any person; the answer is the decision as it was filed."""
        nonlocal slowest, looked
        asked = chance.choice(persons)
        case_inquiry.id_number, case_inquiry.name = asked["id_number"], asked["name"]
        case_inquiry.views = 0
        case_inquiry.save()
        begun = time.monotonic()
        told = lookups.look_up(inquiry=case_inquiry, by=officials[0]).answer.lines
        slowest = max(slowest, time.monotonic() - begun)
        filed = [row for row in persons if row["id_number"] == asked["id_number"]]
        assert sorted(line.decision_number for line in told) == sorted(
            row["decision_number"] for row in filed
        ), f"seed {seed}"
        looked += 1
        time.sleep(0.02)  # leave the move a turn

    look_up_one()
    holder = connect("bootstrap")
    for _kill in range(KILLS):
        done, moving = ready(superuser_connection), started(database, ring)
        while ready(superuser_connection) <= done and moving.poll() is None:
            time.sleep(0.002)
        with holder.transaction():
            kill_held(holder, moving, superuser_connection, seed, chance.uniform(0, 0.1))
        look_up_one()
        assert done < ready(superuser_connection) <= ROWS, f"seed {seed}"

    with holder.transaction():
        holder.execute(HOLD_ONE_READY)
        moving = started(database, ring)
        while not superuser_connection.execute(MOVING).rowcount:
            assert moving.poll() is None
            look_up_one()
        for _one in range(5):
            look_up_one()
        kill(moving, superuser_connection, seed)
        look_up_one()

    begun, last = time.monotonic(), started(database, ring)
    while last.poll() is None:
        look_up_one()
    seconds = time.monotonic() - begun
    assert last.returncode == 0, f"seed {seed}"
    assert versions(superuser_connection) == [2]
    for _one in range(20):
        look_up_one()
    held = keyring.Keyring.load(ring)
    assert (held.current(Purpose.SUBJECT).id, held.current(Purpose.DUPLICATE).id) == (2, 2)
    with pytest.raises(SystemExit):
        call_command("import_records", table, rejects=tmp_path / "rejects.csv")
    assert superuser_connection.execute(
        "SELECT count(*) FROM registry_violationrecord"
    ).fetchone() == (ROWS,)
    print(
        f"{ROWS} rows, {looked} lookups, slowest {slowest:.2f} s, last run {seconds:.1f} s, seed {seed}"
    )
