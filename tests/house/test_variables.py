"""Every variable that the code reads is on the operations page, and every one on the page is read."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.house.sources import ROOT, product_modules

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (`[A-Z][A-Z_]+`(?:, `[A-Z][A-Z_]+`)*) \|", re.MULTILINE)
NAME = re.compile(r"[A-Z][A-Z_]*[A-Z]")
MEASURE = re.compile(r"REGISTRY_(?:TEST|BENCH)_[A-Z_]+")
# How a variable is read: the functions of config.environment, and what the standard library gives.
READERS = {
    *("get", "environ", "flag", "whole_number", "count", "words", "required"),
    *("private_file", "public_url", "path_or", "witness"),
}
# Every program of the operating system has these, or a command sets them for the processes it starts.
NOT_OURS = {"PATH", "CI", "DJANGO_SETTINGS_MODULE"}


def read_in(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the names that modules ask the environment for."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                asked = [*node.args, *(word.value for word in node.keywords if word.arg == "name")]
                reader = ast.unparse(node.func)
            elif isinstance(node, ast.Subscript):
                asked, reader = [node.slice], ast.unparse(node.value)
            else:
                continue
            if reader.rpartition(".")[2] in READERS and ("environ" in reader or "." not in reader):
                yield from (
                    word.value
                    for word in asked
                    if isinstance(word, ast.Constant)
                    and isinstance(word.value, str)
                    and NAME.fullmatch(word.value)
                )


def test_variables_and_their_table_agree() -> None:
    from config.environment import ROLES

    told = {name for row in ROW.findall(PAGE) for name in NAME.findall(row)}
    read = {*read_in([*product_modules(), ROOT / "tests" / "browsers.py"]), *ROLES}
    assert read - NOT_OURS - told == set(), "read, and not on the page"
    assert {name for name in told - read if not MEASURE.fullmatch(name)} == set(), "nobody reads it"


def test_variables_of_the_measures_and_the_page_agree() -> None:
    measured = {
        name
        for folder in ("tests", "bench")
        for path in (ROOT / folder).rglob("*.py")
        for name in read_in([path])
        if MEASURE.fullmatch(name)
    }
    assert measured == set(MEASURE.findall(PAGE))
