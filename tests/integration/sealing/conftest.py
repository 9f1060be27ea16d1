"""A sequencer with a signer of its own for each test, and a way to write entries for it."""

from collections.abc import Callable
from typing import Any

import pytest

from sealing import audit_log, signer
from sealing.audit_log import Entered
from sealing.sequencing import Sequencer

from .rows import lookup, new_subject


@pytest.fixture
def worker(db: None, settings: Any, tmp_path: Any) -> Sequencer:
    """Return a sequencer that leads; its signer remembers nothing yet."""
    settings.REGISTRY_SIGNER_STATE = tmp_path / "signer.note"
    made = Sequencer(signer.signer())
    assert made.lead()
    return made


@pytest.fixture
def entered(db: None) -> Callable[[int], list[Entered]]:
    """Return a function that commits entries, each in a transaction of its own."""

    def done(count: int) -> list[Entered]:
        return [audit_log.enter_alone(lookup(new_subject())) for _ in range(count)]

    return done


def sequence(worker: Sequencer) -> None:
    """Put everything that is committed into the tree, and sign."""
    while worker.batch():
        continue
    worker.sign()
