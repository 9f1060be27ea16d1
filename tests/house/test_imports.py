"""The import contracts hold, and each of them would notice a breach."""

import ast
import shutil
import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.house.sources import APPS, ROOT

LINT = "from importlinter.cli import lint_imports_command as run; run()"
BREACHES = {
    "an import upwards": ("sealing/breach.py", "from registry import offences\n"),
    "another door to the lock": ("access/breach.py", "from sealing.lock import opened\n"),
    "another reader of records": (
        "access/breach.py",
        "from registry.models import ViolationRecord\n",
    ),
    "a reader of records in the roof": ("config/breach.py", "import registry.models\n"),
    "a policy that knows Django": ("access/policy.py", "from django.db import connection\n"),
    "a sandbox that knows the lock": ("access/sandbox.py", "from sealing import lock\n"),
    "penalties that know Django": ("registry/penalties.py", "import django\n"),
    "a tree that knows Django": ("sealing/merkle.py", "import django\n"),
    "a verifier that knows the database": ("sealing/checkpoints.py", "import psycopg\n"),
}


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        "-c",
        LINT,
        "--config",
        str(folder / "pyproject.toml"),
        "--no-logo",
        "--no-cache",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Return a copy of the four apps and of the contracts, to be damaged."""
    for app in APPS:
        shutil.copytree(ROOT / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_is_kept() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(contracts)} kept, 0 broken" in done.stdout


@pytest.mark.parametrize(("file", "line"), BREACHES.values(), ids=BREACHES)
def test_a_breach_is_noticed(house: Path, file: str, line: str) -> None:
    damaged = house / file
    damaged.write_text(line + (damaged.read_text() if damaged.exists() else ""))
    done = lint(house)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "0 broken" not in done.stdout
    assert "broken" in done.stdout


def imported(tree: ast.AST, known: set[str]) -> set[str]:
    """Return the known modules that a module imports, at its head or within a function."""
    named = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            named |= (parts & known) or {node.module}
    return named & known


def in_order(sources: dict[str, str]) -> list[str]:
    """Return the modules in an order in which each is imported before it is needed; CycleError when there is none."""
    needs = {name: imported(ast.parse(text), set(sources)) for name, text in sources.items()}
    return list(TopologicalSorter(needs).static_order())


def test_no_modules_import_each_other_in_a_circle() -> None:
    paths = [path for app in (*APPS, "bench") for path in (ROOT / app).rglob("*.py")]
    sources = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text() for path in paths
    }
    assert len(in_order(sources)) == len(sources)


def test_a_circle_within_functions_would_be_seen() -> None:
    with pytest.raises(CycleError):
        in_order({"a.x": "from a import y", "a.y": "def f():\n    import a.x"})
