"""The folder in which uploaded files wait to be filed: sealed, of mode 0600, named by their run and by nothing else.

Knows a file's place and its age; knows no row of it.
"""

import time
from collections.abc import Container
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID

from django.conf import settings

from sealing.sealed_file import SealedWriter, open_sealed

KEPT_SECONDS = 24 * 3600
"""How long a file waits for its confirmation."""


def folder() -> Path:
    """Return the folder, made with mode 0700 when it is not there."""
    found = Path(settings.REGISTRY_UPLOADS)
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def _place(run: UUID) -> tuple[str, ...]:
    return ("registry_importrun", "file", str(run))


def path_of(run: UUID) -> Path:
    """Return where the file of a run lies."""
    return folder() / str(run)


def new_file(run: UUID) -> SealedWriter:
    """Return a writer for the file of a run; OSError when it cannot be made."""
    return SealedWriter(path_of(run), place=_place(run))


class WaitingFile(NamedTuple):
    """The uploaded file of a run, to be read as often as needed; it lies nowhere in the clear."""

    run: UUID
    path: None = None

    def opened(self) -> BinaryIO:
        """Return its bytes."""
        return open_sealed(path_of(self.run), place=_place(self.run))


def remove(run: UUID) -> None:
    """Remove the file of a run, if it is there."""
    path_of(run).unlink(missing_ok=True)


def remove_old(*, but: Container[str]) -> None:
    """Remove what is older than a day: files of runs that ended, and uploads that broke off."""
    oldest = time.time() - KEPT_SECONDS
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            if path.name not in but and path.stat().st_mtime < oldest:
                path.unlink()
