"""A sequencer with a signer of its own for each test, and a way to write entries for it; rows for a move of the index keys."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from sealing import audit_log, index_version, keyring, signer
from sealing.audit_log import Entered
from sealing.sequencing import Sequencer
from tests.generated_decisions import sound_rows, write_csv
from tests.integration.lookups.conftest import (  # noqa: F401 - fixtures
    authorisation,
    case_inquiry,
    inquiry,
    officials,
    unit,
)
from tests.integration.registry.conftest import (  # noqa: F401 - fixtures
    account,
    clerk,
    verifier,
)

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


WAITED_SECONDS = 3


def sequence(worker: Sequencer) -> None:
    """Put everything that is committed into the tree, and sign."""
    settle()
    while worker.batch():
        continue
    worker.sign()


def settle() -> None:
    """Wait until no transaction of another database of the server holds the watermark back: tests run beside each other.

    Not for ever, since a test may hold one open itself.
    """
    until = time.monotonic() + WAITED_SECONDS
    while time.monotonic() < until:
        with connections["sequencer"].cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(max(xid) < pg_snapshot_xmin(pg_current_snapshot()), true)"
                " FROM (SELECT xid FROM sealing_auditentry ORDER BY xid DESC LIMIT 1) AS newest"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)


@pytest.fixture
def ring(settings: Any, tmp_path: Any) -> Iterator[Any]:
    """A key ring of the test's own; afterwards this process believes in the first version again."""
    settings.REGISTRY_KEYRING = tmp_path / "keyring.json"
    keyring.make(settings.REGISTRY_KEYRING)
    keyring.forget()
    index_version.forget()
    yield settings.REGISTRY_KEYRING
    keyring.forget()
    index_version.forget()


@pytest.fixture
def persons(ring: Any, keeper_alias: str, tmp_path: Any) -> list[dict[str, str]]:
    """Rows that were imported; some persons have several."""
    made = list(sound_rows(12, day=timezone.localdate()))
    call_command("import_records", str(write_csv(tmp_path / "made-up.csv", made)))
    return made
