"""The files that hand a unit's program its credentials: one for each unit, written once, for its eyes only.

Secret and private key stand in the file and nowhere else. A file that fits its unit's client is kept; one that is lost
cannot be made again: revoke the client (`manage.py revoke_client`), and the next run makes a new one.
"""

import contextlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from access import agency_clients
from access.agency_clients import AgencyClient, Credentials
from access.units import Unit

#: A unit's code names a file: what could lead out of the folder does not.
_FILE_NAME = re.compile(r"\w[\w.-]{0,39}")


class CredentialsError(Exception):
    """No file can be written; the message names the place, never a secret."""


def issue(units: Iterable[Unit], *, folder: Path, by: str) -> Counter[str]:
    """Make the clients and files that are missing; return how many of each kind: made, kept, lost.

    A client whose file is lost stays as it is.
    """
    units = list(units)
    for unit in units:
        if not _FILE_NAME.fullmatch(unit.code):
            raise CredentialsError(f"the code of unit {unit.pk} is no file name")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Counter(_issue(unit, folder, by=by) for unit in units)
    except OSError as error:
        raise CredentialsError(f"the folder cannot be written: {error.strerror}") from error


def _issue(unit: Unit, folder: Path, *, by: str) -> str:
    path, draft = folder / f"{unit.code}.json", folder / f".{unit.code}.json.new"
    client = agency_clients.current(unit)
    # A run that was killed between making the client and naming its file left the draft.
    if client is not None and not _fits(path, client) and _fits(draft, client):
        draft.replace(path)
    if client is not None:
        return "kept" if _fits(path, client) else "lost"
    credentials = agency_clients.draw(unit)
    _write(draft, credentials)
    agency_clients.enrol(unit=unit, credentials=credentials, public_key=_public(credentials), by=by)
    draft.replace(path)
    return "made"


def _fits(path: Path, client: AgencyClient) -> bool:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return bool(held["client_id"] == client.application.client_id)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _write(path: Path, credentials: Credentials) -> None:
    """Write the file whole and flushed, readable by its owner alone from its first byte."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(asdict(credentials), out, indent=1)
        out.flush()
        os.fsync(out.fileno())


def _public(credentials: Credentials) -> bytes:
    key = load_pem_private_key(credentials.private_key.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("not an Ed25519 key")
    return key.public_key().public_bytes_raw()
