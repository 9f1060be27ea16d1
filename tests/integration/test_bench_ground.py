"""The benchmarks can still be taken on today's tables and roles: they are run by hand, so nothing else would notice."""

import os
import subprocess
import sys

LAID = """
import django
django.setup()
from bench import ground, verification
with ground.own_database() as database:
    ground.fill(database, first=1, last=20)
    ground.one_record(database)
    ground.inquirer()
with ground.own_database() as database:
    print(*(measure.name for measure in verification.measure(database)), sep="\\n")
"""


def test_the_ground_is_laid_and_a_small_log_measured() -> None:
    small = {"DJANGO_SETTINGS_MODULE": "tests.settings", "REGISTRY_BENCH_LOG_ENTRIES": "300"}
    done = subprocess.run(
        [sys.executable, "-c", LAID],
        env={**os.environ, **small},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "verified alone" in done.stdout
