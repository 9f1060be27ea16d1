"""An import that is killed in the middle is started again, and each row is filed exactly once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.integration.registry.conftest import SAMPLES, sample_rows
from tests.integration.registry.test_import import expected, rejects

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 60


def command(database: Any, *options: str) -> "subprocess.Popen[bytes]":
    """Start the command in a process of its own, on this test's database."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database.server.url("app", database.name),
        "AUDIT_DATABASE_URL": database.server.url("auditor", database.name),
        "REGISTRY_KEYRING": str(settings.REGISTRY_KEYRING),
    }
    line = [sys.executable, "manage.py", "import_records", str(SAMPLES / "decisions.csv"), *options]
    return subprocess.Popen(line, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def test_after_kill_9_the_rest_is_filed_and_nothing_twice(
    database: Any, on_file: Callable[..., int], superuser_connection: Any, tmp_path: Path
) -> None:
    wanted = expected()
    sound = len(sample_rows()) - len(wanted)
    first = command(database)
    until = time.monotonic() + PATIENCE_SECONDS
    while on_file() == 0 and first.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    begun = on_file()
    assert 0 < begun < sound

    second = command(database, "--rejects", str(tmp_path / "r.csv"))
    assert second.wait() == 3
    assert on_file() == sound
    again = rejects(tmp_path / "r.csv")
    twins = [row for row in again if row not in wanted]
    assert len(twins) == begun
    assert all(again[row] == "duplicate_decision" for row in twins)
    assert all(set(wanted[row].split()) <= set(again[row].split()) for row in wanted)
    # Each record has its own entry, of its own subject, and no entry is without its record.
    unmatched = superuser_connection.execute(
        "SELECT count(*) FROM registry_violationrecord AS record FULL JOIN"
        " (SELECT * FROM sealing_auditentry WHERE outcome = 'filed') AS entry"
        " ON entry.id = record.entry AND entry.subject = record.subject"
        " WHERE entry.id IS NULL OR record.id IS NULL"
    ).fetchone()
    assert unmatched == (0,)
