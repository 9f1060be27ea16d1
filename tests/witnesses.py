"""A witness with a folder of its own, at an address of this machine, for tests. Its key is nobody else's."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sealing.cosigning import Cosigner, posting_to
from sealing.notes import VerifierKey
from sealing.witness import Listening, Witness, private_key, verifier
from sealing.witness_memory import open_folder

NAME = "witness.example/w1"


@contextmanager
def listening(folder: Path, keys: tuple[VerifierKey, ...]) -> Iterator[Cosigner]:
    """Give who asks a witness that listens while the block runs."""
    with open_folder(folder, make=NAME) as memory:
        witness = Witness(memory.name, private_key(memory), memory, keys)
        with Listening(("127.0.0.1", 0), witness, is_quiet=True) as server:
            thread = threading.Thread(target=server.serve_forever, args=[0.02])
            thread.start()
            try:
                address = f"http://127.0.0.1:{server.server_address[1]}"
                yield Cosigner(verifier(memory), posting_to(address))
            finally:
                server.shutdown()
                thread.join()
