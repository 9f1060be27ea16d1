"""Checks a signed receipt without the registry: `python -m sealing.receipt FILE --key KEY`.

A receipt says that an entry with this leaf hash (RFC 9162 §2.1.1) was written in the audit log. Whoever holds it can
later ask for the entry's proof of inclusion: an entry that has vanished is provable. FILE is a receipt, or an answer of
the interface that holds one under `proof`; KEY is the public key in Base64, or a file with it. Needs the standard
library and `cryptography` only. Exit 0: the registry signed it; 1: it did not; 2: it cannot be read.
"""

import argparse
import base64
import binascii
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "registry-receipt/1"
#: What is signed begins with this, so that no other paper of the registry passes for a receipt.
KIND = "receipt"
MEMBERS = ("format", "receipt", "entry", "outcome", "leaf_hash", "issued_at", "key")
KEY_BYTES = 32


class BadReceipt(Exception):
    """The receipt was not signed by the owner of the key, or is none."""


def signed_bytes(document: Mapping[str, Any]) -> bytes:
    """Return the bytes that the signature is over: all members but itself, sorted, without spaces, in UTF-8."""
    stated = {name: document[name] for name in MEMBERS}
    return json.dumps(stated, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check(document: Mapping[str, Any], *, public_key: bytes) -> None:
    """Raise BadReceipt unless the key's owner signed exactly these members and there are no others."""
    if not isinstance(document, Mapping) or set(document) != {*MEMBERS, "signature"}:
        raise BadReceipt("It has not the members of a receipt.")
    if document["format"] != FORMAT:
        raise BadReceipt("It is of another format.")
    try:
        signature = base64.b64decode(document["signature"], validate=True)
        message = KIND.encode() + b"\0" + signed_bytes(document)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, TypeError, ValueError) as error:
        raise BadReceipt("The signature does not fit.") from error


def read_key(word: str) -> bytes:
    """Return the 32 bytes of a public key in Base64, given itself or as the name of a file; ValueError otherwise."""
    path = Path(word)
    try:
        text = path.read_text().strip() if path.is_file() else word
        key = base64.b64decode(text, validate=True)
    except (OSError, binascii.Error) as error:
        raise ValueError("the key is not Base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError("the key is not 32 bytes long")
    return key


def main(arguments: list[str] | None = None) -> int:
    """Check one file and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m sealing.receipt", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--key", required=True, metavar="KEY")
    given = parser.parse_args(arguments)
    try:
        document = json.loads(given.file.read_text(encoding="utf-8"))
        public_key = read_key(given.key)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"Cannot be checked: {error}.\n")
        return 2
    if isinstance(document, dict) and "proof" in document:
        document = document["proof"]
    try:
        check(document, public_key=public_key)
    except BadReceipt as error:
        sys.stderr.write(f"Not signed by this key. {error}\n")
        return 1
    sys.stdout.write(
        f"Signed. Entry {document['entry']} ({document['outcome']}) for inquiry {document['receipt']},"
        f" leaf hash {document['leaf_hash']}.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
