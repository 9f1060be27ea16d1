"""Starting a process for a run that waits for one: whoever looks at the run sees to it.

A process of its own, so that a restart of the site does not end it. To let a queue of jobs do this instead, turn
REGISTRY_LAUNCH_IMPORTS off and have the job call `import_runner.work`.
"""

import os
import subprocess
import sys
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from registry.import_run_models import AT_WORK, ImportRun

SILENCE = timedelta(seconds=15)
"""A run at work whose process gave no sign of life for so long has none."""

_started: "list[subprocess.Popen[bytes]]" = []


def see_to(run: ImportRun) -> None:
    """Start a process for the run if it waits for one, and nobody did so just now."""
    if settings.REGISTRY_LAUNCH_IMPORTS and _claimed(run.pk):
        _started[:] = [process for process in _started if process.poll() is None]
        _started.append(start(run.pk))


def _claimed(run: UUID) -> bool:
    now = timezone.now()
    unattended = Q(touched_at__isnull=True) | Q(touched_at__lt=now - SILENCE)
    waiting = ImportRun.objects.filter(unattended, pk=run, state__in=AT_WORK)
    return bool(waiting.update(touched_at=now))


def start(run: UUID) -> "subprocess.Popen[bytes]":
    """Start the process; it outlives this one, and keeps one connection to itself."""
    return subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "import_runs", "--run", str(run)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "REGISTRY_POOL": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
