"""Verifies a findings pack alone: `python -m sealing.verify_pack FILE [--key KEY]`.

Needs Python, `cryptography` and the modules packed, merkle, notes and checkpoints beside this one; no Django, no database,
no network. Exit 0 every entry is in the signed log, 1 one is not or the checkpoint is not signed, 2 FILE cannot be read.
"""

import argparse
import json
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sealing import checkpoints, packed
from sealing.checkpoints import Checkpoint
from sealing.merkle import is_included
from sealing.notes import Malformed, Note, Untrusted, VerifierKey

SOUND, WRONG, UNREADABLE = 0, 1, 2


class Unreadable(Exception):
    """The file is no findings pack; the message says which part."""


class NotProved(Exception):
    """The pack does not prove what it says; the message names the first line that fails."""


@dataclass(frozen=True)
class Pack:
    """What a pack says, not verified yet."""

    manifest: dict[str, Any]
    lines: list[dict[str, Any]]
    note: Note
    keys: tuple[VerifierKey, ...]


def read(file: Path | BinaryIO) -> Pack:
    """Read a pack; Unreadable for anything else, also for files too large to be of a pack."""
    try:
        with zipfile.ZipFile(file) as archive:
            texts = {name: _text(archive, name) for name in packed.NAMES}
        manifest = json.loads(texts[packed.MANIFEST])
        lines = [json.loads(line) for line in texts[packed.ENTRIES].splitlines()]
        keys = tuple(map(VerifierKey.parse, texts[packed.KEYS].splitlines()))
        made = Pack(manifest, lines, Note.parse(texts[packed.CHECKPOINT]), keys)
        is_of_this_form = manifest["format"] == packed.FORMAT
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError) as error:
        raise Unreadable(f"This is no findings pack ({type(error).__name__}).") from None
    except RuntimeError:
        raise Unreadable(
            "This is no findings pack (compressed or locked in another way)."
        ) from None
    if not is_of_this_form:
        raise Unreadable(f"The pack is of another format than {packed.FORMAT}.")
    return made


def verify(pack: Pack, keys: Sequence[VerifierKey]) -> Checkpoint:
    """Return the checkpoint under which every entry of the pack stands; NotProved when one does not, or nobody signed."""
    try:
        head = checkpoints.opened(pack.note, keys)
    except (Malformed, Untrusted) as problem:
        raise NotProved(f"The checkpoint: {problem}") from None
    said = pack.manifest
    if [said.get(name) for name in ("origin", "size", "root", "entries")] != [
        head.origin,
        head.size,
        head.root.hex(),
        len(pack.lines),
    ]:
        raise NotProved("The manifest does not say what the checkpoint and the entries say.")
    for number, line in enumerate(pack.lines, 1):
        if not _is_proved(line, head):
            raise NotProved(f"Line {number} of the entries is not proved: it is not in this log.")
    return head


def _is_proved(line: dict[str, Any], head: Checkpoint) -> bool:
    try:
        leaf, index = bytes.fromhex(line["leaf_hash"]), line["index"]
        proof = [bytes.fromhex(step) for step in line["proof"]]
    except (ValueError, KeyError, TypeError):
        return False
    if type(index) is not int:
        return False
    return is_included(leaf, index=index, size=head.size, proof=proof, root=head.root)


def _text(archive: zipfile.ZipFile, name: str) -> str:
    """Return a file's text; not more is unpacked than a pack may hold, whatever the archive says of itself."""
    with archive.open(name) as file:
        content = file.read(packed.LARGEST + 1)
    if len(content) > packed.LARGEST:
        raise ValueError(name)
    return content.decode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify, print what came of it, return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sealing.verify_pack", description=__doc__)
    parser.add_argument("file", metavar="FILE", type=Path, help="the findings pack, a ZIP file")
    parser.add_argument("--key", action="append", help="a verifier key of the log that you trust")
    options = parser.parse_args(arguments)
    try:
        pack = read(options.file)
        keys = [VerifierKey.parse(key) for key in options.key or ()] or pack.keys
        head = verify(pack, keys)
    except (Unreadable, Malformed) as problem:
        sys.stderr.write(f"Nothing was verified: {problem}\n")
        return UNREADABLE
    except NotProved as problem:
        sys.stdout.write(f"WRONG. {problem}\n")
        return WRONG
    sys.stdout.write(f"log {head.origin}: {len(pack.lines)} entries are under {head.size}\n")
    sys.stdout.writelines(f"key {key}\n" for key in keys)
    if not options.key:
        sys.stdout.write(
            "The keys are those in the pack: compare them with keys you trust (--key).\n"
        )
    sys.stdout.write(f"checkpoint root {head.root.hex()}\n")
    return SOUND


if __name__ == "__main__":
    sys.exit(main())
