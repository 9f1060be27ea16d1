"""Taking an uploaded file from the wire: sealed as it streams in, so that no clear byte of it reaches the disk.

The site's only upload handler. It takes the one file of the page for imports, from a verifying officer, and lets go of
every other; the name a browser gives a file may name a person and is not looked at. Knows no row of the file.
"""

import weakref
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from registry import waiting_files
from registry.officers import officer_of
from sealing.uuid7 import uuid7

LARGEST = 64 * 2**20
"""Bytes of an uploaded file; larger ones are filed by the command."""
AWAITED = "import_runs"


class SealedUpload(UploadedFile):
    """An upload on its way to disk. Unless it is kept, its file goes when the request does."""

    def __init__(self) -> None:
        super().__init__(None, name="upload", size=0)
        self.run: UUID = uuid7()
        self.is_too_large = self.is_broken = False
        self._out = waiting_files.new_file(self.run)
        self._discard = weakref.finalize(self, _let_go, self.run, self._out)

    def take(self, data: bytes) -> None:
        """Seal some more bytes; past the limit, or when the disk is full, nothing is left of what came before."""
        self.size = (self.size or 0) + len(data)
        self.is_too_large = self.size > LARGEST
        if self.is_too_large or self.is_broken:
            self.close()
            return
        try:
            self._out.write(data)
        except OSError:
            self.is_broken = True

    def finish(self) -> None:
        """Seal the end."""
        if self._discard.alive:
            try:
                self._out.finish()
            except OSError:
                self.is_broken = True

    def keep(self) -> None:
        """Let the file stay: from now on its run says how long."""
        self._discard.detach()

    def source(self) -> waiting_files.WaitingFile:
        """Return the finished file, to be read."""
        return waiting_files.WaitingFile(self.run)

    def close(self) -> None:
        """Remove the file, unless it is kept."""
        self._discard()


def _let_go(run: UUID, out: Any) -> None:
    with suppress(OSError):
        out.close()
    waiting_files.remove(run)


class SealingUploads(FileUploadHandler):
    """Seals the file of the page for imports and skips all others."""

    upload: SealedUpload | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin, or skip: SkipFile reads past the file, StopUpload ends what is far too long to read."""
        if self.upload is not None or not _is_awaited(self.request):
            raise SkipFile
        try:
            length = int(getattr(self.request, "META", {}).get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > 2 * LARGEST:
            raise StopUpload(connection_reset=True)
        self.upload = SealedUpload()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Seal a piece; nothing is handed on."""
        if self.upload is not None:
            self.upload.take(raw_data)

    def file_complete(self, file_size: int) -> SealedUpload | None:
        """Give the form what was taken."""
        if self.upload is not None:
            self.upload.finish()
        return self.upload

    def upload_interrupted(self) -> None:
        """Remove what came before the connection ended."""
        if self.upload is not None:
            self.upload.close()


def _is_awaited(request: HttpRequest | None) -> bool:
    """Say whether this request may bring a file: a verifying officer's, to the page for imports."""
    user = getattr(request, "user", None)
    if request is None or user is None:
        return False
    try:
        there = resolve(request.path_info).url_name == AWAITED
    except Resolver404:
        return False
    return there and officer_of(user).is_verifying_officer
