"""Whether sealed rows open with the key ring: each kind of row does, and none that was changed."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg.rows import dict_row

from registry.reopening import TABLE, fault
from tests.integration.registry.conftest import id_number
from tests.integration.registry.correcting import (
    ASSAULT,
    HURT,
    NUMBERS,
    fixture_filed,
    fixture_happens,
    fixture_submitted,
)

__all__ = ["fixture_filed", "fixture_happens", "fixture_submitted"]

Acts = Callable[..., Any]


@pytest.fixture
def rows(filed: Acts, happens: Acts, superuser_connection: Any) -> list[dict[str, Any]]:
    """Return the rows of a record, of one with a minor's guardian, and of what replaced and noted them, as stored."""
    filed(**HURT, decision_number=NUMBERS[0])
    filed(**HURT, decision_number=NUMBERS[1], id_number=id_number("11010519900307103"))
    happens("changed", {"detention_days": "3"}, decision_number=NUMBERS[0])
    happens("upheld", decision_number=NUMBERS[1], id_number=id_number("11010519900307103"))
    happens("revoked", decision_number=NUMBERS[0])
    with superuser_connection.cursor(row_factory=dict_row) as cursor:
        return list(cursor.execute(f"SELECT * FROM {TABLE} ORDER BY id").fetchall())


OF_CONTENT = "an act of another kind"
CHANGES: dict[str, tuple[Callable[[dict[str, Any], dict[str, Any]], Any], str]] = {
    OF_CONTENT: (
        lambda row, _: {"offence_code": f"{row['offence_code']}x"},
        "content",
    ),
    "another law": (lambda row, _: {"law": "2012"}, "content"),
    "another person's seal": (lambda _, other: {"subject": other["subject"]}, "subject"),
    "a name from another row": (lambda _, other: {"id_number": other["id_number"]}, "unopenable"),
    "a flipped bit": (
        lambda row, _: {"id_type": row["id_type"][:-1] + bytes([row["id_type"][-1] ^ 1])},
        "unopenable",
    ),
    "a key nobody has": (
        lambda row, _: {"id_type": row["id_type"][:2] + b"\xff\xff" + row["id_type"][4:]},
        "key",
    ),
}


def test_every_kind_of_row_opens_and_no_changed_one_does(rows: list[dict[str, Any]]) -> None:
    assert {row["outcome"] for row in rows} == {"", "changed", "upheld", "revoked"}
    assert rows[0]["offence_code"] == ASSAULT
    assert [fault(row) for row in rows] == [""] * len(rows)
    for row in rows:
        other = next(each for each in rows if each["subject"] != row["subject"])
        found = {name: fault(row | change(row, other)) for name, (change, _) in CHANGES.items()}
        expected = {name: word for name, (_, word) in CHANGES.items()}
        if row["outcome"] in {"upheld", "revoked"}:
            # Without content of its own; the act it names is sealed in another column.
            expected[OF_CONTENT] = ""
        assert found == expected
