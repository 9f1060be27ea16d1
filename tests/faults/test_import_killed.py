"""An import killed five times at random moments and started again each time: every row is filed exactly once.

REGISTRY_TEST_IMPORT_ROWS=200000 makes it the full measure, REGISTRY_TEST_IMPORT_FORM=xlsx or jsonl takes another form;
the suite takes fewer rows, of CSV.
"""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from config.environment import BASE_DIR
from tests.generated_decisions import (
    as_table,
    sheet_xml,
    sound_rows,
    write_csv,
    write_json_lines,
    write_xlsx,
)

ROWS = int(os.environ.get("REGISTRY_TEST_IMPORT_ROWS", "6000"))
FORM = os.environ.get("REGISTRY_TEST_IMPORT_FORM", "csv")
WRITERS = {
    "csv": write_csv,
    "jsonl": write_json_lines,
    "xlsx": lambda path, rows: write_xlsx(path, sheet_xml(as_table(rows))),
}
KILLS = 5
PATIENCE_SECONDS = 120 + ROWS / 100
MOST_MEMORY_KIB = 300 * 1024

UNMATCHED = """
SELECT count(*) FROM registry_violationrecord AS record
  FULL JOIN (SELECT * FROM sealing_auditentry WHERE outcome = 'filed') AS entry
    ON entry.id = record.entry AND entry.subject = record.subject
 WHERE entry.id IS NULL OR record.id IS NULL OR record.sealed_at IS NULL
"""
BATCHES = """
SELECT sum((convert_from(body, 'UTF8')::jsonb -> 'details' ->> 'filed')::integer)
  FROM sealing_auditentry WHERE kind = 'filing' AND outcome = 'done'
"""
# A COMMIT that was sent before the kill is carried out after it.
AT_WORK = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""
COUNTED = "SELECT count(*), count(DISTINCT duplicate_key) FROM registry_violationrecord"


def started(database: Any, path: Path, *options: str) -> "subprocess.Popen[bytes]":
    """Start the command in a process of its own, on this test's database."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database.server.url("app", database.name),
        "AUDIT_DATABASE_URL": database.server.url("auditor", database.name),
        "REGISTRY_KEYRING": str(settings.REGISTRY_KEYRING),
    }
    line = [sys.executable, "manage.py", "import_records", str(path), *options]
    return subprocess.Popen(line, cwd=BASE_DIR, env=environment, stdout=subprocess.DEVNULL)


@pytest.mark.alone
def test_killed_five_times_each_row_is_filed_once(
    database: Any, superuser_connection: Any, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    day = timezone.localdate() - timedelta(days=1)
    path = WRITERS[FORM](tmp_path / f"made-up.{FORM}", sound_rows(ROWS, day=day))

    def on_file() -> int:
        return int(superuser_connection.execute(COUNTED).fetchone()[0])

    def killed_once(at_most: int) -> None:
        had, until = on_file(), time.monotonic() + PATIENCE_SECONDS
        importing = started(database, path)
        while on_file() == had and importing.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        until = time.monotonic() + chance.uniform(0, ROWS / 12_000)
        while on_file() < at_most and time.monotonic() < until:
            time.sleep(0.01)
        importing.send_signal(signal.SIGKILL)
        assert importing.wait() == -signal.SIGKILL, f"not killed in the middle, seed {seed}"
        while superuser_connection.execute(AT_WORK).fetchone() != (0,):
            time.sleep(0.01)
        assert had < on_file() < ROWS, f"seed {seed}"

    for kill in range(KILLS):
        killed_once(at_most=ROWS * (kill + 1) // (KILLS + 1))

    begun = on_file()
    last = started(database, path, "--rejects", str(tmp_path / "rejects.csv"))
    _pid, status, used = os.wait4(last.pid, 0)
    last.returncode = os.waitstatus_to_exitcode(status)
    assert last.returncode == 3, f"seed {seed}"
    rejected = (tmp_path / "rejects.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(rejected) == begun
    assert all(line.endswith(",duplicate_decision") for line in rejected)
    assert superuser_connection.execute(COUNTED).fetchone() == (ROWS, ROWS)
    assert superuser_connection.execute(UNMATCHED).fetchone() == (0,)
    assert superuser_connection.execute(BATCHES).fetchone() == (ROWS,)
    assert used.ru_maxrss < MOST_MEMORY_KIB
    print(
        f"{ROWS} rows of {FORM}, {begun} on file before the last run, whose peak is {used.ru_maxrss // 1024} MiB"
    )
