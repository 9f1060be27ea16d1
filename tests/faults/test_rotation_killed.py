"""A rotation of keys killed at random moments and started again each time, while lookups read: every row is readable
before, during and after, and in the end under the new version.

REGISTRY_TEST_ROTATION_ROWS=20000 makes it the full measure; the suite takes fewer rows.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from access import lookups
from access.inquiry import Inquiry
from config.environment import BASE_DIR
from sealing import keyring, rotation
from sealing.keyring import Purpose
from tests.generated_decisions import sound_rows, write_csv
from tests.integration.lookups.conftest import (  # noqa: F401 - fixtures
    authorisation,
    case_inquiry,
    inquiry,
    officials,
    unit,
)

ROWS = int(os.environ.get("REGISTRY_TEST_ROTATION_ROWS", "2000"))
KILLS = 2 + ROWS // 5000
UNDER = "SELECT count(*) FROM registry_violationrecord WHERE sealing_version(facts) = %s"


@pytest.fixture
def ring(settings: Any, tmp_path: Path) -> Path:
    """A key ring of the test's own, which this process and the killed ones share."""
    settings.REGISTRY_KEYRING = tmp_path / "keyring.json"
    keyring.make(settings.REGISTRY_KEYRING)
    keyring.forget()
    yield settings.REGISTRY_KEYRING
    keyring.forget()


def started(database: Any, ring: Path) -> "subprocess.Popen[bytes]":
    """Start the command in a process of its own, on this test's database."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database.server.url("app", database.name),
        "KEEPER_DATABASE_URL": database.server.url("keeper", database.name),
        "REGISTRY_KEYRING": str(ring),
    }
    line = [sys.executable, "manage.py", "rotate_keys"]
    return subprocess.Popen(line, cwd=BASE_DIR, env=environment, stdout=subprocess.DEVNULL)


@pytest.mark.alone
def test_killed_and_gone_on_with_every_row_is_readable_throughout(
    ring: Path,
    database: Any,
    keeper_alias: str,
    superuser_connection: Any,
    case_inquiry: Inquiry,  # noqa: F811 - a fixture
    officials: list[Any],  # noqa: F811 - a fixture
    tmp_path: Path,
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    persons = list(sound_rows(ROWS, day=timezone.localdate()))
    call_command("import_records", str(write_csv(tmp_path / "made-up.csv", persons)))
    looked = 0

    def look_up_one() -> None:
        """Ask about any person; the answer is the decision as it was filed."""
        nonlocal looked
        asked = chance.choice(persons)
        case_inquiry.id_number, case_inquiry.name = asked["id_number"], asked["name"]
        case_inquiry.views = 0
        case_inquiry.save()
        told = lookups.look_up(inquiry=case_inquiry, by=officials[0]).answer.lines
        filed = [row for row in persons if row["id_number"] == asked["id_number"]]
        assert sorted(line.decision_number for line in told) == sorted(
            row["decision_number"] for row in filed
        ), f"seed {seed}"
        looked += 1
        time.sleep(0.02)  # leave the rotation a turn

    def under(version: int) -> int:
        return int(superuser_connection.execute(UNDER, [version]).fetchone()[0])

    assert under(1) == ROWS
    look_up_one()
    for _kill in range(KILLS):
        done, rotating = under(2), started(database, ring)
        while under(2) <= done and rotating.poll() is None:
            look_up_one()
        time.sleep(chance.uniform(0, ROWS / 20_000))
        rotating.send_signal(signal.SIGKILL)
        assert rotating.wait() == -signal.SIGKILL, f"not killed in the middle, seed {seed}"
        assert done < under(2) < ROWS, f"seed {seed}"
        look_up_one()
    begun, last = time.monotonic(), started(database, ring)
    while last.poll() is None:
        look_up_one()
    seconds = time.monotonic() - begun
    assert last.returncode == 0, f"seed {seed}"
    keyring.forget()
    assert keyring.keyring().versions(Purpose.CONTENT) == [1, 2]
    assert {version for of in rotation.held().values() for version in of} == {2}
    for _one in range(20):
        look_up_one()
    print(f"{ROWS} rows, {looked} lookups, last run {seconds:.1f} s, seed {seed}")
