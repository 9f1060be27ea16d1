"""The worker that sends a roster is killed again and again in the middle: everybody on it is asked about exactly once."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.utils import timezone
from stdnum.iso7064 import mod_11_2

from access import rosters
from access.inquiries import Person
from access.jobs import see_to_rosters
from access.models import Inquiry, Roster, Unit, User
from access.rosters import Named
from config.environment import BASE_DIR
from sealing.models import AuditEntry
from tests.integration.access.conftest import make_unit

PERSONS, KILLS, PATIENCE_SECONDS = 90, 3, 90


def made_up(count: int) -> list[Named]:
    """Return made-up persons, each with a birthday of his own."""
    first = timezone.localdate().replace(year=1980, month=1, day=1)
    found = []
    for at in range(count):
        digits = f"110105{first + timedelta(days=at):%Y%m%d}101"
        number = digits + mod_11_2.calc_check_digit(digits)
        found.append(Named(Person("resident_id", number, f"样本人物{at}"), "教师"))
    return found


def worker(database: Any) -> "subprocess.Popen[bytes]":
    """Start a worker of its own that does what waits and ends."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database.server.url("app", database.name),
        "AUDIT_DATABASE_URL": database.server.url("auditor", database.name),
        "REGISTRY_KEYRING": str(site.REGISTRY_KEYRING),
    }
    line = [sys.executable, "manage.py", "procrastinate", "-v", "0", "worker", "--one-shot"]
    return subprocess.Popen(line, cwd=BASE_DIR, env=environment)


@pytest.mark.alone
def test_killed_again_and_again_everybody_is_asked_about_once(database: Any, db: None) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    today = timezone.localdate()
    unit = make_unit("K1", "kindergarten", "MINORS-62", "E1", "E2")
    Unit.objects.update(roster_limit=PERSONS)
    official = User.objects.get(number="E1")
    stated = {
        "provision": "MINORS-62",
        "size": PERSONS,
        "purpose": "年度核查",
        "officials": ["E1", "E2"],
        "letter_number": "函1号",
        "letter_issued_on": today,
    }
    roster = rosters.begin(stated=stated, by=official, today=today)
    rosters.add(roster=roster, named=made_up(PERSONS), by=official)
    rosters.confirm(roster=roster, by=official, today=today)

    for _kill in range(KILLS):
        had, until = Inquiry.objects.count(), time.monotonic() + PATIENCE_SECONDS
        working = worker(database)
        while Inquiry.objects.count() == had and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.1))
        working.send_signal(signal.SIGKILL)
        assert working.wait() == -signal.SIGKILL, f"not killed in the middle, seed {seed}"
        assert had < Inquiry.objects.count() < PERSONS, f"seed {seed}"
        see_to_rosters(timestamp=0)

    assert worker(database).wait(PATIENCE_SECONDS) == 0
    roster = Roster.objects.get(unit=unit)
    assert roster.state == "sent", f"seed {seed}"
    made = set(Inquiry.objects.values_list("pk", flat=True))
    assert made == set(roster.persons.values_list("pk", flat=True)), f"seed {seed}"
    people = (
        AuditEntry.objects.using("audit").filter(kind="inquiry").values_list("person", flat=True)
    )
    assert len(people) == len(set(people)) == PERSONS, f"seed {seed}"
    assert set(Inquiry.objects.values_list("status", flat=True)) == {"granted"}
