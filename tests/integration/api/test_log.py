"""What programs are told of the log: a checkpoint anybody may have, and proofs that lead to it."""

import uuid
from collections.abc import Iterator

import pytest

from sealing import checkpoints, merkle, signer
from sealing.notes import Note
from sealing.sequencing import Sequencer
from tests.integration.api.conftest import stated
from tests.integration.sealing.conftest import sequence

CHECKPOINT = "/api/v1/log/checkpoint/"
INCLUSION = "/api/v1/log/proofs/inclusion/"
CONSISTENCY = "/api/v1/log/proofs/consistency/"


@pytest.fixture
def worker(db, settings, tmp_path) -> Iterator[Sequencer]:
    settings.REGISTRY_SIGNER_STATE = tmp_path / "signer.note"
    made = Sequencer(signer.signer())
    assert made.lead()
    return made


def opened(worker: Sequencer, text: str):
    return checkpoints.opened(Note.parse(text), worker.signer.keys)


def test_before_anything_is_signed_there_is_none(program) -> None:
    answer = program.browser.get(CHECKPOINT)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert program.get(INCLUSION + f"?entry={uuid.uuid4()}").status_code == 404
    assert program.get(CONSISTENCY + "?first=0&second=0").status_code == 404


def test_a_program_proves_its_answer_to_be_in_the_log(program, worker, record) -> None:
    receipt = program.ask(stated()).json()["receipt"]
    entry = program.answer(receipt).json()
    assert program.get(f"{INCLUSION}?entry={entry['entry']}").status_code == 404, "not yet"
    sequence(worker)
    told = program.get(f"{INCLUSION}?entry={entry['entry']}").json()
    assert told["leaf_hash"] == entry["proof"]["leaf_hash"], "the receipt's own hash"
    head = opened(worker, told["checkpoint"])
    assert merkle.is_included(
        bytes.fromhex(told["leaf_hash"]),
        index=told["index"],
        size=head.size,
        root=head.root,
        proof=[bytes.fromhex(hash) for hash in told["proof"]],
    )


def test_anybody_compares_two_checkpoints(program, worker) -> None:
    program.ask(stated())
    sequence(worker)
    first = opened(worker, program.browser.get(CHECKPOINT).content.decode())
    program.ask(stated())
    sequence(worker)
    second = opened(worker, program.browser.get(CHECKPOINT).content.decode())
    assert second.size > first.size
    told = program.get(f"{CONSISTENCY}?first={first.size}&second={second.size}").json()
    assert merkle.is_consistent(
        first=first.size,
        second=second.size,
        first_root=first.root,
        second_root=second.root,
        proof=[bytes.fromhex(hash) for hash in told["proof"]],
    )


def test_an_entry_of_nobody_and_one_that_is_not_signed_yet_look_the_same(program, worker) -> None:
    sequence(worker)
    receipt = program.ask(stated()).json()["receipt"]
    waiting = program.get(f"/api/v1/inquiries/{receipt}/proof/").json()["entry"]
    answers = [program.get(f"{INCLUSION}?entry={key}") for key in (waiting, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("path", [INCLUSION, CONSISTENCY])
def test_proofs_want_a_token(program, path: str) -> None:
    assert program.browser.get(path).json()["code"] == "token_missing"


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        (INCLUSION, "entry"),
        (INCLUSION + "?entry=", "entry"),
        (INCLUSION + "?entry=7", "entry"),
        (INCLUSION + "?entry={00000000-0000-0000-0000-000000000000}", "entry"),
        (CONSISTENCY, "first"),
        (CONSISTENCY + "?first=-1&second=2", "first"),
        (CONSISTENCY + "?first=01&second=2", "first"),
        (CONSISTENCY + "?first=0&second=", "second"),
        (CONSISTENCY + "?first=0&second=9999999999999999999", "second"),
    ],
)
def test_what_cannot_be_a_key_or_a_size_is_said_so(program, asked: str, place: str) -> None:
    answer = program.get(asked)
    assert answer.status_code == 400
    assert answer.json()["code"] == "parameter_malformed"
    assert answer.json()["errors"] == [{"place": place, "code": "invalid"}]


@pytest.mark.parametrize(("first", "second"), [(1, 0), (0, 10**9), (10**9, 10**9)])
def test_there_is_no_proof_between_sizes_the_log_never_had(
    program, worker, first: int, second: int
) -> None:
    sequence(worker)
    assert program.get(f"{CONSISTENCY}?first={first}&second={second}").status_code == 404
