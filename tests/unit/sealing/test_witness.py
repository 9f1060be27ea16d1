"""The witness alone: what tlog-witness demands of it, status by status, and what it remembers after a kill."""

import base64
import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sealing import merkle, notes, witness
from sealing.cosigning import Cosigner
from sealing.merkle import Frontier, leaf_hash
from sealing.notes import Note, VerifierKey
from sealing.witness_memory import COSIGNED, REFUSED, Unusable, open_folder
from tests.exported_logs import LOG_KEY, ORIGIN, note
from tests.witnesses import NAME, listening

FOREIGN = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


class Log:
    """A log in memory: roots and proofs of its first leaves."""

    def __init__(self, count: int, other_from: int = 10**9) -> None:
        self.leaves = [
            leaf_hash(b"%d" % (index if index < other_from else -index)) for index in range(count)
        ]

    def node(self, place: tuple[int, int]) -> bytes:
        level, index = place
        frontier = Frontier()
        for leaf in self.leaves[index << level : (index + 1) << level]:
            frontier.append(leaf)
        return frontier.root()

    def note(self, size: int) -> str:
        return note(size, merkle.root(size, self.node))

    def request(self, old: int, size: int, *, signed: str = "") -> bytes:
        proof = merkle.proof(merkle.consistency_ranges(old, size), self.node) if old <= size else []
        lines = [f"old {old}", *(base64.b64encode(hash).decode() for hash in proof), ""]
        return ("\n".join(lines) + "\n" + (signed or self.note(size))).encode()


LOG, FORKED = Log(20), Log(20, other_from=3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "witness"


@pytest.fixture
def asked(folder: Path) -> Iterator[Cosigner]:
    with listening(folder, (LOG_KEY,)) as cosigner:
        yield cosigner


def test_it_cosigns_what_continues(asked) -> None:
    for old, size in ((0, 5), (5, 5), (5, 12), (12, 20)):
        status, line = asked.ask(LOG.request(old, size))
        assert status == 200
        cosigned = Note.parse(LOG.note(size) + line)
        assert cosigned.cosigned_at(asked.witness) is not None
        assert cosigned.is_signed_by(LOG_KEY)


def test_a_log_may_begin_with_the_empty_tree(asked) -> None:
    assert asked.ask(LOG.request(0, 0))[0] == 200
    assert asked.ask(LOG.request(0, 4))[0] == 200


def raw(asked, body: bytes, path: str = "/add-checkpoint", method: str = "POST"):
    address = asked.ask.__closure__
    netloc = next(
        cell.cell_contents.netloc for cell in address if hasattr(cell.cell_contents, "netloc")
    )
    connection = http.client.HTTPConnection(netloc, timeout=10)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read().decode()
    finally:
        connection.close()


def test_another_old_size_is_told_the_one_it_has(asked) -> None:
    asked.ask(LOG.request(0, 7))
    for old in (0, 3, 8):
        assert raw(asked, LOG.request(old, 12)) == (409, "text/x.tlog.size", "7\n")


def test_another_tree_of_the_same_size_is_a_conflict(asked, folder: Path) -> None:
    asked.ask(LOG.request(0, 7))
    assert raw(asked, FORKED.request(7, 7)) == (409, "text/x.tlog.size", "7\n")
    assert evidence(folder) == [FORKED.note(7)]


def test_a_history_that_was_changed_is_refused_and_kept_as_evidence(asked, folder: Path) -> None:
    asked.ask(LOG.request(0, 7))
    for _again in range(2):
        assert asked.ask(FORKED.request(7, 12))[0] == 422
    assert evidence(folder) == [FORKED.note(12)]
    assert asked.ask(LOG.request(7, 12))[0] == 200, "the true one goes on"


def test_a_log_that_was_cut_short_is_refused(asked, folder: Path) -> None:
    asked.ask(LOG.request(0, 12))
    assert raw(asked, LOG.request(7, 9)) == (409, "text/x.tlog.size", "12\n")
    assert asked.ask(LOG.request(12, 9))[0] == 400
    assert evidence(folder) == [LOG.note(9)]


def evidence(folder: Path) -> list[str]:
    [path] = folder.glob(f"*/{REFUSED}")
    return [json.loads(line)["note"] for line in path.read_text().splitlines()]


def signed_by_another() -> str:
    text = Note.parse(LOG.note(5)).text
    return str(notes.signed(text, name=ORIGIN, private=FOREIGN))


def of_another_log() -> str:
    text = Note.parse(LOG.note(5)).text.replace(ORIGIN, "log.example/other")
    return str(notes.signed(text, name="log.example/other", private=FOREIGN))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (LOG.request(0, 5, signed=signed_by_another()), 403),
        (LOG.request(0, 5).replace(b"\n5\n", b"\n6\n"), 403),
        (LOG.request(0, 5, signed=of_another_log()), 404),
        (b"", 400),
        (b"old 0\n\nnot a note\n", 400),
        (LOG.request(0, 5).replace(b"old 0", b"old 00"), 400),
        (LOG.request(0, 5).replace(b"old 0", b"old -1"), 400),
        (LOG.request(0, 5).replace(b"old 0", b"Old 0"), 400),
        (b"old 0\n" + base64.b64encode(bytes(32)) + b"\n\n" + LOG.note(5).encode(), 422),
        (b"old 0\nAAAA\n\n" + LOG.note(5).encode(), 400),
        (
            b"old 0\n" + (base64.b64encode(bytes(32)) + b"\n") * 64 + b"\n" + LOG.note(5).encode(),
            400,
        ),
        (b"x" * (200 * 1024), 400),
    ],
)
def test_everything_else_has_its_status(asked, folder: Path, body: bytes, status: int) -> None:
    try:
        assert raw(asked, body)[0] == status
    except (BrokenPipeError, ConnectionResetError):
        assert len(body) > 128 * 1024, "what is too long is not read to its end"
    assert list(folder.glob(f"*/{COSIGNED}")) == []


def test_nothing_else_is_there(asked) -> None:
    assert raw(asked, b"", "/")[0] == 404
    assert raw(asked, b"", method="GET")[0] == 501


def test_it_remembers_over_a_restart_and_through_a_torn_line(folder: Path) -> None:
    with listening(folder, (LOG_KEY,)) as first:
        for old, size in ((0, 5), (5, 9)):
            first.ask(LOG.request(old, size))
    [path] = folder.glob(f"*/{COSIGNED}")
    whole = path.read_bytes()
    for torn in (b"", b'{"at":1,"no', whole.splitlines(keepends=True)[0][:-1]):
        path.write_bytes(whole + torn)
        with listening(folder, (LOG_KEY,)) as again:
            assert again.witness == first.witness
            assert again.ask(LOG.request(5, 12))[1] == "9\n"
        assert path.read_bytes() == whole


def test_a_damaged_memory_is_not_begun_anew(folder: Path) -> None:
    with listening(folder, (LOG_KEY,)) as first:
        first.ask(LOG.request(0, 5))
    [path] = folder.glob(f"*/{COSIGNED}")
    path.write_bytes(b'{"at":1}\n')
    with pytest.raises(Unusable), open_folder(folder):
        pass


def test_two_cannot_have_one_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with listening(folder, (LOG_KEY,)):
        line = ["serve", str(folder), "--listen", "127.0.0.1:0", "--log-key", str(LOG_KEY)]
        assert witness.main(line) == 2
    assert "Another witness" in capsys.readouterr().err


def test_a_folder_without_a_witness_is_not_made_one_by_serving(folder: Path) -> None:
    folder.mkdir()
    assert witness.main(["serve", str(folder), "--log-key", str(LOG_KEY)]) == 2


def test_its_key_is_made_once_and_is_its_owners_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _again in range(2):
        assert witness.main(["init", str(folder), "--name", NAME]) == 0
    first, second = capsys.readouterr().out.split()
    assert first == second
    assert VerifierKey.parse(first).name == NAME
    assert (folder / "witness.json").stat().st_mode & 0o777 == 0o600


def test_the_newest_state_is_printed_as_a_checkpoint(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with listening(folder, (LOG_KEY,)) as asked:
        asked.ask(LOG.request(0, 5))
        assert witness.main(["head", str(folder), ORIGIN]) == 0
        kept = Note.parse(capsys.readouterr().out)
        assert kept.cosigned_at(asked.witness)
    assert kept.text == Note.parse(LOG.note(5)).text
    assert witness.main(["head", str(folder), "log.example/other"]) == 2
