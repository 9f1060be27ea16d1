"""An outsider has an export of the log and every number that a county gave out for one day: no person is confirmed.

He knows how the registry computes what stands for a person, and everything but its keys. The controls are the same search
with the key, and over a log that had stood for its persons by a hash without one.

REGISTRY_TEST_EXPORTED_LOOKUPS=100000 makes it the full measure (with `-s` it tells).
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from sealing import keyring, log_export
from sealing.audit_log import Entry, Kind, Outcome
from sealing.exported import Exported
from sealing.keyring import Purpose
from sealing.many_entries import enter_many
from sealing.merkle import HASH_BYTES, leaf_hash
from sealing.sequencing import Sequencer
from sealing.subject import lock_index, log_index
from tests.integration.admin.test_desk_samples import with_check

from .conftest import sequence

LOOKUPS = int(os.environ.get("REGISTRY_TEST_EXPORTED_LOOKUPS", "2000"))
AT_ONCE = 5_000
NUMBERS = [with_check(f"11010519491231{number:03}") for number in range(1000)]


def framed(number: str) -> bytes:
    """Return what the registry puts under its key, as anybody may read in its source."""
    parts = (b"resident_id", number.encode())
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def unkeyed(number: str) -> str:
    return hashlib.sha256(framed(number)).hexdigest()


@pytest.fixture
def exported(worker: Sequencer, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that has lookups about every number in turn logged, sequenced and exported."""

    def done(stands_for: Callable[[str], str]) -> Path:
        for begin in range(0, LOOKUPS, AT_ONCE):
            with transaction.atomic():
                enter_many(
                    entry(NUMBERS[at % len(NUMBERS)], stands_for)
                    for at in range(begin, min(begin + AT_ONCE, LOOKUPS))
                )
        sequence(worker)
        log_export.export(tmp_path / "out", on_progress=lambda done, total: None)
        return tmp_path / "out"

    return done


def entry(number: str, stands_for: Callable[[str], str]) -> Entry:
    return Entry(
        kind=Kind.LOOKUP,
        outcome=Outcome.DENIED,
        subject=lock_index("resident_id", number),
        person=stands_for(number),
        unit="U001",
        inquiry=secrets.token_hex(10),
    )


def bodies(folder: Path) -> list[bytes]:
    lines = (folder / "entries.jsonl").read_bytes().splitlines()
    return [base64.b64decode(json.loads(line)["body"]) for line in lines]


def everything(folder: Path) -> set[str]:
    """Return every value that the export holds, hashes in hexadecimal."""
    found = {str(value) for body in bodies(folder) for value in json.loads(body).values()}
    leaves = (folder / "leaves.bin").read_bytes()
    found |= {leaves[at : at + HASH_BYTES].hex() for at in range(0, len(leaves), HASH_BYTES)}
    for name in ("manifest.json", "checkpoints.jsonl", "checkpoint", "keys.txt", "orders.jsonl"):
        found |= set((folder / name).read_text().replace('"', " ").split())
    return found


def known_keys(folder: Path) -> list[bytes]:
    """Return what an outsider would try as the key: nothing, and all that is public."""
    public = Exported.open(folder).keys()[-1]
    root = base64.b64decode((folder / "checkpoint").read_text().splitlines()[2])
    return [b"", bytes(32), b"log-person", root, public.name.encode(), public.public]


def confirmed(folder: Path, keys: Iterable[bytes]) -> set[str]:
    """Return the numbers of which any value, with any of these keys or none, is in the export or is a leaf of it."""
    held, tried = everything(folder), list(keys)

    def guesses(number: str) -> Iterable[bytes]:
        for text in (number.encode(), b"resident_id" + number.encode(), framed(number)):
            yield from (hashlib.sha256(text).digest(), hashlib.sha3_256(text).digest(), text)
            yield from (hmac.digest(key, text, "sha256") for key in tried)

    return {
        number
        for number in NUMBERS
        if number in held
        or any(one.hex() in held or leaf_hash(one).hex() in held for one in guesses(number))
    }


def test_no_number_of_a_county_and_day_is_confirmed_without_the_key(
    exported: Callable[..., Path],
) -> None:
    folder = exported(lambda number: log_index("resident_id", number))
    began = time.perf_counter()
    assert confirmed(folder, known_keys(folder)) == set()
    took = time.perf_counter() - began
    held = everything(folder)
    assert not [one for one in NUMBERS if lock_index("resident_id", one).hex() in held]
    ring = keyring.keyring()
    asked = set(NUMBERS[:LOOKUPS])
    assert confirmed(folder, [ring.current(Purpose.LOG_PERSON).secret]) == asked, "the control"
    print(f"\n{LOOKUPS} lookups, {len(NUMBERS)} numbers: 0 confirmed in {took:.1f} s")


def test_without_a_key_everybody_would_be_found(exported: Callable[..., Path]) -> None:
    """The control: the same log, had a plain hash stood for its persons."""
    folder = exported(unkeyed)
    assert confirmed(folder, []) == set(NUMBERS[:LOOKUPS])


def test_an_entry_that_is_opened_tells_of_its_own_person_only(
    exported: Callable[..., Path], tmp_path: Path
) -> None:
    """Whoever is told whom one entry is about sees that person's other entries in an export, and nobody else's."""
    folder = exported(lambda number: log_index("resident_id", number))
    opened = bodies(folder)[7]
    person = json.loads(opened)["person"]
    assert person == log_index("resident_id", NUMBERS[7])
    leaves = (folder / "leaves.bin").read_bytes()
    every = [leaves[at : at + HASH_BYTES] for at in range(0, len(leaves), HASH_BYTES)]
    assert every.count(leaf_hash(opened)) == 1
    persons: Counter[Any] = Counter(json.loads(body)["person"] for body in bodies(folder))
    assert persons[person] == len(range(7, LOOKUPS, len(NUMBERS)))
    assert confirmed(folder, [*known_keys(folder), bytes.fromhex(person)]) == set()
