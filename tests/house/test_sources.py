"""How the code is written: what it may not say, how long it may be, what every module tells of itself."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.sources import ROOT, name_of, product_modules, product_sources, project_texts

LONGEST = 300
# Each is a way round a guard, or a way to keep one open. Named with the only files that may say it.
FORBIDDEN: dict[str, frozenset[str]] = {
    r"\bset_config\s*\(": frozenset(),
    r"\bSET\s+(SESSION\s+)?ROLE\b": frozenset({"config/roles.sql"}),
    r"\bRESET\s+ROLE\b": frozenset(),
    r"\bSET\s+LOCAL\s+(?!statement_timeout|enable_)": frozenset(
        {
            "sealing/migrations/0001_log_and_lock.py",
            "sealing/migrations/0004_tree.py",
            "sealing/migrations/0007_retention.py",
            "sealing/migrations/0005_reindex.py",
            "sealing/migrations/0006_cosignatures.py",
            "access/migrations/0025_budget_of_a_ground.py",
            "registry/migrations/0003_corrections.py",
            "registry/migrations/0010_keeper.py",
            "registry/migrations/0011_reindex.py",
        }
    ),
    r"session_replication_role": frozenset(),
    r"\bBYPASSRLS\b": frozenset({"config/roles.sql", "sealing/checks.py"}),
    r"DISABLE\s+(TRIGGER|ROW LEVEL SECURITY)": frozenset(),
    r"NO\s+FORCE\s+ROW": frozenset(),
    r"\bDROP\s+(TRIGGER|POLICY|FUNCTION)\b": frozenset({"sealing/migrations/0005_reindex.py"}),
    r"row_security\s*=": frozenset(),
    r"ATOMIC_REQUESTS": frozenset(),
    r"\bcsrf_exempt\b": frozenset(),
    r"\bmark_safe\b": frozenset(),
    r"autoescape\s+off": frozenset(),
    r"\blogin_not_required\b": frozenset({"config/pages.py", "config/admin_site.py"}),
    r"\b(pickle|marshal|shelve)\b": frozenset(),
    r"\b(skip|xfail)\(|NotImplementedError|\bTODO\b|\bFIXME\b": frozenset(),
}


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_no_source_goes_round_a_guard(pattern: str) -> None:
    said = {name_of(path) for path in product_sources() if re.search(pattern, path.read_text())}
    assert said <= FORBIDDEN[pattern]


def test_no_connection_wraps_requests_in_transactions() -> None:
    from django.db import connections

    assert not any(connections[alias].settings_dict["ATOMIC_REQUESTS"] for alias in connections)


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in product_modules()
        if "/migrations/" not in name_of(path)
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_no_file_is_too_long_to_read() -> None:
    long = {
        name_of(path): lines
        for path in product_sources()
        if "/migrations/" not in name_of(path)
        and (lines := len(path.read_text().splitlines())) > LONGEST
    }
    assert long == {}


def test_no_module_is_a_drawer() -> None:
    drawers = {
        "utils",
        "helpers",
        "services",
        "managers",
        "constants",
        "misc",
        "common",
        "signals",
        "util",
    }
    assert [name_of(path) for path in product_modules() if path.stem in drawers] == []


def test_our_apps_talk_by_calls_not_by_signals() -> None:
    ours = re.compile(r"\b(post_save|pre_save|post_delete|pre_delete|m2m_changed|Signal)\b")
    talking = [path for path in product_modules() if ours.search(_code(path))]
    assert [name_of(path) for path in talking] == []


def _code(path: Path) -> str:
    """Return a module's source; a sealed field's method `pre_save` is Django's name, not a signal."""
    return re.sub(r"\b(def|column)[ .]pre_save\(|\.pre_save\(", "", path.read_text())


# Written in two halves, so that this file does not say what it looks for.
OUTSIDE = [
    r"(?<![\w.])/" + r"work/",
    r"\.\./" + r"shared",
    "pypi" + r"\.org",
    "pythonhosted" + r"\.org",
    "registry" + r"\.npmjs",
    "npm" + "mirror",
    r"/ro" + "ot/",
    r"/ho" + r"me/\w",
]


@pytest.mark.parametrize("words", OUTSIDE)
def test_the_project_refers_to_nothing_outside_itself(words: str) -> None:
    assert [name_of(path) for path in project_texts() if re.search(words, path.read_text())] == []


def test_the_lock_files_name_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "package-lock.json"):
        assert not re.search(
            r"https?://(?!github\.com)[\w.-]*(npm|pypi|index)", (ROOT / name).read_text()
        ), name
