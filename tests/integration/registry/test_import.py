"""Importing a records file: equal to what is expected of it, once only, and nothing half done."""

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.integration.registry.conftest import SAMPLES, cells, sample_rows

Import = Callable[..., int]


@pytest.fixture
def imported(db: None, capsys: pytest.CaptureFixture[str]) -> Import:
    """Return a function that runs the command and gives its exit code."""

    def run(path: Path, *options: str) -> int:
        try:
            call_command("import_records", str(path), *options, stdout=io.StringIO())
        except SystemExit as left:
            return int(left.code or 0)
        except CommandError as error:
            return error.returncode
        return 0

    return run


def written(path: Path, rows: Iterable[dict[str, str]], encoding: str = "utf-8") -> Path:
    """Write rows as a records file."""
    rows = list(rows)
    with path.open("w", encoding=encoding, newline="") as out:
        table = csv.DictWriter(out, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


def rejects(path: Path) -> dict[int, str]:
    """Return the codes of each rejected row."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {int(row["row"]): row["codes"] for row in csv.DictReader(lines)}


def expected() -> dict[int, str]:
    """Return the codes that the sample file is expected to get."""
    with (SAMPLES / "decisions.expected.csv").open(encoding="utf-8") as lines:
        return {int(row["row"]): row["codes"] for row in csv.DictReader(lines) if row["codes"]}


def test_the_sample_gets_exactly_its_codes_and_a_second_run_files_nothing(
    imported: Import, on_file: Callable[..., int], superuser_connection: Any, tmp_path: Path
) -> None:
    wanted = expected()
    sound = len(sample_rows()) - len(wanted)

    assert imported(SAMPLES / "decisions.csv", "--rejects", str(tmp_path / "first.csv")) == 3
    assert rejects(tmp_path / "first.csv") == wanted
    assert on_file() == sound
    entries = "SELECT count(*), count(DISTINCT details->>'record') FROM (SELECT convert_from(body, 'UTF8')::jsonb"
    entries += "->'details' AS details FROM sealing_auditentry WHERE outcome = 'filed') AS filed"
    assert superuser_connection.execute(entries).fetchone() == (sound, sound)

    assert imported(SAMPLES / "decisions.csv", "--rejects", str(tmp_path / "second.csv")) == 3
    again = rejects(tmp_path / "second.csv")
    assert on_file() == sound
    assert set(again) == set(range(1, len(sample_rows()) + 1))
    assert all("duplicate_decision" in again[row] for row in again if row not in wanted)


def test_a_dry_run_gives_the_same_codes_and_writes_nothing(
    imported: Import, on_file: Callable[..., int], superuser_connection: Any, tmp_path: Path
) -> None:
    assert (
        imported(SAMPLES / "decisions.csv", "--dry-run", "--rejects", str(tmp_path / "r.csv")) == 3
    )
    assert rejects(tmp_path / "r.csv") == expected()
    assert on_file() == 0
    assert superuser_connection.execute("SELECT count(*) FROM sealing_auditentry").fetchone() == (
        0,
    )


def test_imported_rows_are_sealed_and_no_cell_is_stored_in_the_clear(
    imported: Import, superuser_connection: Any, tmp_path: Path
) -> None:
    row = cells()
    assert imported(written(tmp_path / "one.csv", [row])) == 0
    stored = superuser_connection.execute(
        "SELECT sealed, origin, clerk, clerk_unit, record::text FROM registry_violationrecord AS record"
    ).fetchone()
    assert stored[:4] == (True, "import", "import", row["organ_code"])
    for cell in ("name", "id_number", "address", "facts", "decision_number"):
        assert row[cell].encode().hex() not in stored[4]
        assert row[cell] not in stored[4]
    from registry.models import ViolationRecord

    assert not ViolationRecord.objects.exists()


def test_twenty_days_are_counted_with_what_is_on_file(imported: Import, tmp_path: Path) -> None:
    first = cells(fine="", detention_days="10", offence_code="PSL2025-026-1-3")
    second = {**first, "offence_code": "PSL2025-026-1-2", "detention_days": "10"}
    third = {**first, "offence_code": "PSL2025-026-1-1", "detention_days": "5"}
    assert imported(written(tmp_path / "a.csv", [first])) == 0
    assert imported(written(tmp_path / "b.csv", [second])) == 0
    assert imported(written(tmp_path / "c.csv", [third]), "--rejects", str(tmp_path / "r.csv")) == 3
    assert rejects(tmp_path / "r.csv") == {1: "combined_detention_over_20"}


def test_acts_before_2026_are_filed_under_the_older_law_only_when_asked(
    imported: Import, superuser_connection: Any, tmp_path: Path
) -> None:
    old = written(tmp_path / "old.csv", [cells(acted_on="2025-05-01", decided_on="2025-05-02")])
    assert imported(old, "--rejects", str(tmp_path / "r.csv")) == 3
    assert rejects(tmp_path / "r.csv") == {1: "before_the_law"}
    assert imported(old, "--law", "2012") == 0
    assert superuser_connection.execute("SELECT law FROM registry_violationrecord").fetchone() == (
        "2012",
    )


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"\xff\xfe\x00",
        "决定书文号,姓名\n1,2\n".encode(),
        "name\n样例\n".encode("gb18030"),
        (SAMPLES / "decisions.csv").read_bytes()[:200_000] + b"\xff\n",
        (SAMPLES / "decisions.csv").read_bytes() + b'"an open quotation',
    ],
    ids=["missing", "empty", "no text", "wrong header", "gb18030", "torn", "quotation"],
)
def test_an_unreadable_file_is_exit_2_and_nothing_is_filed(
    imported: Import, on_file: Callable[..., int], tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "file.csv"
    if content is not None:
        path.write_bytes(content)
    assert imported(path) == 2
    assert on_file() == 0


def test_a_byte_order_mark_and_columns_in_another_order_are_read(
    imported: Import, on_file: Callable[..., int], tmp_path: Path
) -> None:
    turned = dict(reversed(cells().items()))
    assert imported(written(tmp_path / "bom.csv", [turned], encoding="utf-8-sig")) == 0
    assert on_file() == 1


def test_a_row_with_a_cell_too_many_is_rejected_and_its_number_is_not_quoted(
    imported: Import, on_file: Callable[..., int], tmp_path: Path
) -> None:
    path = written(
        tmp_path / "wide.csv", [cells(), cells(decision_number="京公朝行罚决字〔2026〕90002号")]
    )
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], f"{lines[1]},样例人甲", lines[2]]), encoding="utf-8")
    assert imported(path, "--rejects", str(tmp_path / "r.csv")) == 3
    assert on_file() == 1
    assert (tmp_path / "r.csv").read_text(
        encoding="utf-8"
    ) == "row,decision_number,codes\n1,,bad_value\n"


def test_the_rejects_file_quotes_decision_numbers_and_no_personal_data(
    imported: Import, tmp_path: Path
) -> None:
    imported(SAMPLES / "decisions.csv", "--rejects", str(tmp_path / "r.csv"))
    text = (tmp_path / "r.csv").read_text(encoding="utf-8")
    wanted = expected()
    for number, row in enumerate(sample_rows(), start=1):
        if number in wanted:
            assert row["decision_number"] in text
        for cell in ("name", "id_number", "address", "facts"):
            assert not row[cell] or row[cell] not in text


def test_when_the_log_takes_no_entry_nothing_is_filed(
    imported: Import, on_file: Callable[..., int], log_refuses: None, tmp_path: Path
) -> None:
    assert imported(written(tmp_path / "one.csv", [cells()])) == 1
    assert on_file() == 0


def test_no_cell_of_a_person_is_printed(
    tmp_path: Path, db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("import_records", str(SAMPLES / "decisions.csv"), stdout=out)
    printed = out.getvalue() + "".join(capsys.readouterr())
    assert "duplicate_decision" in printed
    for row in sample_rows():
        assert row["id_number"] not in printed
        assert row["decision_number"] not in printed


def test_rejects_are_never_written_over_the_records_file_or_nowhere(
    imported: Import, on_file: Callable[..., int], tmp_path: Path
) -> None:
    path = written(tmp_path / "one.csv", [cells()])
    before = path.read_bytes()
    assert imported(path, "--rejects", str(path)) == 2
    assert imported(path, "--rejects", str(tmp_path / "no such folder" / "r.csv")) == 2
    assert (path.read_bytes(), on_file()) == (before, 0)
