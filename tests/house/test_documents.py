"""The documents say what is so: the tests they name exist, their links lead somewhere, decisions stay in force."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.house.sources import ROOT, name_of

NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
THREAT_MODEL = ROOT / "THREAT_MODEL.md"
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def functions(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_test_that_a_document_names_exists(document: Path) -> None:
    missing = [
        f"{file}::{test}"
        for file, test in NAMED.findall(document.read_text(encoding="utf-8"))
        if not (ROOT / file).is_file() or (test and test not in functions(ROOT / file))
    ]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_promise_and_every_abuse_names_a_test_or_nothing_is_claimed() -> None:
    text = THREAT_MODEL.read_text(encoding="utf-8")
    claimed, _, _ = text.partition("## Not in this version")
    _, _, tables = claimed.partition("## The nine promises")
    rows = [
        line for line in tables.splitlines() if line.startswith("| ") and "shown by" not in line
    ]
    assert len(rows) > 25
    assert [row for row in rows if not NAMED.search(row)] == []
    assert {int(number) for number in re.findall(r"^\| (\d) \|", tables, re.MULTILINE)} == set(
        range(1, 10)
    )


def test_decisions_are_numbered_and_say_why() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))
    for path in DECISIONS:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        for part in ("**Decision.**", "**Why.**", "**Price.**", "**Shown by**"):
            assert part in text, (path.name, part)


LOCK_AND_LOG = [
    "sealing.migrations.0001_log_and_lock",
    "sealing.migrations.0004_tree",
    "registry.migrations.0002_lock",
    "access.migrations.0003_staff_changes_kept",
    "sealing.migrations.0003_rotation",
    "registry.migrations.0010_keeper",
    "access.migrations.0020_keeper",
    "sealing.migrations.0007_retention",
]


@pytest.mark.parametrize("name", LOCK_AND_LOG)
def test_lock_and_log_cannot_be_migrated_away(name: str) -> None:
    operations = import_module(name).Migration.operations
    guards = [
        operation
        for operation in operations
        if re.search("TRIGGER|POLICY|SECURITY|FUNCTION", str(getattr(operation, "sql", "")))
    ]
    assert guards
    assert not [operation.sql for operation in guards if operation.reversible]
