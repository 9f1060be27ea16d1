"""Makes a findings pack (see `sealing.packed`): chosen entries with their proofs under one checkpoint, and no content.

Reads hashes as the auditors' database role, never a body. The same choice under the same checkpoint is the same bytes.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sealing import packed, tree
from sealing.signer import verifier_keys
from sealing.tree import Inclusion, NotInTree, SignedCheckpoint

ALIAS = "audit"
#: Entries in one pack; a larger finding is several packs.
MOST = 1_000
#: ZIP keeps a time for each file; the earliest there is, so that the time of packing changes nothing.
NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Chosen:
    """An entry by its key, with a finding as codes or empty."""

    entry: UUID
    verdict: str = ""
    cause: str = ""


@dataclass(frozen=True)
class Packed:
    """A pack: its bytes, their SHA-256 (hex), how many entries are in it, and the size of the tree they are proved under."""

    content: bytes
    digest: str
    entries: int
    size: int


def pack(chosen: Sequence[Chosen]) -> Packed:
    """Return the pack of the chosen entries; those not under the newest checkpoint yet are named as waiting.

    Raises NotInTree when none of them is.
    """
    head = tree.latest_checkpoint(alias=ALIAS)
    if head is None:
        raise NotInTree("The log was never signed.")
    lines, waiting = [], []
    for one in chosen[:MOST]:
        try:
            found = tree.inclusion_proof(one.entry, alias=ALIAS, head=head)
        except NotInTree:
            waiting.append(str(one.entry))
        else:
            lines.append(_line(one, found))
    if not lines:
        raise NotInTree("None of these entries is under a checkpoint.")
    content = _zipped(_files(lines, waiting, head))
    digest = hashlib.sha256(content).hexdigest()
    return Packed(content, digest, len(lines), head.checkpoint.size)


def _line(chosen: Chosen, found: Inclusion) -> str:
    said = {
        "index": found.index,
        "entry": str(found.entry),
        "leaf_hash": found.leaf_hash.hex(),
        "proof": [step.hex() for step in found.proof],
        "verdict": chosen.verdict,
        "cause": chosen.cause,
    }
    return json.dumps(said, separators=(",", ":")) + "\n"


def _files(lines: list[str], waiting: list[str], head: SignedCheckpoint) -> dict[str, str]:
    checkpoint = head.checkpoint
    manifest = {
        "format": packed.FORMAT,
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "entries": len(lines),
        "waiting": waiting,
    }
    return {
        packed.README: packed.HOW,
        packed.MANIFEST: json.dumps(manifest, indent=2) + "\n",
        packed.ENTRIES: "".join(lines),
        packed.CHECKPOINT: head.note,
        packed.KEYS: "".join(f"{key}\n" for key in verifier_keys(checkpoint.origin)),
    }


def _zipped(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            about = zipfile.ZipInfo(name, NO_TIME)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o600 << 16
            archive.writestr(about, text.encode())
    return out.getvalue()
