"""Makes exported logs without a database, for those who test their verification. All entries are made up."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sealing import checkpoints, notes
from sealing.audit_log import Entry, Kind, Outcome
from sealing.checkpoints import Checkpoint
from sealing.merkle import Frontier, leaf_hash

ORIGIN = "log.example/audit"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG_KEY = notes.verifier_key(KEY, name=ORIGIN)


def entry(number: int) -> Entry:
    """Return an entry that differs from every other."""
    return Entry(kind=Kind.LOOKUP, outcome=Outcome.DENIED, unit="U900", details={"number": number})


def line(index: int, made: Entry) -> str:
    """Return the line of an entry."""
    body = made.body()
    said = {
        "index": index,
        "entry": str(made.id),
        "leaf_hash": leaf_hash(body).hex(),
        "body": base64.b64encode(body).decode(),
    }
    return json.dumps(said, separators=(",", ":")) + "\n"


def note(size: int, root: bytes, key: Ed25519PrivateKey = KEY) -> str:
    """Return a signed checkpoint."""
    return str(checkpoints.signed(Checkpoint(ORIGIN, size, root), key))


def write(folder: Path, made: Sequence[Entry], *, every: int, first: int = 0) -> list[str]:
    """Write an exported log with a checkpoint every so many entries; return the checkpoints' notes."""
    folder.mkdir(exist_ok=True)
    tree, edge, signed = Frontier(), [], []
    for one in made:
        if tree.size == first:
            edge = list(tree.hashes)
        tree.append(leaf_hash(one.body()))
        if tree.size % every == 0 or tree.size == len(made):
            signed.append(note(tree.size, tree.root()))
    edge = list(tree.hashes) if tree.size == first else edge
    lines = [line(index, one) for index, one in enumerate(made)][first:]
    (folder / "entries.jsonl").write_text("".join(lines))
    leaves = b"".join(leaf_hash(one.body()) for one in made[first:])
    (folder / "leaves.bin").write_bytes(leaves)
    (folder / "checkpoints.jsonl").write_text(
        "".join(json.dumps({"note": one}) + "\n" for one in signed)
    )
    (folder / "checkpoint").write_text(signed[-1])
    (folder / "keys.txt").write_text(f"{LOG_KEY}\n")
    said = {"format": 1, "origin": ORIGIN, "first": first, "size": len(made)}
    (folder / "manifest.json").write_text(
        json.dumps({**said, "edge": [hash.hex() for hash in edge]})
    )
    return signed
