"""The process that files an upload is killed at random moments; looking at the page starts another, and each row is filed once."""

import random
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.utils import timezone

from registry import import_launch
from registry.import_run_models import ImportRun
from tests.faults.test_import_killed import BATCHES, COUNTED, UNMATCHED
from tests.generated_decisions import sound_rows
from tests.integration.registry.conftest import account
from tests.integration.registry.uploading import (
    PAGE,
    SignIn,
    confirm,
    content,
    fixture_sign_in,
    key_of,
    rejects,
    sent,
)

__all__ = ["account", "fixture_sign_in"]

ROWS, SPOILT, KILLS = 2_500, 97, 2
PATIENCE_SECONDS = 90


@pytest.fixture
def launching(
    database: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Let the site start processes, on this test's database and folder; silence counts at once."""
    settings.REGISTRY_LAUNCH_IMPORTS = True
    settings.REGISTRY_UPLOADS = tmp_path / "uploads"
    monkeypatch.setattr(import_launch, "SILENCE", timedelta(seconds=0))
    for name, value in {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database.server.url("app", database.name),
        "AUDIT_DATABASE_URL": database.server.url("auditor", database.name),
        "REGISTRY_KEYRING": str(site.REGISTRY_KEYRING),
        "REGISTRY_UPLOADS": str(tmp_path / "uploads"),
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.alone
def test_killed_again_and_again_each_row_of_an_upload_is_filed_once(
    launching: None, sign_in: SignIn, superuser_connection: Any, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    rows = list(sound_rows(ROWS, day=timezone.localdate() - timedelta(days=1)))
    spoilt = dict.fromkeys(range(SPOILT, ROWS, SPOILT), "fine_over_limit")
    for number in spoilt:
        rows[number - 1]["fine"] = "9999"
    first, second = (sign_in(number, "verifying_officer") for number in ("P201", "P202"))

    def on_file() -> int:
        return int(superuser_connection.execute(COUNTED).fetchone()[0])

    def wait(until: Callable[[], bool]) -> None:
        last = time.monotonic() + PATIENCE_SECONDS
        while not until() and time.monotonic() < last:
            time.sleep(0.01)
        assert until(), f"seed {seed}"

    def kill() -> None:
        process = import_launch._started[-1]
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, f"not killed in the middle, seed {seed}"

    def state() -> str:
        return ImportRun.objects.get(pk=key).state

    key = key_of(sent(first, content(rows)))
    wait(lambda: ImportRun.objects.get(pk=key).rows_done > 0)
    kill()
    first.get(f"{PAGE}{key}/")
    wait(lambda: state() == "checked")
    assert rejects(first, key) == spoilt, f"seed {seed}"
    import_launch._started[-1].wait()

    confirm(second, key)
    for kill_number in range(KILLS):
        had = on_file()
        wait(lambda had=had: on_file() > had)
        time.sleep(chance.uniform(0, 0.2))
        kill()
        assert had < on_file() < ROWS - len(spoilt), f"seed {seed}, kill {kill_number}"
        assert state() == "filing"
        second.get(f"{PAGE}{key}/progress/")
    wait(lambda: state() == "done")
    assert import_launch._started[-1].wait() == 0

    run = ImportRun.objects.get(pk=key)
    sound = ROWS - len(spoilt)
    assert (run.rows_done, run.filed, run.codes) == (
        ROWS,
        sound,
        {"fine_over_limit": len(spoilt)},
    ), f"seed {seed}"
    assert rejects(second, key) == spoilt
    assert superuser_connection.execute(COUNTED).fetchone() == (sound, sound)
    assert superuser_connection.execute(UNMATCHED).fetchone() == (0,)
    assert superuser_connection.execute(BATCHES).fetchone() == (sound,)
    assert list((tmp_path / "uploads").iterdir()) == []
