"""How fast the whole log is verified: from its rows, and by a stranger with an export; and how small and quick a proof is.

`REGISTRY_BENCH_LOG_ENTRIES` says how many entries (100,000; a million for the full measure). Beside each: SHA-256 over the
same bytes, below which no verification can get. One changed letter in the export is the control: it must be found.
"""

import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from bench import alone, filled_log
from bench.report import Measure, Numbers
from sealing import checkpoints, log_export, signer, tree
from sealing.exported import ENTRIES
from sealing.merkle import is_included
from sealing.notes import Note
from sealing.signer import Signer
from tests.database import TestDatabase

LENGTH = int(os.environ.get("REGISTRY_BENCH_LOG_ENTRIES", "100000"))
PROOFS = 1_000
#: What is aimed at: a million entries alone, and one proof.
WANTED_SECONDS, WANTED_MIB = 20.0, 512.0
MOST_HASHES, MOST_BYTES, MOST_SECONDS = 20, 4096, 0.05
PIECE = 1 << 20


def measure(database: TestDatabase) -> Iterator[Measure]:
    """Fill a log, export it, and measure; RuntimeError when the sound log is not found sound, or the changed one is."""
    with tempfile.TemporaryDirectory() as name:
        folder, made = Path(name), signer.signer()
        ours = Signer(folder / "signer.note", made.origin, made.private, made.keys)
        begun = time.perf_counter()
        sequencing = filled_log.fill(database, ours, entries=LENGTH)
        _say(f"{LENGTH:,} entries filled in {time.perf_counter() - begun:.0f} s")
        begun = time.perf_counter()
        log_export.export(folder / "out", on_progress=lambda done, total: None)
        exporting = time.perf_counter() - begun
        begun = time.perf_counter()
        _hashed(folder / "out" / ENTRIES)
        bare = Numbers.of_rate(LENGTH, time.perf_counter() - begun)
        for words, seconds in (("sequence", sequencing), ("export", exporting)):
            yield Measure(
                f"{words} an entry", Numbers.of_rate(LENGTH, seconds), "SHA-256 of its line", bare
            )
        yield from _from_rows(database, ours, bare)
        yield from _by_a_stranger(folder, bare)
        yield from _proofs(database, ours)


def _from_rows(database: TestDatabase, ours: Signer, bare: Numbers) -> Iterator[Measure]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database.server.url("app", database.name),
        "AUDIT_DATABASE_URL": database.server.url("auditor", database.name),
        "REGISTRY_KEYRING": str(settings.REGISTRY_KEYRING),
        "REGISTRY_SIGNER_STATE": str(ours.path),
    }
    ran = alone.manage("verify_log", environment=environment)
    if ran.code:
        raise RuntimeError(f"A sound log was not found sound:\n{ran.said}")
    yield _verified("verify_log, an entry", ran, bare)


def _by_a_stranger(folder: Path, bare: Numbers) -> Iterator[Measure]:
    place = alone.stranger(folder / "elsewhere")
    ran = alone.verify(place, folder / "out")
    if ran.code or ran.foreign:
        raise RuntimeError(f"It is not verified alone: {ran.foreign}\n{ran.said}")
    met = ran.seconds <= WANTED_SECONDS and ran.peak <= WANTED_MIB
    _say(f"alone: {'met' if met else 'MISSED'}, {WANTED_SECONDS:g} s and {WANTED_MIB:g} MiB wanted")
    yield _verified("verified alone, an entry", ran, bare)
    at = random.randrange(LENGTH)
    _change_a_letter(folder / "out" / ENTRIES, at)
    found = alone.verify(place, folder / "out")
    if found.code != 1 or f"is entry {at} (" not in found.said:
        raise RuntimeError(f"One changed letter at {at} was not found:\n{found.said}")
    _say(f"control: one changed letter found at {at} after {found.seconds:.1f} s")


def _proofs(database: TestDatabase, ours: Signer) -> Iterator[Measure]:
    """Prove random entries under the newest checkpoint, and verify each with its signature."""
    places = random.sample(range(LENGTH), min(PROOFS, LENGTH))
    with database.connect("auditor") as auditor:
        of = "SELECT entry FROM sealing_leaf WHERE index = ANY(%s)"
        found = auditor.execute(of, [places]).fetchall()
    making, verifying, hashes, size = [], [], 0, 0
    for (entry,) in found:
        begun = time.perf_counter()
        made = tree.inclusion_proof(entry, alias="audit")
        making.append(time.perf_counter() - begun)
        told = json.dumps(
            {
                "entry": str(entry),
                "index": made.index,
                "leaf_hash": made.leaf_hash.hex(),
                "proof": [one.hex() for one in made.proof],
                "checkpoint": made.head.note,
            }
        )
        hashes, size = max(hashes, len(made.proof)), max(size, len(told.encode()))
        begun = time.perf_counter()
        if not _is_proved(told, ours):
            raise RuntimeError("A true proof was refused.")
        verifying.append(time.perf_counter() - begun)
        if _is_proved(told.replace(made.leaf_hash.hex(), bytes(32).hex()), ours):
            raise RuntimeError("A false proof was believed.")
    met = hashes <= MOST_HASHES and size <= MOST_BYTES and max(verifying) <= MOST_SECONDS
    _say(
        f"proofs: {'met' if met else 'MISSED'}, at most {hashes} hashes, {size} bytes, {max(verifying) * 1000:.1f} ms"
    )
    words = f"verify a proof of {hashes} hashes, {size:,} bytes (longest {max(verifying) * 1000:.1f} ms)"
    yield Measure(words, Numbers.of(verifying), "one Ed25519 signature", Numbers.of(_signatures()))
    yield Measure(
        "make a proof", Numbers.of(making), "verify it, with its signature", Numbers.of(verifying)
    )


def _is_proved(told: str, ours: Signer) -> bool:
    said = json.loads(told)
    head = checkpoints.opened(Note.parse(said["checkpoint"]), ours.keys)
    leaf, proof = bytes.fromhex(said["leaf_hash"]), [bytes.fromhex(one) for one in said["proof"]]
    return is_included(leaf, index=said["index"], size=head.size, proof=proof, root=head.root)


def _signatures() -> list[float]:
    private, message, taken = Ed25519PrivateKey.generate(), os.urandom(200), []
    signature, public = private.sign(message), private.public_key()
    for _ in range(PROOFS):
        begun = time.perf_counter()
        public.verify(signature, message)
        taken.append(time.perf_counter() - begun)
    return taken


def _verified(words: str, ran: alone.Ran, bare: Numbers) -> Measure:
    took = (
        f"{LENGTH:,} in {ran.seconds:.1f} s, {ran.working:.1f} s of a processor, {ran.peak:.0f} MiB"
    )
    told = f"{words} ({took})"
    return Measure(told, Numbers.of_rate(LENGTH, ran.seconds), "SHA-256 of its line", bare)


def _hashed(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.digest()


def _change_a_letter(path: Path, at: int) -> None:
    """Change one hexadecimal digit of the hash on a line, in place."""
    with path.open("r+b") as file:
        for _ in range(at):
            file.readline()
        begin = file.tell()
        place = begin + file.readline().index(b'"leaf_hash":"') + 13
        file.seek(place)
        digit = file.read(1)
        file.seek(place)
        file.write(b"0" if digit != b"0" else b"1")


def _say(words: str) -> None:
    print(words, file=sys.stderr)
