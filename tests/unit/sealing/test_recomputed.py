"""An entry computed anew: equal as it was written, and different as soon as a column, the body or the hash is another."""

import json
from datetime import timedelta
from typing import Any

import pytest

from sealing import audit_log
from sealing.audit_log import Entry, Kind, Outcome, leaf_hash
from sealing.recomputed import COLUMNS, STATED, difference

ENTRY = Entry(
    kind=Kind.LOOKUP, outcome=Outcome.DENIED, unit="U1", official="P1", reasons=("letter_missing",)
)


def row(**changes: Any) -> tuple[Any, ...]:
    """Return an entry as the database gives it, with changes."""
    body = ENTRY.body()
    stored = {
        **{name: getattr(ENTRY, name) for name in STATED},
        "id": ENTRY.id,
        "at": ENTRY.stated_at,
        "body": body,
        "leaf_hash": leaf_hash(body),
        "kind": "lookup",
        "outcome": "denied",
        "reasons": ["letter_missing"],
    }
    return tuple((stored | changes)[name] for name in COLUMNS)


def test_an_entry_as_it_is_written_has_no_difference() -> None:
    assert difference(row()) is None
    assert audit_log.row(ENTRY)[-1] == dict(zip(COLUMNS, row(), strict=True))["leaf_hash"]


@pytest.mark.parametrize("column", STATED)
def test_a_column_that_says_something_else_is_named(column: str) -> None:
    found = difference(row(**{column: [] if column == "reasons" else "x"}))
    assert found is not None
    assert found == (ENTRY.id, column)


def other_body(**changes: Any) -> dict[str, Any]:
    """Return another body with the hash that belongs to it."""
    body = json.dumps(json.loads(ENTRY.body()) | changes).encode()
    return {"body": body, "leaf_hash": leaf_hash(body)}


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"leaf_hash": bytes(32)}, "leaf_hash"),
        ({"body": b"{}"}, "leaf_hash"),
        ({"body": b"[]", "leaf_hash": leaf_hash(b"[]")}, "body"),
        ({"body": b"{", "leaf_hash": leaf_hash(b"{")}, "body"),
        (other_body(outcome="granted"), "outcome"),
        (other_body(id="00000000-0000-7000-8000-000000000000"), "id"),
        ({"at": ENTRY.stated_at + timedelta(seconds=301)}, "at"),
    ],
)
def test_a_body_or_a_time_that_is_another_is_named(changes: dict[str, Any], column: str) -> None:
    found = difference(row(**changes))
    assert found is not None
    assert found.column == column
