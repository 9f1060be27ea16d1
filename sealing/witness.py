"""A witness of logs, alone: `python -m sealing.witness init|serve|head FOLDER …`. Speaks C2SP tlog-witness (add-checkpoint).

It cosigns (C2SP cosignature/v1) what continues the last state of a log that it cosigned, and nothing else, ever: so whoever
holds the database and the log's signing key together still cannot show two histories. What it cosigned is on disk before
it answers. Needs Python, `cryptography` and the modules merkle, notes, checkpoints and witness_memory beside this one; no
Django, no database. Run it where the registry's administrators do not sign in.

Exit 0 stopped, 2 the folder or a key cannot be used, or another witness has the folder.
"""

import argparse
import base64
import contextlib
import re
import signal
import socketserver
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import FrameType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sealing import checkpoints, merkle, notes
from sealing.checkpoints import Checkpoint
from sealing.notes import COSIGNATURE, ED25519, Malformed, Note, Untrusted, VerifierKey
from sealing.witness_memory import Memory, Unusable, open_folder

STOPPED, UNUSABLE = 0, 2
LARGEST_BODY = 128 * 1024
LONGEST_PROOF = 63
WAITS_SECONDS = 15
OLD = re.compile(r"old (0|[1-9][0-9]{0,17})", re.ASCII)
PLAIN, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"


class Declined(Exception):
    """The witness does not cosign: the HTTP status of tlog-witness, and for 409 the size that it has."""

    def __init__(self, status: HTTPStatus, words: str, *, size: int | None = None) -> None:
        super().__init__(words)
        self.status, self.size = status, size


@dataclass
class Witness:
    """Cosigns for the logs whose keys it was given; one answer at a time, so that none rolls another back."""

    name: str
    private: Ed25519PrivateKey
    memory: Memory
    keys: Sequence[VerifierKey]
    alone: threading.Lock = field(default_factory=threading.Lock)

    def add_checkpoint(self, body: bytes) -> str:
        """Return the line of a cosignature for a request of tlog-witness; Declined when there is a reason not to."""
        old, proof, note = _request(body)
        head = self._opened(note)
        if old > head.size:
            raise Declined(HTTPStatus.BAD_REQUEST, "The old size is larger than the checkpoint's.")
        with self.alone:
            known = self.memory.last(head.origin) or Checkpoint(head.origin, 0, merkle.EMPTY_ROOT)
            self._compare(known, old, head, proof, note)
            at = max(int(time.time()), self.memory.time)
            self.memory.keep(head, note, at=at)
            return str(notes.cosignature(note.text, name=self.name, private=self.private, at=at))

    def _opened(self, note: Note) -> Checkpoint:
        """Return the checkpoint, when a log that is known here signed it."""
        said = Checkpoint.parse(note.text)
        keys = [key for key in self.keys if key.name == said.origin]
        if not keys:
            raise Declined(HTTPStatus.NOT_FOUND, "This log is not known here.")
        try:
            return checkpoints.opened(note, keys)
        except Untrusted as problem:
            raise Declined(HTTPStatus.FORBIDDEN, str(problem)) from None

    def _compare(
        self, known: Checkpoint, old: int, head: Checkpoint, proof: list[bytes], note: Note
    ) -> None:
        if old != known.size:
            if head.size < known.size:
                self.memory.keep_refused(note)
            words = f"{known.size} entries were cosigned last."
            raise Declined(HTTPStatus.CONFLICT, words, size=known.size)
        if head.size == known.size and head.root != known.root:
            self.memory.keep_refused(note)
            words = "Another tree of this size was cosigned."
            raise Declined(HTTPStatus.CONFLICT, words, size=known.size)
        if not merkle.is_consistent(
            first=known.size,
            second=head.size,
            first_root=known.root,
            second_root=head.root,
            proof=proof,
        ):
            self.memory.keep_refused(note)
            words = "The proof does not show that the tree continues the one that was cosigned."
            raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY, words)


def _request(body: bytes) -> tuple[int, list[bytes], Note]:
    """Return old size, proof and note of a request; Malformed when it is anything else."""
    head, divided, note = body.partition(b"\n\n")
    if not divided:
        raise Malformed("The request has no empty line.")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Malformed("The request is not as tlog-witness says.") from None
    found = OLD.fullmatch(first)
    if not found or len(lines) > LONGEST_PROOF:
        raise Malformed("The old size is missing, or the proof is longer than 63 lines.")
    proof = [notes.exact_base64(line) for line in lines]
    if any(len(hash) != merkle.HASH_BYTES for hash in proof):
        raise Malformed("A hash of the proof is not of 32 bytes.")
    return int(found[1]), proof, Note.parse(note)


class Door(BaseHTTPRequestHandler):
    """POST /add-checkpoint, and nothing else."""

    server: "Listening"
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "witness", ""
    timeout = WAITS_SECONDS

    def do_POST(self) -> None:
        """Answer a request of tlog-witness with a cosignature or the reason why not."""
        try:
            if self.path != "/add-checkpoint":
                raise Declined(HTTPStatus.NOT_FOUND, "There is nothing here.")
            self._answer(HTTPStatus.OK, self.server.witness.add_checkpoint(self._body()))
        except Declined as no:
            if no.size is not None:
                self._answer(no.status, f"{no.size}\n", SIZE)
            else:
                self._answer(no.status, f"{no}\n")
        except Malformed as problem:
            self._answer(HTTPStatus.BAD_REQUEST, f"{problem}\n")
        except (OSError, Unusable) as problem:
            sys.stderr.write(f"not cosigned: {type(problem).__name__}\n")
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, "It could not be written down.\n")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Write what was answered, and no address."""
        if not self.server.is_quiet:
            sys.stderr.write(f"{format % arguments}\n")

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            raise Malformed("The length is not stated, or is larger than a request can be.")
        return self.rfile.read(int(length))

    def _answer(self, status: HTTPStatus, text: str, kind: str = PLAIN) -> None:
        raw = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(raw)


class Listening(socketserver.ThreadingTCPServer):
    """The witness at an address of this machine."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self, address: tuple[str, int], witness: Witness, *, is_quiet: bool = False
    ) -> None:
        self.witness, self.is_quiet = witness, is_quiet
        super().__init__(address, Door)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        result: int = options.act(options)
    except (Unusable, Malformed, OSError) as problem:
        sys.stderr.write(f"{problem}\n")
        return UNUSABLE
    return result


def _init(options: argparse.Namespace) -> int:
    """Make folder and key, unless they are there; print the verifier key, which the registry is told."""
    if not notes.is_name(options.name):
        raise Malformed("A witness's name has no space and no plus.")
    with open_folder(options.folder, make=options.name) as memory:
        sys.stdout.write(f"{verifier(memory)}\n")
    return STOPPED


def _head(options: argparse.Namespace) -> int:
    """Print the newest state of a log that was cosigned, as a note that `sealing.verify --checkpoint` takes."""
    with open_folder(options.folder, watches=True) as memory:
        note, at = memory.newest_note(options.origin)
        line = notes.cosignature(note.text, name=memory.name, private=private_key(memory), at=at)
        sys.stdout.write(str(Note(note.text, (*note.signatures, line))))
    return STOPPED


def _serve(options: argparse.Namespace) -> int:
    """Listen until told to stop."""
    keys = [VerifierKey.parse(text) for text in options.log_key]
    if any(key.type != ED25519 for key in keys):
        raise Malformed("A log's key is not a key for cosignatures.")
    host, _, port = options.listen.rpartition(":")
    with open_folder(options.folder) as memory:
        witness = Witness(memory.name, private_key(memory), memory, keys)
        where = (host.strip("[]"), int(port))
        with Listening(where, witness, is_quiet=options.quiet) as server:

            def stop(number: int, frame: FrameType | None) -> None:
                threading.Thread(target=server.shutdown).start()

            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, stop)
            if not options.quiet:
                sys.stderr.write(f"{verifier(memory)} listens at {options.listen}\n")
            server.serve_forever(poll_interval=0.1)
    return STOPPED


def private_key(memory: Memory) -> Ed25519PrivateKey:
    """Return the key of the witness in a folder."""
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(memory.secret))


def verifier(memory: Memory) -> VerifierKey:
    """Return the key by which its cosignatures are checked."""
    return notes.verifier_key(private_key(memory), name=memory.name, type=COSIGNATURE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sealing.witness", description=__doc__)
    acts = parser.add_subparsers(required=True)
    init = acts.add_parser("init", help="make folder and key, print the witness's verifier key")
    init.add_argument("--name", required=True, help="the witness's name, for as long as it lives")
    serve = acts.add_parser("serve", help="cosign until stopped")
    serve.add_argument("--listen", default="127.0.0.1:8011", help="host:port")
    serve.add_argument("--log-key", action="append", required=True, help="a key of a log")
    serve.add_argument("--quiet", action="store_true", help="write nothing but what goes wrong")
    head = acts.add_parser("head", help="print the newest cosigned checkpoint of a log")
    for one, act in ((init, _init), (serve, _serve), (head, _head)):
        one.add_argument("folder", type=Path)
        one.set_defaults(act=act)
    head.add_argument("origin", help="the log's name")
    return parser


if __name__ == "__main__":
    sys.exit(main())
