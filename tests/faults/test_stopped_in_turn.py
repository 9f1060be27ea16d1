"""The sequencer and the witness, each a process, are stopped in turn: disclosures stop when the limit is reached, and go on by themselves.

The limits are the real ones; the waiting up to their last seconds is written back into the database, the rest is waited for.
What is only the signer standing still, inside the sequencer's process, is in the integration tests.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError

from config import companions
from sealing import audit_log
from tests.integration.sealing.rows import lookup, new_subject, sealed_record, visible

LAST_SECONDS, SLACK_SECONDS = 1.5, 5
PATIENCE_SECONDS = 60
SEQUENCING, COSIGNING = 60, 4 * 60 * 60


class Companions:
    """The processes beside the site, which can be killed and started again with what they have on disk."""

    def __init__(self, database: Any, folder: Path) -> None:
        self.folder, self.port = folder, companions.free_port()
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "REGISTRY_KEYRING": str(settings.REGISTRY_KEYRING),
        }
        self.own = {
            "SEQUENCER_DATABASE_URL": database.server.url("sequencer", database.name),
            "REGISTRY_SIGNER_STATE": str(folder / "signer.note"),
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.start_witness()
        self.start_sequencer()

    def start_witness(self) -> None:
        known, process = companions.witness(
            self.environment, folder=self.folder / "witness", port=self.port
        )
        self.own |= known
        self.running["witness"] = process

    def start_sequencer(self) -> None:
        [self.running["sequencer"]] = companions.sequencer(self.environment, self.own)

    def kill(self, which: str) -> None:
        self.running[which].kill()
        self.running[which].wait()


@pytest.fixture
def beside(db: None, database: Any, tmp_path: Path) -> Iterator[Companions]:
    made = Companions(database, tmp_path)
    yield made
    for process in made.running.values():
        process.kill()
        process.wait()


@pytest.fixture
def above(superuser_connection: "psycopg.Connection[Any]") -> "psycopg.Connection[Any]":
    superuser_connection.execute("SET session_replication_role = replica")
    return superuser_connection


def opens(subject: bytes) -> bool:
    """Say whether the record can be read; an error of the lock is no, and any other is one."""
    try:
        return visible(subject, audit_log.enter_alone(lookup(subject))) == 1
    except DatabaseError as problem:
        if "refused" not in str(problem):
            raise
        return False


def seconds_until(is_so: Callable[[], bool]) -> float:
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < PATIENCE_SECONDS
        time.sleep(0.1)
    return time.monotonic() - begun


def waits(above: "psycopg.Connection[Any]", *, seconds: float) -> None:
    """Let the entry that waits longest have been entered so many seconds ago."""
    above.execute(
        f"UPDATE sealing_auditentry SET at = clock_timestamp() - interval '{seconds} s'"
        " WHERE id NOT IN (SELECT entry FROM sealing_leaf)"
    )


@pytest.mark.alone
def test_disclosures_stop_at_the_limit_and_go_on_without_repair(
    beside: Companions, above: "psycopg.Connection[Any]"
) -> None:
    def cosigned(size: int = 0) -> bool:
        found = above.execute("SELECT coalesce(max(size), -1) FROM sealing_cosignature").fetchone()
        return bool(found[0] >= size)

    subject = new_subject()
    sealed_record(subject)
    seconds_until(cosigned)
    assert opens(subject)

    beside.kill("sequencer")
    assert opens(subject), "at once nothing stops"
    waits(above, seconds=SEQUENCING - LAST_SECONDS)
    assert seconds_until(lambda: not opens(subject)) < LAST_SECONDS + SLACK_SECONDS
    beside.start_sequencer()
    again = seconds_until(lambda: opens(subject))
    print(
        f"\nwithout the sequencer refused after {SEQUENCING} s, back {again:.1f} s after its start"
    )

    beside.kill("witness")
    assert opens(subject)
    above.execute(
        f"UPDATE sealing_cosignature SET received_at = clock_timestamp() - interval '{COSIGNING - LAST_SECONDS} s'"
    )
    assert seconds_until(lambda: not opens(subject)) < LAST_SECONDS + SLACK_SECONDS
    beside.start_witness()
    again = seconds_until(lambda: opens(subject))
    print(f"without the witness refused after {COSIGNING} s, back {again:.1f} s after its start")
